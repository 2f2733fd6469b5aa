//! A Chromium of one test's own, with its own driver and profile.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};

use crate::{driver::Driver, house::PATIENCE};

/// On which pages are drawn: its size in CSS pixels, and how many of its own each of those has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scale: f64,
}

impl Screen {
    pub(crate) const PHONE: Self = Self { width: 390, height: 844, scale: 2.0 };
    pub(crate) const DESK: Self = Self { width: 1280, height: 900, scale: 1.0 };
}

/// In which colours pages are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

pub(crate) struct Browser {
    // Where a test fails it goes first: the driver's own end would wait for an answer for minutes.
    process: Driver,
    driver: WebDriver,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn open() -> Self {
        Self::of_size(1280, 900).await
    }

    pub(crate) async fn of_size(width: u32, height: u32) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let process = Driver::start().await;
        let mut wishes = DesiredCapabilities::chrome();
        for argument in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--window-size={width},{height}"),
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            wishes.add_arg(argument).unwrap();
        }
        wishes.set_browser_log_level(LoggingPrefsLogLevel::All).unwrap();
        if width < 500 {
            // No window is that narrow; a phone is.
            let metrics = json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0 } });
            wishes.add_experimental_option("mobileEmulation", metrics).unwrap();
        }
        let driver = WebDriver::new(&process.url, wishes).await.unwrap();
        Self { driver, process, _profile: profile }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    pub(crate) async fn go(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// Draws pages from now on as on this screen, in these colours.
    pub(crate) async fn show(&self, screen: Screen, scheme: Scheme) {
        let scheme = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        let colours = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.tell("Emulation.setEmulatedMedia", colours).await;
        let Screen { width, height, scale } = screen;
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500 });
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Tells the browser itself, in the language of its developer tools.
    pub(crate) async fn tell(&self, command: &str, arguments: Value) -> Value {
        self.driver.cdp().send_raw(command, arguments).await.unwrap()
    }

    /// What a script in the page answers.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.driver.execute(format!("return {script}"), Vec::new()).await.unwrap().json().clone()
    }

    /// Looks until a script answers with what is true, and gives it.
    pub(crate) async fn until(&self, script: &str) -> Value {
        let patience_ends = Instant::now() + PATIENCE;
        loop {
            // Between two pages there is nothing to ask.
            let answer = self.driver.execute(format!("return {script}"), Vec::new()).await;
            let answer = answer.map(|answer| answer.json().clone()).unwrap_or(Value::Null);
            if !matches!(answer, Value::Null | Value::Bool(false)) && answer != json!("") {
                return answer;
            }
            assert!(Instant::now() < patience_ends, "it never came so far: {script}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until an element shows this text.
    pub(crate) async fn until_shown(&self, selector: &str, text: &str) {
        let element = format!("document.querySelector({selector:?})");
        self.until(&format!(
            "{element} && {element}.checkVisibility() && {element}.textContent.includes({text:?})"
        ))
        .await;
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.until(&format!("document.querySelector({selector:?})?.checkVisibility()")).await;
        self.driver.find(thirtyfour::By::Css(selector)).await.unwrap().click().await.unwrap();
    }

    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let field = self.driver.find(thirtyfour::By::Css(selector)).await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Ends it. It has nothing to complain of: no policy was broken, no script failed.
    pub(crate) async fn close(self) {
        self.close_if(|_| false).await;
    }

    /// Ends it; all that it complained of has these words in it.
    pub(crate) async fn close_despite(self, words: &str) {
        self.close_if(|complaint| complaint.contains(words)).await;
    }

    /// Its driver takes the browser along.
    async fn close_if(self, is_expected: impl Fn(&str) -> bool) {
        let Self { driver, process, _profile } = self;
        let log = driver.browser_log().await.unwrap();
        let complaints = log.into_iter().map(|entry| entry.message);
        let others: Vec<_> = complaints.filter(|complaint| !is_expected(complaint)).collect();
        assert!(others.is_empty(), "the browser complained:\n{}", others.join("\n"));
        driver.quit().await.unwrap();
        drop(process);
    }
}
