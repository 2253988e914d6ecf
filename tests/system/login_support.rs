//! A real identity provider (npm's `oidc-provider`), and a browser that logs in there.

use crate::common::{
    client::Client,
    http::send,
    installation,
    lacking::skip,
    server::{DEADLINE, TestServer, until},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
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

pub struct Provider {
    pub issuer: String,
    /// Ends with it.
    _process: Child,
    /// It would end if nobody could read what it prints.
    _prints: Lines<BufReader<ChildStdout>>,
}

impl Provider {
    /// `None` without Node, which is said; with `CI` set it is a failure.
    pub async fn start() -> Option<Self> {
        if let Err(reason) = installation::npm(&directory()).await {
            skip(&format!("the login tests need Node 20 or later: {reason}"));
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

    /// Who logs in next.
    pub async fn next_person(&self, name: &str) {
        self.tell(&format!("person/{name}"), Value::Null).await;
    }

    /// Changes what is said of a person; null closes the account.
    pub async fn change(&self, name: &str, claims: Value) {
        self.tell(&format!("claims/{name}"), claims).await;
    }

    /// Whether requests for tokens are answered.
    pub async fn answer(&self, answers: bool) {
        self.tell("answer", Value::from(answers)).await;
    }

    /// Which server is told when somebody logs out at the provider, and whether it is told of which session.
    pub async fn tell_of_logouts(&self, server: &TestServer, session: bool) {
        let told = json!({"server": server.url(""), "session": session});
        self.tell("tell", told).await;
    }

    async fn tell(&self, what: &str, body: Value) {
        let request = Request::post(format!("{}/test/{what}", self.issuer));
        let answer = send(request.body(body.to_string()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 204, "{what}");
    }

    pub async fn server(&self) -> TestServer {
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

/// Follows redirections and keeps cookies, which are the same for all ports of a host.
#[derive(Default)]
pub struct Browser {
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub async fn request(&mut self, method: &str, address: &str) -> Response<String> {
        self.send(method, address, None).await
    }

    /// Sends a form.
    async fn send(
        &mut self,
        method: &str,
        address: &str,
        form: Option<String>,
    ) -> Response<String> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header("cookie", cookies.join("; "));
        let request = match &form {
            None => request,
            Some(_) => request.header("content-type", "application/x-www-form-urlencoded"),
        };
        let config = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None);
        let agent = Agent::from(config.build());
        let answer = tokio::task::spawn_blocking(move || {
            let answer = match form {
                None => agent.run(request.body(()).unwrap()),
                Some(form) => agent.run(request.body(form).unwrap()),
            };
            let (head, mut body) = answer.unwrap().into_parts();
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
    pub async fn follow_to(&mut self, server: &TestServer, from: &str, path: &str) -> String {
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

    /// Logs in, and opens the wall.
    pub async fn enter(&mut self, server: &TestServer) -> Client {
        let login = server.url("/auth/oidc/login?to=%2Falertes");
        self.follow_to(server, &login, "/alertes").await;
        self.open(server, "a").await
    }

    /// Opens the wall in a tab of this name.
    pub async fn open(&self, server: &TestServer, tab: &str) -> Client {
        let held = format!("__Host-gaveurs={}", self.cookies["__Host-gaveurs"]);
        let path = format!("/ws/realtime/?sid={tab}");
        let mut tab = Client::with_header(server.address(), &path, ("cookie", &held)).await;
        tab.next_of("site_stats").await;
        tab
    }

    /// Says yes at the provider when it asks whether to log out. Returns where it leads.
    pub async fn log_out_there(&mut self, address: &str) -> String {
        let asked = self.request("GET", address).await;
        assert_eq!(asked.status(), 200, "{}", asked.body());
        let value = |name: &str| {
            let (_, rest) = asked.body().split_once(name).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        let (action, xsrf) = (value("action=\""), value("name=\"xsrf\" value=\""));
        let form = Some(format!("xsrf={xsrf}&logout=yes"));
        let answer = self.send("POST", &action, form).await;
        assert_eq!(answer.status(), 303, "{}", answer.body());
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    pub async fn me(&mut self, server: &TestServer) -> (u16, Value) {
        let answer = self.request("GET", &server.url("/auth/me")).await;
        let body = serde_json::from_str(answer.body()).unwrap();
        (answer.status().as_u16(), body)
    }
}

/// Begins a login once the server has read the provider's keys.
pub async fn begin(server: &TestServer) {
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
