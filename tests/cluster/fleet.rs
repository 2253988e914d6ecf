//! Several `gaveurs serve` processes on one database, and a balancer before them.

use crate::{balancer::Balancer, common::client::Client, process::Process};
use futures_util::future::join_all;
use std::net::SocketAddr;

/// What makes processes on one database one server.
const TOGETHER: &str = "--cluster";
const ALWAYS: &[&str] = &[
    "serve",
    "--bind",
    "127.0.0.1:0",
    TOGETHER,
    "--pool-size",
    "4",
    // The dates in tests get old.
    "--doubtful-clock-days",
    "36500",
];

pub struct Member {
    pub process: Process,
    pub address: SocketAddr,
}

pub struct Fleet {
    database_url: String,
    flags: Vec<String>,
    pub members: Vec<Member>,
    pub balancer: Balancer,
}

impl Fleet {
    /// Starts so many at the same instant.
    pub async fn start(database_url: &str, count: usize) -> Self {
        Self::start_with(database_url, count, &[]).await
    }

    pub async fn start_with(database_url: &str, count: usize, flags: &[&str]) -> Self {
        let flags = ALWAYS.iter().chain(flags);
        let mut fleet = Fleet {
            database_url: database_url.to_owned(),
            flags: flags.map(|flag| (*flag).to_owned()).collect(),
            members: Vec::new(),
            balancer: Balancer::start().await,
        };
        let starting = (0..count).map(|_| fleet.member(&fleet.database_url));
        let members = join_all(starting).await;
        for member in &members {
            fleet.balancer.add(member.address);
        }
        fleet.members = members;
        fleet
    }

    async fn member(&self, database_url: &str) -> Member {
        let flags = self.flags.iter().map(String::as_str);
        let flags: Vec<_> = flags.chain(["--database-url", database_url]).collect();
        // Nobody reads its log while it runs.
        let quiet = [("RUST_LOG", "error,gaveurs::app=info")];
        let mut process = Process::start_with(&flags, &quiet);
        let address = process.address().await;
        Member { process, address }
    }

    pub fn address(&self, number: usize) -> SocketAddr {
        self.members[number].address
    }

    /// A WebSocket to one of them.
    pub async fn connect(&self, number: usize, path: &str) -> Client {
        Client::connect(self.address(number), path).await
    }

    /// A WebSocket to each of them.
    pub async fn connect_each(&self, path: &str) -> Vec<Client> {
        join_all((0..self.members.len()).map(|number| self.connect(number, path))).await
    }

    /// Kills it without a clean shutdown.
    pub async fn kill(&mut self, number: usize) {
        let member = self.members.remove(number);
        member.process.kill();
        self.balancer.remove(member.address);
        member.process.ended().await;
    }

    /// Starts another in the place with this number.
    pub async fn begin(&mut self, number: usize) {
        let member = self.member(&self.database_url).await;
        self.balancer.add(member.address);
        self.members.insert(number, member);
    }

    /// Starts one more, whose way to the database is this one.
    pub async fn add(&mut self, database_url: &str) {
        let member = self.member(database_url).await;
        self.balancer.add(member.address);
        self.members.push(member);
    }

    /// Ends one in order; the balancer sends nobody there any more. Returns what it has said.
    pub async fn end(&mut self, number: usize) -> Vec<String> {
        let member = self.members.remove(number);
        self.balancer.remove(member.address);
        member.process.terminate();
        let ended = member.process.ended().await;
        assert_eq!(ended.code, Some(0));
        ended.said
    }

    pub async fn finish(self) {
        self.end_all().await;
    }

    /// Ends them in order. Returns what each has said.
    pub async fn end_all(mut self) -> Vec<Vec<String>> {
        let mut said = Vec::new();
        while !self.members.is_empty() {
            said.push(self.end(0).await);
        }
        said
    }
}
