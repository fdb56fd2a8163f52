package dev.reprise.cli.playground;

/**
 * What is wrong with a request, where the page can show it.
 *
 * @param side which of the compared settings, from 0; −1 for what is common to them
 * @param field name of a policy's parameter, of another field, or empty for the setting as a whole
 */
record RequestProblem(int side, String field, String message) {
    static final int COMMON = -1;
}
