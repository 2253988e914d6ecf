//! The clean end of a server.

use super::Application;
use crate::{
    domain::unwritten::Unwritten,
    messages::{
        app_to_registrar::ClearRegistry,
        app_to_simulators::EndSimulators,
        app_to_supervisor::{CloseAllSessions, CountSessions},
        app_to_writers::DrainQueue,
    },
};
use anyhow::anyhow;
use futures_util::future::FusedFuture as _;
use std::time::Duration;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

/// How long a clean shutdown may take. What the steps below leave of it is for the private database.
pub const STOPS_WITHIN: Duration = Duration::from_secs(14);
/// How long sessions may take to close; producers' sessions first wait for the answers to what they have submitted.
const FAREWELL: Duration = Duration::from_secs(4);
/// How long simulators may take to get the answers to what they have sent.
const SIMULATORS: Duration = Duration::from_secs(2);
/// Time limit for deleting this process's rows of the registry.
const CLEARING: Duration = Duration::from_secs(2);
/// Time limit for the writers to empty their queues.
const DRAIN: Duration = Duration::from_secs(5);

impl Application {
    /// Shuts down within [`STOPS_WITHIN`], also if the database does not answer: accepts no new sockets, sends Close on every open one,
    /// writes what is queued, closes the pools, stops the private database.
    ///
    /// # Errors
    /// Readings or samples could not be written in time (they were never acked), or the private database did not stop.
    pub async fn stop(self) -> anyhow::Result<()> {
        let begun = Instant::now();
        self.health.set_stopping();
        log::info!("stopping");
        // Before the server, so that what they sent is acked.
        let _ = timeout(SIMULATORS, self.simulators.send(EndSimulators)).await;
        let open = self
            .core
            .supervisor
            .send(CloseAllSessions)
            .await
            .unwrap_or(0);
        self.await_farewells().await;
        // Rows that stay in the registry are deleted by the next process.
        let clear = ClearRegistry { within: CLEARING };
        let (unwritten, _) = tokio::join!(self.drain(), self.core.registrar.send(clear));
        self.server.stop(true).await;
        if !self.serving.is_terminated() {
            let _ = self.serving.await;
        }
        self.core.end_following();
        self.watches.iter().for_each(JoinHandle::abort);
        let left = STOPS_WITHIN.saturating_sub(begun.elapsed());
        let closed = self.database.close(left).await;
        log::info!("stopped: {open} sessions closed");
        if unwritten.is_empty() {
            return closed;
        }
        if let Err(error) = closed {
            log::warn!("{error:#}");
        }
        Err(anyhow!(
            "{unwritten} could not be written before the end; none of them was acked"
        ))
    }

    /// Lets the writers write what is queued. The matrix writer comes first: it sends scores to the other writer.
    async fn drain(&self) -> Unwritten {
        let until = Instant::now() + DRAIN;
        let samples = self.core.matrix_writer.send(DrainQueue { until }).await;
        let others = self.core.writer.send(DrainQueue { until }).await;
        // A dead writer has no answer.
        [samples, others].into_iter().flatten().sum()
    }

    /// Counts sockets as well as sessions: a Close frame may still be unsent on a socket whose session has ended.
    async fn is_occupied(&self) -> bool {
        let census = self.core.supervisor.send(CountSessions).await;
        census.is_ok_and(|census| census.sessions + census.cleaning + self.limiter.taken() > 0)
    }

    async fn await_farewells(&self) {
        let gone = async {
            while self.is_occupied().await {
                sleep(Duration::from_millis(20)).await;
            }
        };
        // Connections that are still open then are cut when the server stops.
        let _ = timeout(FAREWELL, gone).await;
    }
}
