//! Logging in at a real identity provider (npm's `oidc-provider`), as a browser does it.

use crate::common::{
    client::Client,
    http::send,
    server::{DEADLINE, TestServer, until},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Write as _, path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::OnceCell,
    time::timeout,
};
use ureq::{
    Agent,
    http::{Request, Response},
};

const SECRET: &str = "secret & more";

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oidc")
}

struct Provider {
    issuer: String,
    /// Ends with it.
    _process: Child,
    /// It would end if nobody could read what it prints.
    _prints: Lines<BufReader<ChildStdout>>,
}

impl Provider {
    /// `None` without Node, which is said; with `CI` set it is a failure.
    async fn start() -> Option<Self> {
        if let Err(reason) = installed().await {
            let sentence = format!("the login tests need Node 20 or later: {reason}");
            assert!(std::env::var_os("CI").is_none(), "{sentence}");
            // Not `print!`, because the test harness captures it.
            let _ = writeln!(std::io::stderr(), "\nSKIPPED: {sentence}");
            return None;
        }
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(directory())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = timeout(DEADLINE, lines.next_line()).await.unwrap().unwrap();
        Some(Provider {
            issuer: issuer.expect("the provider prints its address"),
            _process: process,
            _prints: lines,
        })
    }

    async fn next_person(&self, name: &str) {
        let request = Request::post(format!("{}/person/{name}", self.issuer));
        send(request.body(()).unwrap()).await.unwrap();
    }

    async fn server(&self) -> TestServer {
        let flags = [
            "--auth",
            "on",
            "--oidc-issuer",
            &self.issuer,
            "--oidc-client-id",
            "gaveurs",
            "--oidc-client-secret",
            SECRET,
        ];
        TestServer::start_with(&flags).await
    }
}

/// Installs the packages of the lock file, once for all tests.
async fn installed() -> Result<(), String> {
    static INSTALLED: OnceCell<Result<(), String>> = OnceCell::const_new();
    let install = async || {
        if directory().join("node_modules/oidc-provider").exists() {
            return Ok(());
        }
        let npm = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(directory())
            .output();
        let npm = npm.await.map_err(|error| format!("npm: {error}"))?;
        let complaint = String::from_utf8_lossy(&npm.stderr).into_owned();
        npm.status.success().then_some(()).ok_or(complaint)
    };
    INSTALLED.get_or_init(install).await.clone()
}

/// Follows redirections and keeps cookies, which are the same for all ports of a host.
#[derive(Default)]
struct Browser {
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn request(&mut self, method: &str, address: &str) -> Response<String> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header("cookie", cookies.join("; "));
        let request = request.body(()).unwrap();
        let config = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None);
        let agent = Agent::from(config.build());
        let answer = tokio::task::spawn_blocking(move || {
            let (head, mut body) = agent.run(request).unwrap().into_parts();
            Response::from_parts(head, body.read_to_string().unwrap())
        });
        let answer = answer.await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (cookie, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Follows redirections until one leads to `/path` of this server, and returns its address.
    async fn follow_to(&mut self, server: &TestServer, from: &str, path: &str) -> String {
        let mut address = from.to_owned();
        for _ in 0..10 {
            let answer = self.request("GET", &address).await;
            let status = answer.status();
            let Some(location) = answer.headers().get("location") else {
                panic!("{address} leads nowhere: {status} {}", answer.body());
            };
            let base = url::Url::parse(&address).unwrap();
            address = base.join(location.to_str().unwrap()).unwrap().to_string();
            if address.starts_with(&server.url(path)) {
                return address;
            }
        }
        panic!("too many redirections, the last one to {address}");
    }

    async fn me(&mut self, server: &TestServer) -> (u16, Value) {
        let answer = self.request("GET", &server.url("/auth/me")).await;
        let body = serde_json::from_str(answer.body()).unwrap();
        (answer.status().as_u16(), body)
    }
}

/// Begins a login once the server has read the provider's keys.
async fn begin(server: &TestServer) {
    until("the provider is known", async || {
        let mut browser = Browser::default();
        let answer = browser
            .request("GET", &server.url("/auth/oidc/login"))
            .await;
        !answer.headers()["location"]
            .to_str()
            .unwrap()
            .starts_with('/')
    })
    .await;
}

