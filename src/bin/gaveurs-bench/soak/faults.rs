//! Injects faults, one after the other.

use super::relay::{Line, Relay};
use crate::subscriber::connect;
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;

pub struct Faults<'a> {
    /// Between the clients and the server.
    pub clients: &'a Relay,
    /// Between the server and a private database.
    pub database: Option<&'a Relay>,
    pub server: SocketAddr,
    /// From one fault to the next; `lasting` is the duration of one.
    pub every: Duration,
    pub lasting: Duration,
}

impl Faults<'_> {
    /// Runs for ever.
    pub async fn run(self) {
        loop {
            self.line("connections of clients are cut", self.clients, Line::Cut)
                .await;
            self.line(
                "connections of clients stand still",
                self.clients,
                Line::Stalled,
            )
            .await;
            self.slow_screen().await;
            if let Some(database) = self.database {
                self.line("the database's connections are cut", database, Line::Cut)
                    .await;
                self.line(
                    "the database's connections stand still",
                    database,
                    Line::Stalled,
                )
                .await;
            }
        }
    }

    async fn line(&self, what: &str, relay: &Relay, state: Line) {
        sleep(self.every).await;
        println!("  fault: {what} for {:.1} s", self.lasting.as_secs_f64());
        relay.set(state);
        sleep(self.lasting).await;
        relay.set(Line::Open);
    }

    /// A screen that reads nothing and then disappears.
    async fn slow_screen(&self) {
        sleep(self.every).await;
        println!(
            "  fault: a screen reads nothing for {:.1} s",
            self.lasting.as_secs_f64()
        );
        let screen = connect(self.server, "/ws/realtime/?uid=soak-slow&sid=soak-slow").await;
        sleep(self.lasting).await;
        drop(screen);
    }
}
