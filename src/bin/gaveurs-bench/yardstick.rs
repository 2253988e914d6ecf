//! Writes the same tables from one loop, without a server: the upper limit of throughput.

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

/// Time limit of one transaction.
const DEADLINE: Duration = Duration::from_secs(30);

/// Writes transactions of `batch` readings with the server's statements, one after the other, in the order in which the load's producers
/// would send them.
pub async fn write(pool: &Pool, batch: usize, load: &Load) -> Result<LoadResult, StoreError> {
    let mut store = WriterStore::new(pool.clone(), TimeZone::UTC, DEADLINE);
    let mut feed = feed::in_turn(load.producers, load.first_lot);
    let mut outcome = LoadResult::default();
    let begun = Instant::now();
    while begun.elapsed() < load.duration {
        let readings: Vec<Reading> = feed.by_ref().take(batch).collect();
        let sent = Instant::now();
        store
            .readings(&readings.iter().collect::<Vec<_>>(), None)
            .await?;
        outcome.latencies.record(sent.elapsed());
        outcome.acked += readings.len() as u64;
    }
    outcome.elapsed = begun.elapsed();
    Ok(outcome)
}

/// Commits one row of one column at a time: no way of storing a reading can be faster.
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
