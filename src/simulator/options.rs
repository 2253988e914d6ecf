//! Settings that every sender of readings shares.

use super::feeder::Feeder;
use clap::Args;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Which server to send to, and how.
#[derive(Debug, Clone, Args)]
pub struct Target {
    /// Address of the server's /ws/gavage
    #[arg(long, value_name = "URL", env = "GAVEURS_URL", default_value = "ws://127.0.0.1:8000/ws/gavage", value_parser = ws_url)]
    pub url: String,
    /// How many readings may be sent and not acked yet, from 1 to 10000
    #[arg(long, value_name = "READINGS", default_value_t = 32, value_parser = window)]
    pub window: usize,
}

impl Target {
    pub fn feeder(&self) -> Feeder {
        Feeder::new(&self.url, self.window)
    }
}

/// # Errors
/// A sentence that shows the form of such an address.
pub fn ws_url(text: &str) -> Result<String, String> {
    const FORM: &str = "the address has the form ws://host:port/ws/gavage";
    let request = text
        .into_client_request()
        .map_err(|error| format!("{FORM} ({error})"))?;
    match request.uri().scheme_str() {
        Some("ws") => Ok(text.to_owned()),
        Some("wss") => Err(format!(
            "{FORM}; wss:// is not supported: go through a TLS relay on this machine"
        )),
        _ => Err(FORM.to_owned()),
    }
}

fn window(text: &str) -> Result<usize, String> {
    let count = text.trim().parse().ok();
    count
        .filter(|count| (1..=10_000).contains(count))
        .ok_or_else(|| "the window is a whole number from 1 to 10000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_no_websocket_is_refused_with_its_form() {
        for text in [
            "",
            "localhost:8000",
            "http://localhost:8000/ws/gavage",
            "wss://x/ws/gavage",
            "ws://",
        ] {
            let refusal = ws_url(text).unwrap_err();
            assert!(
                refusal.contains("ws://host:port/ws/gavage"),
                "{text}: {refusal}"
            );
        }
        assert!(ws_url("ws://127.0.0.1:8000/ws/gavage/").is_ok());
    }

    #[test]
    fn a_window_of_nothing_is_refused() {
        assert!(window("0").is_err() && window("10001").is_err() && window("x").is_err());
        assert_eq!(window("1"), Ok(1));
    }
}
