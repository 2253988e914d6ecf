//! Probes whether the database answers.

use crate::{
    store::{self, Pool},
    telemetry::health::{Health, HealthSource},
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How often the database is asked, and how often while it does not answer: until it is known to be there again, load balancers keep screens away.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
const WHILE_AWAY: Duration = Duration::from_millis(250);
const PROBE_PATIENCE: Duration = Duration::from_secs(3);

/// Publishes whether the database answers, so that health checks never wait for it.
pub async fn probe(pool: Pool, health: Health) {
    loop {
        let asked = Instant::now();
        let answered = matches!(
            timeout(PROBE_PATIENCE, store::ping(&pool)).await,
            Ok(Ok(()))
        );
        if answered {
            if health.database_answered(HealthSource::Probe) {
                log::info!("the database answers again");
            }
        } else if health.database_is_away(HealthSource::Probe) {
            log::warn!("the database does not answer");
        }
        let interval = if answered { PROBE_INTERVAL } else { WHILE_AWAY };
        sleep(interval.saturating_sub(asked.elapsed())).await;
    }
}
