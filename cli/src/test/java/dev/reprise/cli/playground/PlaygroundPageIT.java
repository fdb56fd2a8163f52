package dev.reprise.cli.playground;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.reprise.runtime.api.SessionSettings;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.Select;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * The page in a real browser. Needs {@code chromium} and {@code chromedriver} on the path ({@code apt-get install chromium chromium-driver});
 * where they are not there it says so and is skipped. Pictures of the page lie in {@code target/playground} afterwards.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlaygroundPageIT {
    private static final Path PICTURES = Path.of("target", "playground");

    private Playground playground;
    private PlaygroundServer server;
    private ChromeDriver browser;
    private WebDriverWait patience;

    @BeforeAll
    void start() throws IOException {
        Optional<Path> chromium = onPath("chromium");
        Optional<Path> driver = onPath("chromedriver");
        assumeTrue(
                chromium.isPresent() && driver.isPresent(),
                "no chromium and chromedriver on the path: the playground's page is not tested");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.orElseThrow().toString());
        options.addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu");
        browser = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(driver.orElseThrow().toFile())
                        .build(),
                options);
        patience = new WebDriverWait(browser, Duration.ofSeconds(60));
        Files.createDirectories(PICTURES);
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.quit();
        }
    }

    /** A playground of its own: it keeps the settings of the last page. */
    @BeforeEach
    void open() throws IOException {
        playground = Playground.open(null, SessionSettings.cpu());
        server = PlaygroundServer.start(playground, 0);
        size(1280, 1000);
        browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
        browser.get(server.address());
        untilDrawing();
    }

    @AfterEach
    void close() {
        browser.get("about:blank");
        server.close();
        playground.close();
    }

    private static Optional<Path> onPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The first visit draws by itself; the pictures and the map fill while it does. */
    @Test
    void drawsAndShowsEachStep() throws IOException {
        draw(8, 0);
        untilStatus("All 8 steps are drawn.");

        assertThat(one("#original-picture").getDomProperty("src")).startsWith("data:image/png");
        assertThat(one(".side .picture").getDomProperty("naturalWidth")).isEqualTo("280");
        assertThat(all(".side .map rect"))
                .hasSize(8 * all(".side .map rect[x='0.04']").size());
        assertThat(one("[data-figure=computed]").getText()).matches("\\d+ %");
        assertThat(one("[data-figure=speedup]").getText()).matches("\\d+\\.\\d\\d ×");
        assertThat(one("[data-line=command]").getText())
                .isEqualTo("./reprise bench model.bundle --policy first_block_cache --set threshold=0.1");
        picture("desktop");
    }

    @Test
    void aChangeOfPolicyShowsInTheNextStep() {
        draw(60, 300);
        new Select(one("select[name=policy]")).selectByValue("output_forecast");

        patience.until(page -> one(".side .setting").getText().matches("output_forecast, from step \\d+"));
        patience.until(page -> !all(".side .map rect.p").isEmpty());
        one("#stop").click();
        untilStatus("Stopped.");
    }

    @Test
    void comparesTwoSettingsAndSurvivesAReload() throws IOException {
        draw(6, 0);
        one("[name=compare]").click();
        patience.until(page -> all(".side").size() == 2);
        WebElement interval = one("#side-1-cross_attention_block_skip_range");
        interval.sendKeys("3", Keys.TAB);
        patience.until(
                page -> all("[data-line=command]").get(1).getText().contains("cross_attention_block_skip_range=3"));
        untilStatus("All 6 steps are drawn.");
        String drawn = all(".side .picture").get(1).getDomProperty("src");
        picture("compared");

        browser.navigate().refresh();
        untilStatus("All 6 steps are drawn.");

        assertThat(all(".side")).hasSize(2);
        assertThat(all(".side .picture").get(1).getDomProperty("src")).isEqualTo(drawn);
        assertThat(one("#side-1-cross_attention_block_skip_range").getDomProperty("value"))
                .isEqualTo("3");
    }

    /** What is typed before the server has answered the request before counts, too. */
    @Test
    void aChangeIsNotLostWhileTheServerIsSlow() {
        draw(60, 100);
        browser.executeScript("const quick = window.fetch; window.fetch = async (...request) => {"
                + "await new Promise(done => setTimeout(done, 1000)); return quick(...request); };");
        one("[name=compare]").click();
        patience.until(page -> all(".side").size() == 2);
        one("#side-1-cross_attention_block_skip_range").sendKeys("3", Keys.TAB);
        one("#side-0-threshold").clear();
        one("#side-0-threshold").sendKeys("0.3", Keys.TAB);

        patience.until(page -> all("[data-line=command]").get(0).getText().contains("threshold=0.3")
                && all("[data-line=command]").get(1).getText().contains("cross_attention_block_skip_range=3"));
        assertThat(one("#problem").getText()).isEmpty();
        assertThat(all(".problem"))
                .allSatisfy(field -> assertThat(field.getText()).isEmpty());
    }

    @Test
    void aValueThatDoesNotFitIsShownAtItsField() throws IOException {
        new Select(one("select[name=policy]")).selectByValue("first_block_cache");
        one("#side-0-threshold").clear();
        one("#side-0-threshold").sendKeys("much", Keys.TAB);

        patience.until(page -> one("#side-0-threshold-problem").getText().contains("must be a number ≥ 0"));
        assertThat(one("#side-0-threshold").getDomAttribute("aria-invalid")).isEqualTo("true");
        picture("problem");

        one("#side-0-threshold").clear();
        one("#side-0-threshold").sendKeys("0.2", Keys.TAB);
        patience.until(page -> one("#side-0-threshold-problem").getText().isEmpty());
    }

    /** Nothing is wider than the screen, in light and dark. */
    @Test
    void fitsAPhone() throws IOException {
        browser.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
        size(390, 844);
        draw(6, 0);
        untilStatus("All 6 steps are drawn.");

        assertThat(number("document.documentElement.scrollWidth")).isLessThanOrEqualTo(390);
        assertThat(one("body").getCssValue("background-color")).isEqualTo("rgba(18, 22, 28, 1)");
        picture("phone-dark");
    }

    @Test
    void isUsableFromTheKeyboardAndNamesItsControls() {
        Object unnamed = browser.executeScript(
                "return [...document.querySelectorAll('input, select, button, svg[role=img]')]"
                        + ".filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).map(e => e.outerHTML)");
        assertThat(unnamed).isEqualTo(List.of());
        assertThat(all("img:not([hidden])"))
                .allSatisfy(image -> assertThat(image.getDomAttribute("alt")).isNotEmpty());

        one("[name=steps]").clear();
        one("[name=pause]").clear();
        one("[name=pause]").sendKeys("0");
        one("[name=steps]").sendKeys("5", Keys.ENTER);

        untilStatus("All 5 steps are drawn.");
        assertThat(one("#status").getDomAttribute("role")).isEqualTo("status");
    }

    private void draw(int steps, int pause) {
        one("[name=steps]").clear();
        one("[name=steps]").sendKeys(Integer.toString(steps));
        one("[name=pause]").clear();
        one("[name=pause]").sendKeys(Integer.toString(pause));
        one("#go").click();
        patience.until(page -> one("#bar").getDomProperty("max").equals(Integer.toString(steps)));
        untilDrawing();
    }

    private void untilDrawing() {
        patience.until(page -> one("#original-picture").isDisplayed());
    }

    private void untilStatus(String words) {
        patience.until(page -> one("#status").getText().equals(words));
    }

    private WebElement one(String selector) {
        return browser.findElement(By.cssSelector(selector));
    }

    private List<WebElement> all(String selector) {
        return browser.findElements(By.cssSelector(selector));
    }

    private long number(String expression) {
        return ((Number) browser.executeScript("return " + expression)).longValue();
    }

    /** Of the screen itself: a window of a headless browser is not as narrow as a phone. */
    private void size(int width, int height) {
        browser.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    }

    /** Of the whole page. */
    private void picture(String name) throws IOException {
        int width = (int) number("window.innerWidth");
        size(width, (int) number("document.documentElement.scrollHeight"));
        Files.write(PICTURES.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
    }
}
