//! The queue of quality control, read by a station over HTTP.

use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use ureq::Agent;

const PATIENCE: Duration = Duration::from_secs(10);

/// A lot that waits for quality control.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WaitingLot {
    pub code_lot: String,
    pub site_code: String,
}

/// `http://host:port`.
#[derive(Clone)]
pub struct Queue {
    base: String,
    client: Agent,
}

impl Queue {
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // The station's WebSocket uses no proxy either.
            .proxy(None);
        Queue {
            base: base.trim_end_matches('/').to_owned(),
            client: config.build().into(),
        }
    }

    /// The waiting lots, longest wait first.
    ///
    /// # Errors
    /// A sentence: the server does not answer, or its answer is unexpected.
    pub async fn waiting(&self) -> Result<Vec<WaitingLot>, String> {
        let url = format!("{}/api/sqal/pending-lots?status=pending", self.base);
        let read = move |client: Agent| {
            let mut answer = client.get(url).call()?;
            answer.body_mut().with_config().limit(4 << 20).read_json()
        };
        let read = self.ask(read).await;
        read.map_err(|error| format!("the queue cannot be read: {error}"))
    }

    /// Claims a lot; true if this station got it.
    ///
    /// # Errors
    /// A sentence: the server does not answer, or its answer is unexpected.
    pub async fn claim(&self, code_lot: &str, device_id: &str) -> Result<bool, String> {
        self.post(code_lot, "claim", json!({"station": device_id}))
            .await
    }

    /// Ends the control of a lot; false if it could not be ended.
    ///
    /// # Errors
    /// A sentence: the server does not answer, or its answer is unexpected.
    pub async fn finish(&self, code_lot: &str, device_id: &str) -> Result<bool, String> {
        self.post(code_lot, "finish", json!({"par": device_id}))
            .await
    }

    async fn post(&self, code_lot: &str, what: &str, body: Value) -> Result<bool, String> {
        let url = format!("{}/api/sqal/pending-lots/{code_lot}/{what}", self.base);
        let asked = self.ask(move |client| {
            let request = client
                .post(url)
                .config()
                .http_status_as_error(false)
                .build();
            Ok(request.send_json(body)?.status())
        });
        match asked.await {
            Ok(status) if status.is_success() => Ok(true),
            Ok(status) if status.is_client_error() => Ok(false),
            Ok(status) => Err(format!("the server answers {status} to {what} {code_lot}")),
            Err(error) => Err(format!(
                "the server cannot be asked to {what} {code_lot}: {error}"
            )),
        }
    }

    /// The HTTP client blocks, so it runs on another thread.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(Agent) -> Result<T, ureq::Error> + Send + 'static,
    ) -> Result<T, ureq::Error> {
        let client = self.client.clone();
        let asked = tokio::task::spawn_blocking(move || question(client)).await;
        asked.map_err(std::io::Error::from)?
    }
}

/// The lot to claim next: the longest-waiting one of the station's own site, otherwise of any site.
pub fn choose<'a>(waiting: &'a [WaitingLot], site: &str) -> Option<&'a WaitingLot> {
    let own = waiting.iter().find(|lot| lot.site_code == site);
    own.or_else(|| waiting.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_takes_a_lot_of_its_site_before_one_that_has_waited_longer() {
        let lot = |code: &str| WaitingLot {
            code_lot: code.to_owned(),
            site_code: code[..2].to_owned(),
        };
        let waiting = [lot("MT2611001"), lot("LL2611002"), lot("LL2611003")];
        assert_eq!(choose(&waiting, "LL"), Some(&waiting[1]));
        assert_eq!(choose(&waiting, "LS"), Some(&waiting[0]));
        assert_eq!(choose(&[], "LL"), None);
    }
}
