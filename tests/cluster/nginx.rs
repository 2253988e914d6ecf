//! The nginx of `docs/nginx/cluster.conf` before the processes.

use crate::{
    checker::{MEAL, Record},
    common::{
        address::Reserved,
        client::Client,
        database::TestDatabase,
        lacking::skip,
        proxy::{Line, Proxy},
        server::{ask, ask_text, until},
    },
    fleet::Fleet,
    load::{Load, SETTLING},
    process::reachable_directory,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{net::SocketAddr, path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

const CONFIGURATION: &str = include_str!("../../docs/nginx/cluster.conf");
const PROCESSES: usize = 3;
/// The sockets opened to see where they go: several for each process.
const SOCKETS: usize = 9;

/// Ends with its workers when it is dropped.
struct Nginx {
    address: SocketAddr,
    child: Child,
    _port: Reserved,
    _directory: TempDir,
}

impl Nginx {
    /// `None`, with a message, if there is none. With `CI` set this is a failure.
    async fn before(fleet: &Fleet) -> Option<Self> {
        let Some(program) = ["/usr/sbin/nginx", "/usr/bin/nginx"]
            .into_iter()
            .find(|program| Path::new(program).exists())
        else {
            skip("there is no nginx: make setup-test");
            return None;
        };
        let port = Reserved::new();
        let address = port.address();
        let directory = reachable_directory();
        let file = directory.path().join("nginx.conf");
        std::fs::write(&file, configuration(fleet, address)).unwrap();
        let child = Command::new(program)
            .arg("-p")
            .arg(directory.path())
            .arg("-c")
            .arg(&file)
            .args(["-e", "stderr"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Nginx {
            address,
            child,
            _port: port,
            _directory: directory,
        };
        until("nginx listens", async || {
            TcpStream::connect(address).await.is_ok()
        })
        .await;
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if let Some(pid) = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
        {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

/// The documented one, with the addresses of these processes, within what a distribution puts around it.
fn configuration(fleet: &Fleet, address: SocketAddr) -> String {
    let listen = format!("listen {address};");
    let mut ours = CONFIGURATION.replace("listen 8000;", &listen);
    for (number, member) in (1..).zip(&fleet.members) {
        let name = format!("server{number}:8000");
        assert!(ours.contains(&name));
        ours = ours.replace(&name, &member.address.to_string());
    }
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {kind};"));
    format!(
        "daemon off; pid nginx.pid; worker_processes 2; events {{}} http {{ access_log off; {} {ours} }}",
        temporary.join(" ")
    )
}

/// How many screens of the wall this process has.
async fn screens(address: SocketAddr) -> usize {
    let (_, metrics) = ask(address, "/ws-metrics").await;
    let open = &metrics["server"]["open"];
    open.as_u64().unwrap_or_else(|| panic!("{metrics}")) as usize
}

async fn open(address: SocketAddr) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..SOCKETS {
        let mut client = Client::connect(address, "/ws/realtime/").await;
        client.next_of("snapshot").await;
        clients.push(client);
    }
    clients
}

async fn is_ready(address: SocketAddr) -> bool {
    ask(address, "/health/ready").await.0 == 200
}

#[actix_web::test]
async fn behind_nginx_a_process_that_is_not_ready_gets_no_new_sockets_and_gets_some_again_when_it_is()
 {
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start(&database.url(), PROCESSES - 1).await;
    let (proxy, through) = Proxy::before(&database.url()).await;
    fleet.add(&through).await;
    let cut_off = fleet.address(PROCESSES - 1);
    let Some(nginx) = Nginx::before(&fleet).await else {
        return fleet.finish().await;
    };
    let clients = open(nginx.address).await;
    let before = screens(cut_off).await;
    assert!(before > 0, "nginx sends some to each");

    let there = proxy.line();
    proxy.set(Line::Cut);
    until("it is behind the others", async || {
        let refused = Client::try_connect(cut_off, "/ws/realtime/").await.err();
        refused.is_some_and(|error| error.to_string().contains("503"))
    })
    .await;
    assert!(!is_ready(cut_off).await);
    // Nobody who comes notices anything, and those who are there stay.
    let more = open(nginx.address).await;
    assert_eq!(screens(cut_off).await, before);
    for _ in 0..SOCKETS {
        assert_eq!(ask_text(nginx.address, "/api/euralis/sites").await.0, 200);
        assert_eq!(ask_text(nginx.address, "/api/etat").await.0, 200);
    }

    proxy.set(there);
    until("it is ready", async || is_ready(cut_off).await).await;
    let mut again = Vec::new();
    until("it gets sockets again", async || {
        again.push(Client::connect(nginx.address, "/ws/realtime/").await);
        screens(cut_off).await > before
    })
    .await;
    drop((clients, more, again));
    fleet.finish().await;
}

#[actix_web::test]
async fn behind_nginx_tabs_of_a_process_that_is_cut_off_or_killed_hop_and_lose_nothing() {
    let database = TestDatabase::create_bare().await;
    let mut fleet = Fleet::start(&database.url(), PROCESSES - 1).await;
    let (proxy, through) = Proxy::before(&database.url()).await;
    fleet.add(&through).await;
    let Some(nginx) = Nginx::before(&fleet).await else {
        return fleet.finish().await;
    };
    let mut load = Load::start(nginx.address, 4, 6, 1).await;
    sleep(Duration::from_secs(2)).await;
    let there = proxy.line();
    proxy.set(Line::Cut);
    sleep(Duration::from_secs(5)).await;
    proxy.set(there);
    sleep(Duration::from_secs(1)).await;
    fleet.kill(0).await;
    sleep(Duration::from_secs(2)).await;
    let acked = load.end_producers().await;
    let record = Record::of(&database).await;
    let tabs = load.end_screens(record.last_told(), SETTLING).await;
    assert_eq!(record.complaints(&acked, &tabs), Vec::<String>::new());
    for tab in &tabs {
        assert_eq!(tab.lost_place, [(0, "no_position".to_owned())]);
        assert!(tab.count(MEAL) > 0);
    }
    fleet.finish().await;
}
