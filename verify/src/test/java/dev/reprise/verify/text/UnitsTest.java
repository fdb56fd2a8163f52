package dev.reprise.verify.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnitsTest {
    private final Locale before = Locale.getDefault();

    @BeforeEach
    void inAnotherLocale() {
        Locale.setDefault(Locale.GERMANY);
    }

    @AfterEach
    void restoreLocale() {
        Locale.setDefault(before);
    }

    @Test
    void doesNotDependOnTheLocale() {
        assertThat(Units.bytes(999)).isEqualTo("999 B");
        assertThat(Units.bytes(1_500)).isEqualTo("1.50 kB");
        assertThat(Units.bytes(9_503_832)).isEqualTo("9.50 MB");
        assertThat(Units.count(96_713_488)).isEqualTo("96.7 M");
        assertThat(Units.percent(0.4567)).isEqualTo("45.7 %");
        assertThat(Units.times(1.5)).isEqualTo("1.50×");
        assertThat(Units.millis(12_345_678)).isEqualTo("12.3 ms");
        assertThat(Units.error(3.42e-6)).isEqualTo("3.42e-06");
        assertThat(Units.decibel(38.94)).isEqualTo("38.9 dB");
    }

    @Test
    void saysWhatIsNoNumber() {
        assertThat(Units.percent(Double.NaN)).isEqualTo("–");
        assertThat(Units.times(Double.POSITIVE_INFINITY)).isEqualTo("–");
        assertThat(Units.decibel(Double.POSITIVE_INFINITY)).isEqualTo("∞");
        assertThat(Units.error(0)).isEqualTo("0");
    }
}
