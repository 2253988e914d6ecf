//! The products of a server, as a consumer's program asks for them over HTTP.

use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use ureq::{Agent, RequestBuilder, typestate::WithBody};

const PATIENCE: Duration = Duration::from_secs(10);

/// A product that can be rated.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Label {
    pub product_id: String,
    pub qr_code: String,
    pub sqal_grade: Option<String>,
}

/// `http://host:port`.
#[derive(Clone)]
pub struct Market {
    base: String,
    client: Agent,
    /// `None` for a server that asks for no key.
    bearer: Option<String>,
}

impl Market {
    pub fn new(base: &str, key: Option<&str>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .proxy(None);
        Market {
            base: base.trim_end_matches('/').to_owned(),
            client: config.build().into(),
            bearer: key.map(|key| format!("Bearer {key}")),
        }
    }

    /// The newest products, of one lot or of all.
    ///
    /// # Errors
    /// A sentence: the server does not answer, or its answer is unexpected.
    pub async fn labels(&self, lot: Option<&str>) -> Result<Vec<Label>, String> {
        let of_lot = lot.map(|lot| format!("?code_lot={lot}"));
        let (status, body) = self
            .get("/api/consumer/products", &of_lot.unwrap_or_default())
            .await?;
        match status {
            200 => serde_json::from_str(&body)
                .map_err(|error| format!("the list of products cannot be read: {error}")),
            _ => Err(format!(
                "the server answers {status} to the list of products"
            )),
        }
    }

    /// Looks at a product; returns the status.
    ///
    /// # Errors
    /// A sentence: the server does not answer.
    pub async fn scan(&self, code: &str) -> Result<u16, String> {
        let path = format!("/api/consumer/scan/{code}");
        Ok(self.get(&path, "").await?.0)
    }

    /// Sends a rating; returns the status.
    ///
    /// # Errors
    /// A sentence: the server does not answer.
    pub async fn rate(&self, rating: Value) -> Result<u16, String> {
        let url = format!("{}/api/consumer/feedback", self.base);
        let bearer = self.bearer.clone();
        self.ask(move |client| {
            let request: RequestBuilder<WithBody> = with_key(client.post(url), bearer);
            Ok(request.send_json(rating)?.status().as_u16())
        })
        .await
    }

    async fn get(&self, path: &str, query: &str) -> Result<(u16, String), String> {
        let url = format!("{}{path}{query}", self.base);
        let bearer = self.bearer.clone();
        self.ask(move |client| {
            let mut answer = with_key(client.get(url), bearer).call()?;
            let body = answer
                .body_mut()
                .with_config()
                .limit(4 << 20)
                .read_to_string()?;
            Ok((answer.status().as_u16(), body))
        })
        .await
    }

    /// The HTTP client blocks, so it runs on another thread.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(Agent) -> Result<T, ureq::Error> + Send + 'static,
    ) -> Result<T, String> {
        let client = self.client.clone();
        let asked = tokio::task::spawn_blocking(move || question(client)).await;
        let answered = asked
            .map_err(std::io::Error::from)
            .map_err(ureq::Error::from);
        answered
            .flatten()
            .map_err(|error| format!("the server does not answer: {error}"))
    }
}

fn with_key<B>(request: RequestBuilder<B>, bearer: Option<String>) -> RequestBuilder<B> {
    match bearer {
        Some(bearer) => request.header("authorization", bearer),
        None => request,
    }
}
