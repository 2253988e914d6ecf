//! The queue of quality control, read by a station over HTTP.

use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use ureq::{Agent, RequestBuilder};

const PATIENCE: Duration = Duration::from_secs(10);

/// A lot that waits for quality control.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WaitingLot {
    pub code_lot: String,
    pub lot_id: i64,
    pub site_code: String,
}

/// `http://host:port`.
#[derive(Clone)]
pub struct Queue {
    base: String,
    client: Agent,
    /// `None` for a server that asks for no key.
    bearer: Option<String>,
}

impl Queue {
    pub fn new(base: &str, key: Option<&str>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            // The station's WebSocket uses no proxy either.
            .proxy(None);
        Queue {
            base: base.trim_end_matches('/').to_owned(),
            client: config.build().into(),
            bearer: key.map(|key| format!("Bearer {key}")),
        }
    }

    /// The waiting lots, longest wait first.
    ///
    /// # Errors
    /// A sentence: the server does not answer, or its answer is unexpected.
    pub async fn waiting(&self) -> Result<Vec<WaitingLot>, String> {
        let url = format!("{}/api/sqal/pending-lots?status=pending", self.base);
        let bearer = self.bearer.clone();
        let read = move |client: Agent| {
            let mut answer = with_key(client.get(url), bearer).call()?;
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
        let bearer = self.bearer.clone();
        let asked = self.ask(move |client| {
            let request = with_key(client.post(url), bearer)
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

fn with_key<B>(request: RequestBuilder<B>, bearer: Option<String>) -> RequestBuilder<B> {
    match bearer {
        Some(bearer) => request.header("authorization", bearer),
        None => request,
    }
}

/// Which of the waiting lots a station claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Of its own site before those of others.
    OwnSiteFirst,
    OwnSite,
    AnySite,
}

/// The lot to claim next: the wanted one if it waits, otherwise the one that has waited longest.
pub fn choose<'a>(
    waiting: &'a [WaitingLot],
    site: &str,
    choice: Choice,
    wanted: Option<&str>,
) -> Option<&'a WaitingLot> {
    let is_wanted = |lot: &&WaitingLot| {
        wanted.is_some_and(|wanted| lot.code_lot == wanted || lot.lot_id.to_string() == wanted)
    };
    let own = || waiting.iter().find(|lot| lot.site_code == site);
    waiting.iter().find(is_wanted).or_else(|| match choice {
        Choice::OwnSiteFirst => own().or_else(|| waiting.first()),
        Choice::OwnSite => own(),
        Choice::AnySite => waiting.first(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_takes_the_lot_that_is_wanted_then_one_of_its_site_then_what_has_waited_longest() {
        let lot = |code: &str, lot_id| WaitingLot {
            code_lot: code.to_owned(),
            lot_id,
            site_code: code[..2].to_owned(),
        };
        let waiting = [
            lot("MT2611001", 7),
            lot("LL2611002", 8),
            lot("LL2611003", 9),
        ];
        let chosen = |site, choice, wanted| choose(&waiting, site, choice, wanted);
        assert_eq!(chosen("LL", Choice::OwnSiteFirst, None), Some(&waiting[1]));
        assert_eq!(chosen("LS", Choice::OwnSiteFirst, None), Some(&waiting[0]));
        assert_eq!(chosen("LS", Choice::OwnSite, None), None);
        assert_eq!(chosen("LL", Choice::AnySite, None), Some(&waiting[0]));
        for wanted in ["LL2611003", "9"] {
            let found = chosen("MT", Choice::OwnSite, Some(wanted));
            assert_eq!(found, Some(&waiting[2]));
        }
        // A number that the older chain always sends.
        let found = chosen("MT", Choice::OwnSite, Some("1"));
        assert_eq!(found, Some(&waiting[0]));
        assert_eq!(choose(&[], "LL", Choice::AnySite, None), None);
    }
}
