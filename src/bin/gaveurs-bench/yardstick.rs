//! The same tables written from one loop, without any server: as fast as they can be, and as one would write it first.

use crate::{
    feed,
    latency::Latencies,
    load::{Load, LoadResult},
};
use gaveurs::{
    domain::reading::Reading,
    store::{Pool, StoreError, writer::WriterStore},
};
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::time::Instant;

/// One transaction may take this long.
const DEADLINE: Duration = Duration::from_secs(30);

/// Writes transactions of `batch` readings by the statements of the server, one transaction after the other, as the producers of the load
/// would send them.
pub async fn write(pool: &Pool, batch: usize, load: &Load) -> Result<LoadResult, StoreError> {
    let mut store = WriterStore::new(pool.clone(), TimeZone::UTC, DEADLINE);
    let mut feed = feed::in_turn(load.producers, load.first_lot);
    let mut outcome = LoadResult::default();
    let begun = Instant::now();
    while begun.elapsed() < load.duration {
        let readings: Vec<Reading> = feed.by_ref().take(batch).collect();
        let sent = Instant::now();
        store.readings(&readings.iter().collect::<Vec<_>>()).await?;
        outcome.latencies.record(sent.elapsed());
        outcome.acked += readings.len() as u64;
    }
    outcome.elapsed = begun.elapsed();
    Ok(outcome)
}

/// Commits of one row of one column, which no way of storing a reading can be faster than.
pub async fn bare_commits(pool: &Pool, duration: Duration) -> Result<Latencies, StoreError> {
    const CREATE: &str = include_str!("../../../sql/queries/bench_commits/create.sql");
    const INSERT: &str = include_str!("../../../sql/queries/bench_commits/insert.sql");
    const DROP: &str = include_str!("../../../sql/queries/bench_commits/drop.sql");
    let client = pool.get().await?;
    client.batch_execute(CREATE).await?;
    let insert = client.prepare_cached(INSERT).await?;
    let mut latencies = Latencies::default();
    let begun = Instant::now();
    while begun.elapsed() < duration {
        let sent = Instant::now();
        client.execute(&insert, &[]).await?;
        latencies.record(sent.elapsed());
    }
    client.batch_execute(DROP).await?;
    Ok(latencies)
}
