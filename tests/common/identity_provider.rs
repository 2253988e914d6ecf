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
    collections::HashMap,
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
    server: ServerHandle,
}

struct Published {
    keys: Mutex<Value>,
    answers: Mutex<Answers>,
    signing: Mutex<Signing>,
    asked: AtomicUsize,
    /// The refresh token that works.
    refresh: Mutex<String>,
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

/// The one password that is right.
pub const PASSWORD: &str = "mot de passe & cætera";

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

    fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "ES256", "kid": self.kid, "typ": "JWT"});
        let message = format!(
            "{}.{}",
            base64(header.to_string()),
            base64(claims.to_string())
        );
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes());
        format!("{message}.{}", base64(signature.unwrap()))
    }
}

fn claims(issuer: &str, role: &str, changed: Value) -> Value {
    let mut claims = json!({
        "iss": issuer, "aud": "gaveurs", "sub": "7f9c", "name": "Anne Le Goff", "exp": Timestamp::now().as_second() + 300,
        "realm_access": {"roles": [role]},
    });
    let changed = changed.as_object().unwrap().clone();
    claims.as_object_mut().unwrap().extend(changed);
    claims
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
            signing: Mutex::new(signing),
            refresh: Mutex::new("first".to_owned()),
            asked: AtomicUsize::new(0),
        });
        let shared = web::Data::from(published.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .route("/.well-known/openid-configuration", web::get().to(describe))
                .route("/keys", web::get().to(publish))
                .route("/token", web::post().to(give))
                .route("/revoke", web::post().to(take_back))
        });
        let server = server.workers(1).disable_signals().bind(address).unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        IdentityProvider {
            address,
            published,
            server: handle,
        }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The claims of a person with this role, changed.
    pub fn claims(&self, role: &str, changed: Value) -> Value {
        claims(&self.issuer(), role, changed)
    }

    pub fn token(&self, role: &str, changed: Value) -> String {
        let signing = self.published.signing.lock().unwrap();
        signing.sign(&self.claims(role, changed))
    }

    /// Publishes another key instead of the old one, and signs with it.
    pub fn rotate(&self, kid: &str) {
        let signing = generated(kid);
        *self.published.keys.lock().unwrap() = signing.set();
        *self.published.signing.lock().unwrap() = signing;
    }

    /// Signs with the same key under another name, which is not published.
    pub fn rename(&self, kid: &str) {
        self.published.signing.lock().unwrap().kid = kid.to_owned();
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
        "token_endpoint": format!("{issuer}/token"), "revocation_endpoint": format!("{issuer}/revoke"),
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

type Form = web::Form<HashMap<String, String>>;

/// Tokens for the right password or the refresh token of the last answer.
async fn give(
    request: actix_web::HttpRequest,
    published: web::Data<Published>,
    form: Form,
) -> HttpResponse {
    let given = |name: &str| form.get(name).map_or("", String::as_str);
    let mut refresh = published.refresh.lock().unwrap();
    let is_right = match given("grant_type") {
        "password" => given("password") == PASSWORD,
        _ => !refresh.is_empty() && given("refresh_token") == *refresh,
    };
    if !is_right {
        return HttpResponse::Unauthorized().json(json!({"error": "invalid_grant"}));
    }
    refresh.push('+');
    let issuer = format!("http://{}", request.connection_info().host());
    let role = given("username");
    let role = if role.is_empty() { "superviseur" } else { role };
    let claims = claims(&issuer, role, json!({"azp": "gaveurs", "sites": ["LL"]}));
    HttpResponse::Ok().json(json!({
        "access_token": published.signing.lock().unwrap().sign(&claims), "refresh_token": *refresh, "expires_in": 300,
        "refresh_expires_in": 1_800, "token_type": "Bearer",
    }))
}

async fn take_back(published: web::Data<Published>, form: Form) -> HttpResponse {
    let mut refresh = published.refresh.lock().unwrap();
    if form.get("token") == Some(&*refresh) {
        refresh.clear();
    }
    HttpResponse::Ok().finish()
}
