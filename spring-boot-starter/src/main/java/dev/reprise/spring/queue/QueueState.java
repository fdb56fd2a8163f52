package dev.reprise.spring.queue;

/**
 * What a queue does at a moment.
 *
 * @param running generations that run
 * @param waiting generations that wait
 * @param accepting whether it takes any more, as far as there is room
 */
public record QueueState(int running, int waiting, boolean accepting) {}
