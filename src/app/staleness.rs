//! Tells the supervisor when the database becomes unavailable or available.

use crate::{messages::health_to_supervisor::StalenessChanged, telemetry::health::Health};
use actix::Recipient;

/// Runs until the supervisor has ended.
pub async fn tell(health: Health, supervisor: Recipient<StalenessChanged>) {
    let mut database = health.watch_database();
    while database.changed().await.is_ok() {
        let since = database.borrow_and_update().stale_since();
        if supervisor.send(StalenessChanged { since }).await.is_err() {
            return;
        }
    }
}
