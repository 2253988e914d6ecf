//! An identity provider that signs whatever a test asks for, and counts how often it is asked.

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

pub struct IdentityProvider {
    address: SocketAddr,
    published: Arc<Published>,
    signing: Mutex<Signing>,
    server: ServerHandle,
}

struct Published {
    keys: Mutex<Value>,
    answers: Mutex<Answers>,
    asked: AtomicUsize,
}

/// How the provider answers when it is asked for its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answers {
    WithKeys,
    Garbage,
    /// With its keys, and a megabyte of others.
    Huge,
    /// Begins, and never ends.
    Slow,
    /// Leads to this address.
    Redirecting(String),
    Failing,
}

struct Signing {
    kid: String,
    key: EcdsaKeyPair,
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn generated(kid: &str) -> Signing {
    let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    Signing {
        kid: kid.to_owned(),
        key: EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap(),
    }
}

impl Signing {
    fn set(&self) -> Value {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": self.kid, "x": base64(x), "y": base64(y)}]})
    }
}

impl IdentityProvider {
    pub fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    pub fn start_at(address: SocketAddr) -> Self {
        let signing = generated("first");
        let published = Arc::new(Published {
            keys: Mutex::new(signing.set()),
            answers: Mutex::new(Answers::WithKeys),
            asked: AtomicUsize::new(0),
        });
        let shared = web::Data::from(published.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/.well-known/openid-configuration", web::get().to(describe))
                .route("/keys", web::get().to(publish))
        });
        let server = server.workers(1).disable_signals().bind(address).unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        IdentityProvider {
            address,
            published,
            signing: Mutex::new(signing),
            server: handle,
        }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The claims of a person with this role, changed.
    pub fn claims(&self, role: &str, changed: Value) -> Value {
        let mut claims = json!({
            "iss": self.issuer(), "aud": "gaveurs", "sub": "7f9c", "name": "Anne Le Goff", "exp": Timestamp::now().as_second() + 300,
            "realm_access": {"roles": [role]},
        });
        let changed = changed.as_object().unwrap().clone();
        claims.as_object_mut().unwrap().extend(changed);
        claims
    }

    pub fn token(&self, role: &str, changed: Value) -> String {
        let claims = self.claims(role, changed);
        let signing = self.signing.lock().unwrap();
        let header = json!({"alg": "ES256", "kid": signing.kid, "typ": "JWT"});
        let message = format!(
            "{}.{}",
            base64(header.to_string()),
            base64(claims.to_string())
        );
        let signature = signing.key.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", base64(signature.unwrap()))
    }

    /// Publishes another key instead of the old one, and signs with it.
    pub fn rotate(&self, kid: &str) {
        let signing = generated(kid);
        *self.published.keys.lock().unwrap() = signing.set();
        *self.signing.lock().unwrap() = signing;
    }

    /// Signs with the same key under another name, which is not published.
    pub fn rename(&self, kid: &str) {
        self.signing.lock().unwrap().kid = kid.to_owned();
    }

    pub fn answer(&self, answers: Answers) {
        *self.published.answers.lock().unwrap() = answers;
    }

    /// Where its keys are.
    pub fn address_of_keys(&self) -> String {
        format!("{}/keys", self.issuer())
    }

    /// How often the keys were asked for.
    pub fn asked(&self) -> usize {
        self.published.asked.load(Ordering::Relaxed)
    }

    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn describe(request: actix_web::HttpRequest) -> HttpResponse {
    let issuer = format!("http://{}", request.connection_info().host());
    HttpResponse::Ok().json(json!({
        "issuer": issuer, "jwks_uri": format!("{issuer}/keys"), "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
    }))
}

async fn publish(published: web::Data<Published>) -> HttpResponse {
    published.asked.fetch_add(1, Ordering::Relaxed);
    let answers = published.answers.lock().unwrap().clone();
    let keys = published.keys.lock().unwrap().clone();
    let mut ok = HttpResponse::Ok();
    match answers {
        Answers::WithKeys => ok.json(keys),
        Answers::Garbage => ok.body("{\"keys\": [{\"kty\": \"EC\", "),
        Answers::Huge => ok.body(format!("{}{}", keys, " ".repeat(1 << 20))),
        Answers::Slow => {
            let begin = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{\"keys\": ["))]);
            ok.streaming(begin.chain(stream::pending()))
        }
        Answers::Redirecting(address) => HttpResponse::Found()
            .insert_header(("location", address))
            .finish(),
        Answers::Failing => HttpResponse::ServiceUnavailable().finish(),
    }
}
