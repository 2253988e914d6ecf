//! Requests over plain HTTP.

use super::server::DEADLINE;
use serde_json::Value;
use ureq::{
    Agent, AsSendBody,
    http::{Request, Response},
};

/// Sends a request on its own connection and reads the whole response, with any status.
pub async fn send(
    request: Request<impl AsSendBody + Send + 'static>,
) -> Result<Response<String>, ureq::Error> {
    let config = Agent::config_builder()
        .timeout_global(Some(DEADLINE))
        .http_status_as_error(false)
        .proxy(None);
    let client = Agent::from(config.build());
    let asking = tokio::task::spawn_blocking(move || {
        let (head, body) = client.run(request)?.into_parts();
        let body = body.into_with_config().limit(32 << 20).read_to_string()?;
        Ok(Response::from_parts(head, body))
    });
    asking.await.unwrap()
}

/// Sends JSON, or no body for null.
pub async fn post(url: &str, body: Value) -> Response<String> {
    let request = Request::post(url);
    let answer = match body {
        Value::Null => send(request.body(()).unwrap()).await,
        body => {
            let request = request.header("content-type", "application/json");
            send(request.body(body.to_string()).unwrap()).await
        }
    };
    answer.unwrap()
}
