//! A whole server whose wall clock is set while it runs: the monotonic clock goes on as before.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        http,
        identity_provider::IdentityProvider,
        readings::meal,
        server::{ask, until},
    },
    process::Process,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::fs::FileExt,
    process::Command,
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::Instant;
use ureq::http::Request;

/// A lot that is fed in one go counts as silent after so long.
const SILENT_AFTER: Duration = Duration::from_secs(10);

/// The wall clock of one process.
struct WallClock {
    directory: TempDir,
}

impl WallClock {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = WallClock { directory };
        let source = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/commands/stepped_clock.c"
        );
        let built = Command::new("cc")
            .args([
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                &clock.path("clock.so"),
                source,
                "-ldl",
            ])
            .status()
            .expect("a C compiler, which the server's own dependencies need too");
        assert!(built.success());
        fs::write(clock.path("offset"), 0i64.to_ne_bytes()).unwrap();
        clock
    }

    fn path(&self, name: &str) -> String {
        let path = self.directory.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// From now on it is so many hours away from the right time.
    fn step_to(&self, hours: i64) {
        let file = File::options()
            .write(true)
            .open(self.path("offset"))
            .unwrap();
        let seconds = hours * 3_600;
        file.write_all_at(&seconds.to_ne_bytes(), 0).unwrap();
    }

    /// Starts a server that goes by this clock.
    fn start(&self, args: &[&str]) -> Process {
        let preloaded = [
            ("LD_PRELOAD", &*self.path("clock.so")),
            ("STEPPED_CLOCK", &*self.path("offset")),
        ];
        Process::start_with(args, &preloaded)
    }
}

/// What the server takes for the time.
async fn told_time(address: SocketAddr) -> Timestamp {
    let health = ask(address, "/health").await.1;
    health["timestamp"].as_str().unwrap().parse().unwrap()
}

async fn is_off_by(address: SocketAddr, hours: i64) {
    until("the server's clock is set", async || {
        let off = told_time(address).await.duration_since(Timestamp::now());
        let slack = SignedDuration::from_mins(5);
        (off - SignedDuration::from_hours(hours)).abs() < slack
    })
    .await;
}

async fn welcomed(address: SocketAddr, path: &str) -> Client {
    let mut client = Client::connect(address, path).await;
    client.next().await;
    client
}

#[actix_web::test]
async fn a_wall_clock_that_is_set_while_the_server_runs_makes_no_feed_silent_and_hides_no_silence()
{
    let (clock, database) = (WallClock::new(), TestDatabase::create_bare().await);
    let url = database.url();
    let flags = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &url,
        "--doubtful-clock-days",
        "36500",
    ];
    let mut process = clock.start(&flags);
    let address = process.address().await;
    let mut screen = welcomed(address, "/ws/realtime/").await;
    let mut producer = welcomed(address, "/ws/gavage").await;
    for number in 0..6 {
        assert_eq!(
            producer.ask(meal("LL2611001", 1, number)).await["type"],
            "ack"
        );
    }
    let fed = Instant::now();
    for hours in [1, -1] {
        clock.step_to(hours);
        is_off_by(address, hours).await;
        // Its deadline is looked at with those of the others.
        let other = meal(&format!("LS261100{}", hours + 1), 2, 0);
        assert_eq!(producer.ask(other).await["type"], "ack");
    }
    let alert = screen.next_of("alert").await;
    let waited = fed.elapsed();
    let told = (&alert["data"]["type"], &alert["data"]["code_lot"]);
    assert_eq!(told, (&json!("flux_muet"), &json!("LL2611001")));
    assert!(waited > SILENT_AFTER - Duration::from_secs(1), "{waited:?}");
    let alerts = database.rows("SELECT 1 FROM alertes").await;
    assert_eq!(alerts.len(), 1);
    for client in [screen, producer] {
        client.close().await;
    }
    process.terminate();
    assert_eq!(process.ended().await.code, Some(0));
}

#[actix_web::test]
async fn a_clock_that_is_an_hour_wrong_refuses_tokens_with_the_reason_and_asks_for_no_keys() {
    let provider = IdentityProvider::start();
    let (clock, database) = (WallClock::new(), TestDatabase::create_bare().await);
    let (url, issuer) = (database.url(), provider.issuer());
    let flags = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &url,
        "--auth",
        "on",
        "--oidc-issuer",
        &issuer,
        "--oidc-audience",
        "gaveurs",
    ];
    let mut process = clock.start(&flags);
    let address = process.address().await;
    let answer = async |token: &str| {
        let request = Request::get(format!("http://{address}/auth/me"));
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = http::send(request.body(()).unwrap()).await.unwrap();
        (answer.status().as_u16(), answer.into_body())
    };
    let begun = Timestamp::now().as_second();
    let token = provider.token("admin", json!({"nbf": begun}));
    until("the provider's keys are known", async || {
        answer(&token).await.0 == 200
    })
    .await;
    let asked = provider.asked();
    for (hours, reason) in [(1, "has expired"), (-1, "compare the clocks")] {
        clock.step_to(hours);
        is_off_by(address, hours).await;
        let (status, body) = answer(&token).await;
        assert!(status == 401 && body.contains(reason), "{status} {body}");
        let lasting = json!({"nbf": begun - 7_200, "exp": begun + 7_200});
        let lasting = provider.token("admin", lasting);
        assert_eq!(
            answer(&lasting).await.0,
            200,
            "the keys are as good as before"
        );
    }
    clock.step_to(0);
    is_off_by(address, 0).await;
    assert_eq!(answer(&token).await.0, 200);
    assert_eq!(provider.asked(), asked);
    provider.stop().await;
    process.terminate();
    assert_eq!(process.ended().await.code, Some(0));
}
