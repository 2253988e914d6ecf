//! Requests to the API.

use crate::common::database::TestDatabase;
use actix_web::{
    App,
    http::{Method, StatusCode, header::HeaderMap},
    test::{self, TestRequest},
    web,
};
use bytes::Bytes;
use gaveurs::{
    domain::{
        consumer::address::{SECRET_BYTES, Secrets},
        proxies::Proxies,
    },
    http::{
        self,
        caller::{Authentication, Caller},
        consumer::limits::Consumers,
        login::Logins,
        state::ApiState,
    },
    protocol::input::InputRules,
    store::{Pool, view::Reader},
    telemetry::{health::Health, metrics::Metrics, status::Status},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::watch;

pub fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap()
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The body must be exactly `{"detail": "<text>", "code": "<word>"}`.
    pub fn detail(&self) -> String {
        let body = self.json();
        let fields = body.as_object().unwrap();
        assert_eq!(fields.len(), 2, "{body}");
        assert!(fields["code"].is_string(), "{body}");
        fields["detail"].as_str().unwrap().to_owned()
    }
}

/// The API over this database; every request comes from this caller.
pub fn served(pool: &Pool, caller: &Caller) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
    let authentication = Authentication::Off(caller.clone());
    let reader = Reader::new(pool.clone());
    move |cfg| {
        cfg.app_data(web::Data::new(authentication))
            .app_data(web::Data::new(reader))
            .app_data(web::Data::new(ApiState {
                zone: paris(),
                input: InputRules::usual(paris()),
                most_lots: 3,
                is_open: false,
                has_provider: false,
                public_url: None,
                consumers: consumers(),
            }))
            .app_data(web::Data::new(None::<Logins>))
            .app_data(web::Data::new(Status::new(
                Health::default(),
                Metrics::new(),
            )))
            .configure(http::configure);
    }
}

fn consumers() -> Consumers {
    let secrets = Secrets::begin([7; SECRET_BYTES], Timestamp::UNIX_EPOCH);
    let (_, secrets) = watch::channel(Arc::new(secrets));
    Consumers::new(Proxies::default(), secrets)
}

pub async fn ask_as(pool: &Pool, caller: &Caller, method: Method, path: &str) -> Answer {
    let app = test::init_service(App::new().configure(served(pool, caller))).await;
    let request = TestRequest::with_uri(path).method(method).to_request();
    let response = test::call_service(&app, request).await;
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: test::read_body(response).await,
    }
}

pub async fn ask_pool(pool: &Pool, method: Method, path: &str) -> Answer {
    ask_as(pool, &Caller::anyone(), method, path).await
}

pub async fn ask(database: &TestDatabase, path: &str) -> Answer {
    ask_pool(database.pool(), Method::GET, path).await
}

/// The body of a response with status 200.
pub async fn json(database: &TestDatabase, path: &str) -> Value {
    let answer = ask(database, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
    answer.json()
}

/// Compares: an array must have the same number of elements, an object may have further fields.
fn holds(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (Value::Array(answer), Value::Array(expected)) => {
            answer.len() == expected.len() && answer.iter().zip(expected).all(|(a, e)| holds(a, e))
        }
        (Value::Object(answer), Value::Object(expected)) => expected
            .iter()
            .all(|(key, value)| answer.get(key).is_some_and(|held| holds(held, value))),
        _ => answer == expected,
    }
}

#[track_caller]
pub fn assert_holds(answer: &Value, expected: &Value, what: &str) {
    assert!(
        holds(answer, expected),
        "{what}\n  answer: {answer:#}\nexpected: {expected:#}"
    );
}
