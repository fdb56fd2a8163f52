package dev.reprise.runtime.tune;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A static schedule: which steps compute, and what stands in for the others.
 *
 * @param mask 1 computes a step
 * @param form what is returned in place of what
 */
record Schedule(String mask, Form form) {

    /**
     * A forecast over a span.
     *
     * @param what as it stands in JSON
     * @param where as it stands in JSON
     * @param blend share of fitted weights, the rest is the straight line; 0 for forecasts that are not fitted
     */
    record Form(Object what, Object where, double blend) {
        private static final Object CALIBRATED = Map.of("output", Map.of("calibrate", true));
        static final Form LINEAR = new Form("taylor", "output");
        static final Form CALIBRATED_LINEAR = new Form("taylor", CALIBRATED);
        /** Weights fitted to the rollouts without a policy. */
        static final Form FITTED = new Form("fitted", CALIBRATED, 1);
        /** The same half way to the straight line: where few steps are computed, a fit to a rollout without errors goes too far. */
        static final Form HALF_FITTED = new Form("fitted", CALIBRATED, 0.6);

        static final Form HOLD = new Form("hold", "output");

        Form(Object what, Object where) {
            this(what, where, 0);
        }

        boolean isFitted() {
            return blend > 0;
        }

        boolean calibrates() {
            return where.equals(CALIBRATED);
        }

        /** All that a search tries. */
        static List<Form> all() {
            Object damped = Map.of("hermite", Map.of("order", 1, "sigma", 0.6));
            Object square = Map.of("lagrange", Map.of("order", 2));
            Object fitted = Map.of("chebyshev", Map.of("blend", 0.3));
            List<Form> forms = new ArrayList<>();
            forms.add(FITTED);
            forms.add(HALF_FITTED);
            forms.add(new Form("fitted", CALIBRATED, 0.3));
            forms.add(LINEAR);
            for (Object what : List.of("taylor", damped, square, fitted)) {
                forms.add(new Form(what, CALIBRATED));
            }
            for (Object what : List.of("taylor", damped)) {
                forms.add(new Form(what, "blocks"));
            }
            // For samplers that do not add outputs up.
            forms.add(new Form("fitted", "output", 1));
            forms.add(new Form("taylor", "output_change"));
            forms.add(new Form(square, "output"));
            forms.add(HOLD);
            return forms;
        }
    }

    /** Computed steps spread evenly; with a bend above 1 they lie closer at the start, below 1 closer at the end. */
    static String spread(int steps, int computed, double bend) {
        boolean[] on = new boolean[steps];
        int left = computed;
        for (int i = 0; i < computed; i++) {
            int at = (int) Math.round(Math.pow((double) i / computed, bend) * steps);
            if (at < steps && !on[at]) {
                on[at] = true;
                left--;
            }
        }
        for (int at = 0; left > 0; at++) {
            if (!on[at]) {
                on[at] = true;
                left--;
            }
        }
        StringBuilder mask = new StringBuilder();
        for (boolean each : on) {
            mask.append(each ? '1' : '0');
        }
        return mask.toString();
    }

    /** The same number of computed steps, one of them elsewhere; the first step stays. */
    Schedule moved(Random random) {
        List<Integer> ones = places('1');
        List<Integer> zeros = places('0');
        ones.remove(Integer.valueOf(0));
        if (ones.isEmpty() || zeros.isEmpty()) {
            return this;
        }
        int from = ones.get(random.nextInt(ones.size()));
        int to = zeros.get(random.nextInt(zeros.size()));
        if (random.nextInt(4) > 0) {
            // A near one: the next free step on either side.
            int direction = random.nextBoolean() ? 1 : -1;
            int near = from;
            while (near > 0 && near < mask.length() && mask.charAt(near) == '1') {
                near += direction;
            }
            to = near > 0 && near < mask.length() ? near : to;
        }
        return swapped(from, to);
    }

    Schedule swapped(int from, int to) {
        StringBuilder next = new StringBuilder(mask);
        next.setCharAt(from, '0');
        next.setCharAt(to, '1');
        return new Schedule(next.toString(), form);
    }

    Schedule with(Form other) {
        return new Schedule(mask, other);
    }

    /** Every schedule with one computed step one place earlier or later. */
    List<Schedule> neighbours() {
        List<Schedule> neighbours = new ArrayList<>();
        for (int one : places('1')) {
            for (int to : new int[] {one - 1, one + 1}) {
                if (one > 0 && to > 0 && to < mask.length() && mask.charAt(to) == '0') {
                    neighbours.add(swapped(one, to));
                }
            }
        }
        return neighbours;
    }

    int computed() {
        return places('1').size();
    }

    private List<Integer> places(char what) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < mask.length(); i++) {
            if (mask.charAt(i) == what) {
                places.add(i);
            }
        }
        return places;
    }
}
