//! A Chromium driven by chromedriver, and functions that wait for what a page shows.

use crate::{
    chromedriver::{Chromedriver, on_path},
    chromium::Chromium,
    common::{lacking::skip, server::DEADLINE, turn::Turn},
    console,
};
use fantoccini::{
    Client, ClientBuilder,
    actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction},
    key::Key,
    wd::WindowHandle,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Polling interval while a test waits for a page.
const GLANCE: Duration = Duration::from_millis(50);

pub struct Browser {
    client: Client,
    chromium: Chromium,
    _driver: Chromedriver,
    _turn: Turn,
}

impl Browser {
    /// `None`, with a message, on a machine without Chromium.
    pub async fn start() -> Option<Self> {
        Self::start_with(&[]).await
    }

    /// One with further flags.
    pub async fn start_with(flags: &[&str]) -> Option<Self> {
        let Some((chromium, chromedriver)) = on_path("chromium").zip(on_path("chromedriver"))
        else {
            skip(
                "chromium and chromedriver are not both on PATH (Debian: apt install chromium chromium-driver)",
            );
            return None;
        };
        let turn = Turn::take().await;
        let chromium = Chromium::take(&chromium, flags).await;
        let driver = Chromedriver::start(chromedriver).await;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&chromium))
            .connect(&driver.url())
            .await
            .unwrap();
        let browser = Browser {
            client,
            chromium,
            _driver: driver,
            _turn: turn,
        };
        browser.come_to_front().await;
        Some(browser)
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Opens an address in another window and turns to it: another browser would cost more than the page.
    pub async fn open_beside(&self, url: &str) -> WindowHandle {
        let window = self.client.new_window(false).await.unwrap().handle;
        self.turn_to(&window).await;
        self.open(url).await;
        window
    }

    /// What follows is about the page in this window.
    pub async fn turn_to(&self, window: &WindowHandle) {
        self.client.switch_to_window(window.clone()).await.unwrap();
        self.come_to_front().await;
    }

    /// Elements of another window get no focus.
    async fn come_to_front(&self) {
        self.devtools("Page.bringToFront", json!({})).await;
    }

    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The value of a JavaScript expression in the page.
    pub async fn eval(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}")).await
    }

    /// What a script returns.
    pub async fn run(&self, script: &str) -> Value {
        match self.client.execute(script, Vec::new()).await {
            Ok(value) => value,
            Err(error) => panic!("{script}: {error}"),
        }
    }

    /// Runs a script that calls its last argument with its result.
    pub async fn run_async(&self, script: &str) -> Value {
        match self.client.execute_async(script, Vec::new()).await {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until an expression has a value.
    pub async fn until(&self, expression: &str, wanted: impl Into<Value>) {
        let wanted = wanted.into();
        let end = Instant::now() + DEADLINE;
        loop {
            let seen = self.eval(expression).await;
            if seen == wanted {
                return;
            }
            assert!(
                Instant::now() < end,
                "{expression}: {wanted} was awaited, {seen} is there"
            );
            sleep(GLANCE).await;
        }
    }

    /// Waits until an expression is true.
    pub async fn until_true(&self, expression: &str) {
        self.until(&format!("Boolean({expression})"), true).await;
    }

    /// Waits until the element of a CSS selector has this text.
    pub async fn until_text(&self, selector: &str, wanted: &str) {
        self.until(&text_of(selector), wanted).await;
    }

    /// Current text of the element of a CSS selector.
    pub async fn text(&self, selector: &str) -> String {
        let text = self.eval(&text_of(selector)).await;
        text.as_str()
            .unwrap_or_else(|| panic!("nothing is at {selector}"))
            .to_owned()
    }

    /// Waits until the page says that it is connected.
    pub async fn until_connected(&self) {
        self.until_text("[data-part=connection-text]", "Connecté")
            .await;
    }

    /// Clicks as soon as the element is laid out.
    pub async fn click(&self, selector: &str) {
        let end = Instant::now() + DEADLINE;
        loop {
            let element = self.client.find(fantoccini::Locator::Css(selector)).await;
            match element.unwrap().click().await {
                Err(error) if error.is_element_not_interactable() && Instant::now() < end => {
                    sleep(GLANCE).await;
                }
                clicked => return clicked.unwrap(),
            }
        }
    }

    /// Chooses the option with this text in a named select, with the keyboard.
    pub async fn choose(&self, select: &str, words: &str) {
        let select = format!("select[name={select}]");
        let chosen = format!("document.querySelector('{select}').selectedOptions[0].textContent");
        let options = format!("document.querySelector('{select}').length");
        self.focus(&select).await;
        self.press(Key::Home).await;
        for _ in 1..self.eval(&options).await.as_u64().unwrap() {
            if self.eval(&chosen).await == words {
                break;
            }
            self.press(Key::Down).await;
        }
        assert_eq!(self.eval(&chosen).await, words);
    }

    /// Moves the mouse to the middle of the element of a CSS selector.
    pub async fn hover(&self, selector: &str) {
        let element = self.client.find(fantoccini::Locator::Css(selector)).await;
        let origin = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
            element: element.unwrap(),
            duration: None,
            x: 0.0,
            y: 0.0,
        });
        self.client.perform_actions(origin).await.unwrap();
    }

    /// Moves the focus to the cell of a lot on the wall, whose figures are shown then; nothing on a page without cells.
    pub async fn point_at(&self, lot: &str) {
        self.until_true(&format!("document.querySelector('[data-lot={lot}]')"))
            .await;
        self.eval(&format!(
            "document.querySelector('.lot[data-lot={lot}] a')?.focus()"
        ))
        .await;
    }

    pub async fn focus(&self, selector: &str) {
        self.eval(&format!(
            "document.querySelector({}).focus()",
            json!(selector)
        ))
        .await;
    }

    /// Presses Tab with Shift: to the control before.
    pub async fn press_back(&self) {
        let (shift, tab) = (char::from(Key::Shift), char::from(Key::Tab));
        let back = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: shift })
            .then(KeyAction::Down { value: tab })
            .then(KeyAction::Up { value: tab })
            .then(KeyAction::Up { value: shift });
        self.client.perform_actions(back).await.unwrap();
    }

    pub async fn press(&self, key: Key) {
        let value = char::from(key);
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.client.perform_actions(actions).await.unwrap();
    }

    pub async fn write(&self, text: &str) {
        let element = self.client.active_element().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// The screen of a phone, 390 points wide.
    pub async fn become_a_phone(&self) {
        let screen = json!({ "width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }

    /// A screen of another size.
    pub async fn resize(&self, width: u32, height: u32) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }

    /// The system's colour preference: `light` or `dark`.
    pub async fn prefer_colours(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Runs a method of the DevTools protocol, and returns what it answers.
    pub async fn devtools(&self, method: &str, params: Value) -> Value {
        console::devtools(&self.client, method, params).await
    }

    /// Fails if the console contains an error or a warning.
    pub async fn finish(self) {
        self.finish_but_for(|_| false).await;
    }

    /// Like `finish`, but ignores expected messages.
    pub async fn finish_but_for(self, expected: fn(&str) -> bool) {
        let mut complaints = console::complaints(&self.client).await;
        complaints.retain(|complaint| !expected(complaint));
        assert!(complaints.is_empty(), "on the console: {complaints:#?}");
        self.forget_everything().await;
        self.client.close().await.unwrap();
        self.chromium.give_back();
    }

    /// Leaves one empty window, and no data of any page.
    async fn forget_everything(&self) {
        let used = self.client.windows().await.unwrap();
        let empty = self.client.new_window(true).await.unwrap().handle;
        for window in used {
            self.client.switch_to_window(window).await.unwrap();
            self.client.close_window().await.unwrap();
        }
        self.client.switch_to_window(empty).await.unwrap();
        let of_all = json!({ "origin": "*", "storageTypes": "all" });
        self.devtools("Storage.clearDataForOrigin", of_all).await;
        for kept in ["Network.clearBrowserCookies", "Network.clearBrowserCache"] {
            self.devtools(kept, json!({})).await;
        }
    }
}

fn text_of(selector: &str) -> String {
    format!(
        "document.querySelector({})?.textContent.trim() ?? null",
        json!(selector)
    )
}

fn capabilities(chromium: &Chromium) -> Map<String, Value> {
    let capabilities = json!({
        "goog:chromeOptions": { "debuggerAddress": chromium.address },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    capabilities.as_object().unwrap().clone()
}
