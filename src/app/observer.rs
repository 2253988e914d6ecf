//! Notes how the server works, every few seconds, and asks the database now and then which it is.

use crate::{
    domain::status::NOTED_EVERY,
    store::{
        Pool,
        database_facts::{self, DatabaseFacts},
    },
    telemetry::status::{DescribedDatabase, Status},
};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the database is asked for its size.
const DESCRIBED_EVERY: Duration = Duration::from_secs(60);

/// Runs for as long as the server does.
pub async fn observe(status: Status) {
    let mut ticks = interval(NOTED_EVERY.unsigned_abs());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        status.observe();
    }
}

/// Runs for as long as the server does. While the database is away, what it last said stays.
pub async fn describe(pool: Pool, status: Status) {
    let mut ticks = interval(DESCRIBED_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match database_facts::describe(&pool).await {
            Ok(facts) => status.describe(described(facts)),
            Err(error) => log::debug!("the database does not say which it is: {error}"),
        }
    }
}

fn described(facts: DatabaseFacts) -> DescribedDatabase {
    let DatabaseFacts {
        version,
        timescale,
        size,
    } = facts;
    let (kind, version, below) = match timescale {
        Some(timescale) => ("TimescaleDB", timescale, Some(version)),
        None => ("PostgreSQL", version, None),
    };
    DescribedDatabase {
        kind,
        version,
        below,
        size,
        at: Timestamp::now(),
    }
}
