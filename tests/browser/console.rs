//! The browser's console messages, and commands that WebDriver does not have.

use fantoccini::{Client, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::Method;
use url::{ParseError, Url};

/// A command that only chromedriver has, below the session's path.
#[derive(Debug)]
struct ChromeCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for ChromeCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Runs a method of the DevTools protocol.
pub async fn devtools(client: &Client, method: &str, params: Value) -> Value {
    let command = ChromeCommand {
        path: "goog/cdp/execute",
        body: json!({ "cmd": method, "params": params }),
    };
    client.issue_cmd(command).await.unwrap()
}

/// Errors and warnings since the last call.
pub async fn complaints(client: &Client) -> Vec<String> {
    let command = ChromeCommand {
        path: "se/log",
        body: json!({ "type": "browser" }),
    };
    let entries = client.issue_cmd(command).await.unwrap();
    let entries = entries.as_array().unwrap().iter();
    entries
        .filter(|entry| ["SEVERE", "WARNING"].contains(&entry["level"].as_str().unwrap()))
        .map(|entry| entry["message"].as_str().unwrap().to_owned())
        .collect()
}

/// Chromium itself logs each refused connection while the server is down; no script can prevent it.
pub fn is_of_an_absent_server(complaint: &str) -> bool {
    let refused = ["net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_RESET"]
        .iter()
        .any(|reason| complaint.contains(reason));
    refused
        && (complaint.contains("WebSocket connection to")
            || complaint.contains("Failed to load resource"))
}
