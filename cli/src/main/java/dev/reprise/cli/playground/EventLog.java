package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Events of a generation in their order. Everyone who follows it sees all of them, whenever he begins. */
final class EventLog {
    /**
     * Something that happened.
     *
     * @param number from 0
     * @param name what kind of event
     */
    record Event(int number, String name, String json) {}

    private final List<Event> events = new ArrayList<>();
    private boolean ended;

    synchronized void add(String name, JsonNode json) {
        if (!ended) {
            events.add(new Event(events.size(), name, json.toString()));
            notifyAll();
        }
    }

    /** Nothing follows. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /**
     * Waits for an event.
     *
     * @return null when there was none in this time, or will be none
     */
    synchronized @Nullable Event await(int number, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (events.size() <= number && !ended) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return null;
            }
            wait(left);
        }
        return number < events.size() ? events.get(number) : null;
    }

    /** Whether there is no event of this number, and never will be. */
    synchronized boolean isOver(int number) {
        return ended && number >= events.size();
    }
}