#[actix_web::test]
async fn a_person_logs_in_at_the_provider_returns_to_his_page_and_is_logged_out_in_all_tabs() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let mut browser = Browser::default();
    let page = browser
        .request("GET", &server.url("/auth/login?to=%2Falertes"))
        .await;
    assert!(
        page.body().contains("/auth/oidc/login"),
        "the page offers to log in"
    );
    let from = server.url("/auth/oidc/login?to=%2Falertes%3Fsite%3DLL");
    browser.follow_to(&server, &from, "/alertes?site=LL").await;
    let names: Vec<_> = browser
        .cookies
        .keys()
        .filter(|name| name.starts_with("__Host-"))
        .collect();
    assert_eq!(
        names,
        ["__Host-gaveurs"],
        "the cookie of the beginning is gone"
    );
    let me =
        json!({"nom": "Anne Le Goff", "role": "superviseur", "sites": ["LL"], "gaveur_id": null});
    assert_eq!(browser.me(&server).await, (200, me));
    let rows = server
        .rows("SELECT principal, name, role, site_codes FROM auth_sessions")
        .await;
    let row = json!({"principal": "oidc:anne", "name": "Anne Le Goff", "role": "superviseur", "site_codes": ["LL"]});
    assert_eq!(rows, [row]);
    let held = format!("__Host-gaveurs={}", browser.cookies["__Host-gaveurs"]);
    let mut tab =
        Client::with_header(server.address(), "/ws/realtime/?sid=a", ("cookie", &held)).await;
    tab.next_of("snapshot").await;
    let out = browser.request("POST", &server.url("/auth/logout")).await;
    assert_eq!(out.status(), 204);
    let goodbye = tab.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
    // The cookie is of no use to whoever has kept it.
    let request = Request::get(server.url("/auth/me")).header("cookie", held);
    assert_eq!(send(request.body(()).unwrap()).await.unwrap().status(), 401);
    let recorded = server
        .rows("SELECT action, principal FROM audit WHERE action LIKE 'log_%' ORDER BY id")
        .await;
    let expected =
        ["log_in", "log_out"].map(|action| json!({"action": action, "principal": "oidc:anne"}));
    assert_eq!(recorded, expected);
    server.stop().await;
}

#[actix_web::test]
async fn a_gaveur_sees_his_own_and_one_without_a_number_is_not_logged_in() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let login = server.url("/auth/oidc/login");
    provider.next_person("yves").await;
    let mut yves = Browser::default();
    let answer = yves.follow_to(&server, &login, "/auth/callback").await;
    yves.follow_to(&server, &answer, "/").await;
    let me = json!({"nom": "Yves", "role": "gaveur", "sites": [], "gaveur_id": 1});
    assert_eq!(yves.me(&server).await, (200, me));
    provider.next_person("sans_numero").await;
    let mut nobody = Browser::default();
    let ends = nobody.follow_to(&server, &login, "/auth/login").await;
    assert_eq!(ends, server.url("/auth/login?problem=account"));
    assert_eq!(nobody.me(&server).await.0, 401);
    assert_eq!(server.count("SELECT count(*) FROM auth_sessions").await, 1);
    server.stop().await;
}

#[actix_web::test]
async fn a_login_is_finished_once_and_only_in_the_browser_that_began_it() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let server = provider.server().await;
    begin(&server).await;
    let mut victim = Browser::default();
    let mut attacker = Browser::default();
    let login = server.url("/auth/oidc/login");
    let answer = attacker.follow_to(&server, &login, "/auth/callback").await;
    let expired = server.url("/auth/login?problem=expired");
    assert_eq!(
        victim.follow_to(&server, &answer, "/auth/login").await,
        expired
    );
    let other_state = answer.replace("state=", "state=x");
    assert_eq!(
        attacker
            .follow_to(&server, &other_state, "/auth/login")
            .await,
        expired
    );
    let mut attacker = Browser::default();
    let answer = attacker.follow_to(&server, &login, "/auth/callback").await;
    let begun = attacker.cookies.clone();
    let elsewhere = answer.replace("iss=", "iss=http%3A%2F%2Fevil.example%2F");
    let refused = server.url("/auth/login?problem=refused");
    assert_eq!(
        attacker.follow_to(&server, &elsewhere, "/auth/login").await,
        refused
    );
    attacker.cookies = begun.clone();
    let entered = attacker.request("GET", &answer).await;
    assert_eq!(entered.headers()["location"], "/");
    attacker.cookies = begun;
    assert_eq!(
        attacker.follow_to(&server, &answer, "/auth/login").await,
        refused,
        "a code is used once"
    );
    server.stop().await;
}

#[actix_web::test]
async fn a_server_without_a_provider_offers_no_login_at_one() {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    assert_eq!(server.status("/auth/oidc/login").await, 404);
    assert_eq!(server.status("/auth/callback?code=a&state=b").await, 404);
    let mut browser = Browser::default();
    let page = browser.request("GET", &server.url("/auth/login")).await;
    assert!(!page.body().contains("/auth/oidc/login"));
    server.stop().await;
}
