//! Runs the programs of `examples/`, in Rust and in Python, against a real server.

use crate::common::{
    client::Client,
    installation,
    proxy::{Line, Proxy},
    readings::reading,
    server::{DEADLINE, TestServer},
};
use gaveurs::domain::{access::Role, grant::Grant};
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::OnceCell,
    time::timeout,
};

/// Time limit of a build on a busy machine.
const BUILD: Duration = Duration::from_secs(300);

/// The compiled example: `cargo test` builds them, `cargo test --test simulator` does not.
async fn rust(name: &str) -> Command {
    static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
    let folder = BUILT.get_or_init(build).await;
    Command::new(folder.join(name))
}

async fn build() -> PathBuf {
    let profile = std::env::current_exe().unwrap();
    // target/<profile>/deps/<this test>
    let profile = profile.ancestors().nth(2).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--examples", "--target-dir"]);
    cargo.arg(profile.parent().unwrap());
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = timeout(BUILD, cargo.status()).await;
    assert!(status.expect("a build in time").unwrap().success());
    profile.join("examples")
}

async fn python(name: &str) -> Option<Command> {
    let mut command = Command::new(
        installation::python("websockets==17.4")
            .await?
            .join("python"),
    );
    command.arg(format!("{}/examples/{name}.py", env!("CARGO_MANIFEST_DIR")));
    Some(command)
}

async fn run_producer(producer: Command, server: &TestServer) {
    run_producer_at(producer, &server.address().to_string()).await;
}

/// `place` is the address, with a name and a password before it if need be.
async fn run_producer_at(mut producer: Command, place: &str) {
    producer.arg(format!("ws://{place}/ws/gavage"));
    let output = timeout(DEADLINE, producer.output()).await.unwrap().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "stored: matin\nstored: soir\n");
}

/// A running screen; killed when dropped.
struct Screen {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Screen {
    fn start(mut screen: Command, proxy: &Proxy) -> Self {
        screen.arg(format!("ws://{}/ws/realtime/", proxy.address));
        screen.stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = screen.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Screen {
            _child: child,
            lines,
        }
    }

    async fn says(&mut self, line: &str) {
        let next = timeout(DEADLINE, self.lines.next_line()).await;
        let next = next.unwrap_or_else(|_| panic!("{line:?} was never said"));
        assert_eq!(next.unwrap().as_deref(), Some(line));
    }
}

async fn watch_a_lot_through_a_cut(screen: Command, producer: Command, code_lot: &str) {
    let server = TestServer::start().await;
    let proxy = Proxy::start(server.address()).await;
    let mut screen = Screen::start(screen, &proxy);
    screen.says("recovered: false").await;
    screen.says("lots: 0").await;

    run_producer(producer, &server).await;
    screen
        .says(&format!("{code_lot} jour 0 matin: 238.5 g"))
        .await;
    screen
        .says(&format!("{code_lot} jour 0 soir: 238.5 g"))
        .await;

    proxy.set(Line::Cut);
    let mut client = Client::connect(server.address(), "/ws/gavage").await;
    client.next_of("connection_established").await;
    let missed = client.ask(reading("MT2611007", 7, 3, "soir")).await;
    assert_eq!(missed["type"], "ack", "{missed}");
    proxy.set(Line::To(server.address().into()));
    screen.says("recovered: true").await;
    screen.says("MT2611007 jour 3 soir: 402.5 g").await;

    let later = client.ask(reading("MT2611007", 7, 4, "matin")).await;
    assert_eq!(later["type"], "ack", "{later}");
    screen.says("MT2611007 jour 4 matin: 402.5 g").await;
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 4);
    drop(screen);
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_rust_examples_store_two_meals_and_show_each_once_across_a_cut() {
    let (screen, producer) = (rust("screen").await, rust("producer").await);
    watch_a_lot_through_a_cut(screen, producer, "LL2512901").await;
}

#[actix_web::test]
async fn the_python_examples_store_two_meals_and_show_each_once_across_a_cut() {
    let (Some(screen), Some(producer)) = (python("screen").await, python("producer").await) else {
        return;
    };
    watch_a_lot_through_a_cut(screen, producer, "LL2512902").await;
}

#[actix_web::test]
async fn an_unchanged_python_producer_shows_the_key_that_stands_in_its_address() {
    let Some(producer) = python("producer").await else {
        return;
    };
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let grant = Grant::new(Role::Simulateur);
    let key = server.key(&grant, None).await;
    let place = format!("simulateur:{}@{}", key.reveal(), server.address());
    run_producer_at(producer, &place).await;
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 2);
    server.stop().await;
}
