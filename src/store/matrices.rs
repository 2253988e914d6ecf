//! What the sensors of quality stations saw: large, written before the scores, and again without effect.

use super::{
    Pool, StoreError,
    columns::{Column, column, params},
    held::HeldConnection,
    query_on,
};
use crate::domain::quality::{matrix::Matrix, sample::Arrival};
use std::time::Duration;

const INSERT: &str = include_str!("../../sql/queries/sensor_matrices/insert.sql");

/// Writes over one connection, which it keeps as long as it works.
pub struct MatrixStore {
    held: HeldConnection,
}

impl MatrixStore {
    /// `deadline` bounds one transaction.
    pub fn new(pool: Pool, deadline: Duration) -> Self {
        MatrixStore {
            held: HeldConnection::new(pool, deadline),
        }
    }

    /// Stores what belongs to these samples, together or not at all.
    ///
    /// # Errors
    /// After one that is not about the data the same may be stored again, which is harmless.
    pub async fn store(&mut self, arrivals: &[&Arrival]) -> Result<(), StoreError> {
        let columns = columns(arrivals);
        self.held
            .run(async |client| query_on(client, INSERT, &params(&columns)).await)
            .await?;
        Ok(())
    }
}

fn columns(arrivals: &[&Arrival]) -> Vec<Column> {
    let bytes = |matrix: &Option<Matrix>| matrix.as_ref().map(Matrix::to_bytes);
    vec![
        column(arrivals, |arrival| arrival.sample.time),
        column(arrivals, |arrival| arrival.sample.sample_id.clone()),
        column(arrivals, |arrival| arrival.sample.device_id.clone()),
        column(arrivals, |arrival| bytes(&arrival.seen.distance)),
        column(arrivals, |arrival| bytes(&arrival.seen.reflectance)),
        column(arrivals, |arrival| bytes(&arrival.seen.amplitude)),
        column(arrivals, |arrival| bytes(&arrival.seen.status)),
        column(arrivals, |arrival| bytes(&arrival.seen.ambient)),
        column(arrivals, |arrival| arrival.seen.tof_meta.clone()),
        column(arrivals, |arrival| arrival.seen.tof.clone()),
        column(arrivals, |arrival| arrival.seen.spectral.clone()),
        column(arrivals, |arrival| arrival.seen.fusion.clone()),
    ]
}
