//! A server with authentication, and the meals of three lots of two sites.

use crate::common::{client::Client, http, readings::meal, server::TestServer};
use gaveurs::domain::{access::Role, grant::Grant, key::Key, site::Site};
use serde_json::Value;
use std::collections::BTreeSet;
use tokio_tungstenite::tungstenite::Error;
use ureq::http::{Request, Response};

pub const LOTS: [(&str, i32); 3] = [("LL2611001", 1), ("LL2611002", 2), ("MT2611001", 3)];

pub fn grant(role: Role, sites: &[Site]) -> Grant {
    Grant {
        sites: sites.iter().copied().collect(),
        ..Grant::new(role)
    }
}

pub fn gaveur(id: i32) -> Grant {
    Grant {
        gaveur_id: Some(id),
        ..grant(Role::Gaveur, &[])
    }
}

/// A server that asks for keys.
pub struct Guarded {
    pub server: TestServer,
}

impl Guarded {
    /// With the meals of three lots of two sites.
    pub async fn fed() -> Self {
        let guarded = Guarded {
            server: TestServer::start_with(&["--auth", "on"]).await,
        };
        let key = guarded.key(&grant(Role::Simulateur, &[])).await;
        let mut producer = guarded.connect("/ws/gavage", &key).await;
        producer.next().await;
        for (lot, gaveur_id) in LOTS {
            assert_eq!(producer.ask(meal(lot, gaveur_id, 0)).await["type"], "ack");
        }
        guarded
    }

    pub async fn key(&self, grant: &Grant) -> Key {
        self.server.key(grant, None).await
    }

    pub async fn get(&self, path: &str, key: Option<&Key>) -> Response<String> {
        let request = Request::get(self.server.url(path));
        let request = match key {
            None => request,
            Some(key) => request.header("authorization", format!("Bearer {}", key.reveal())),
        };
        http::send(request.body(()).unwrap()).await.unwrap()
    }

    pub async fn json(&self, path: &str, key: &Key) -> Value {
        let answer = self.get(path, Some(key)).await;
        serde_json::from_str(answer.body()).unwrap()
    }

    pub async fn try_connect(&self, path: &str, key: &Key) -> Result<Client, Error> {
        let with = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{with}key={}", key.reveal());
        Client::try_connect(self.server.address(), &path).await
    }

    pub async fn connect(&self, path: &str, key: &Key) -> Client {
        self.try_connect(path, key).await.unwrap()
    }

    pub async fn refusal(&self, path: &str, key: &Key) -> u16 {
        match self.try_connect(path, key).await {
            Err(Error::Http(response)) => response.status().as_u16(),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("{path} was not refused"),
        }
    }
}

pub fn codes(lots: &Value) -> BTreeSet<&str> {
    let lots = lots.as_array().unwrap().iter();
    lots.map(|lot| lot["code_lot"].as_str().unwrap()).collect()
}
