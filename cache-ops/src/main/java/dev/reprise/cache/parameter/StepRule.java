package dev.reprise.cache.parameter;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A set of denoising steps, written as a rule.
 *
 * <pre>
 *   rule   group { ("or" | ",") group }
 *   group  part { "and" part }
 *   part   step [% n] (== | != | &lt; | &lt;= | &gt; | &gt;=) n        step % 3 != 0
 *          n | n - n | n -                                    2, 5-8, 20-
 *          every n [from n]                                   every 2nd from 1
 * </pre>
 */
public final class StepRule {
    private static final int LONGEST = 500;
    private static final Pattern WORD = Pattern.compile("\\s*(\\d+(?:st|nd|rd|th)?|[a-z]+|[=!<>]=|[<>%,-])");

    private final String text;
    private final List<String> words = new ArrayList<>();
    private final IntPredicate steps;
    private int at;

    private StepRule(String text) {
        this.text = text;
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException("a rule of " + text.length() + " characters, longer than " + LONGEST);
        }
        split();
        steps = rule();
        if (at < words.size()) {
            throw expected("'and', 'or' or the end");
        }
    }

    /** @throws IllegalArgumentException saying where the text is no rule */
    public static StepRule of(String text) {
        return new StepRule(text.strip());
    }

    public boolean includes(int step) {
        return steps.test(step);
    }

    private void split() {
        Matcher word = WORD.matcher(text);
        int end = 0;
        while (end < text.length()) {
            if (!word.find(end) || word.start() != end) {
                throw new IllegalArgumentException(
                        "'" + text + "' has '" + text.substring(end).strip() + "', which is no part of a rule");
            }
            words.add(word.group(1));
            end = word.end();
        }
    }

    private IntPredicate rule() {
        IntPredicate rule = group();
        while (take("or") || take(",")) {
            rule = rule.or(group());
        }
        return rule;
    }

    private IntPredicate group() {
        IntPredicate group = part();
        while (take("and")) {
            group = group.and(part());
        }
        return group;
    }

    private IntPredicate part() {
        if (take("step")) {
            return comparison();
        }
        if (take("every")) {
            int interval = positive();
            int first = take("from") ? number() : 0;
            return step -> step >= first && (step - first) % interval == 0;
        }
        int first = number();
        if (!take("-")) {
            return step -> step == first;
        }
        int last = at < words.size() && isNumber(words.get(at)) ? number() : Integer.MAX_VALUE;
        if (last < first) {
            throw new IllegalArgumentException(
                    "'" + text + "' has the range " + first + "-" + last + ", which is empty");
        }
        return step -> first <= step && step <= last;
    }

    private IntPredicate comparison() {
        int divisor = take("%") ? positive() : 0;
        String sign = at < words.size() ? words.get(at) : "";
        at++;
        IntPredicate compared = switch (sign) {
            case "==" -> sign(number(), value -> value == 0);
            case "!=" -> sign(number(), value -> value != 0);
            case "<" -> sign(number(), value -> value < 0);
            case "<=" -> sign(number(), value -> value <= 0);
            case ">" -> sign(number(), value -> value > 0);
            case ">=" -> sign(number(), value -> value >= 0);
            default -> {
                at--;
                throw expected("%, ==, !=, <, <=, > or >=");
            }
        };
        return step -> compared.test(divisor == 0 ? step : step % divisor);
    }

    private static IntPredicate sign(int number, IntPredicate sign) {
        return value -> sign.test(Integer.compare(value, number));
    }

    private boolean take(String word) {
        boolean next = at < words.size() && words.get(at).equals(word);
        at += next ? 1 : 0;
        return next;
    }

    private int positive() {
        int number = number();
        if (number == 0) {
            throw new IllegalArgumentException("'" + text + "' has 0 where a number of steps is expected");
        }
        return number;
    }

    private int number() {
        if (at >= words.size() || !isNumber(words.get(at))) {
            throw expected("a number");
        }
        String digits = words.get(at++).replaceAll("\\D", "");
        if (digits.length() > 6) {
            throw new IllegalArgumentException("'" + text + "' has " + digits + ", more steps than any generation has");
        }
        return Integer.parseInt(digits);
    }

    private static boolean isNumber(String word) {
        return Character.isDigit(word.charAt(0));
    }

    private IllegalArgumentException expected(String what) {
        String found = at < words.size() ? "'" + words.get(at) + "'" : "its end";
        return new IllegalArgumentException("'" + text + "' has " + found + " where " + what + " is expected");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StepRule rule && text.equals(rule.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
