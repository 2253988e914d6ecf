//! Stores the sensor data of quality stations: it is large, and is written before the scores. Writing it again has no effect.

use super::{
    Pool, StoreError,
    columns::{Column, column, params},
    held::HeldConnection,
    query_on,
};
use crate::domain::quality::{matrix::Matrix, sample::IncomingSample};
use std::time::Duration;

const INSERT: &str = include_str!("../../sql/queries/sensor_matrices/insert.sql");

/// Writes over one connection, which it keeps.
pub struct MatrixStore {
    held: HeldConnection,
}

impl MatrixStore {
    /// `deadline` limits one transaction.
    pub fn new(pool: Pool, deadline: Duration) -> Self {
        MatrixStore {
            held: HeldConnection::new(pool, deadline),
        }
    }

    /// Stores the sensor data of these samples, all or none.
    ///
    /// # Errors
    /// After an error that is not about the data the call may be repeated, which is harmless.
    pub async fn store(&mut self, incoming: &[&IncomingSample]) -> Result<(), StoreError> {
        let columns = columns(incoming);
        self.held
            .run(async |client| query_on(client, INSERT, &params(&columns)).await)
            .await?;
        Ok(())
    }
}

fn columns(incoming: &[&IncomingSample]) -> Vec<Column> {
    let bytes = |matrix: &Option<Matrix>| matrix.as_ref().map(Matrix::to_bytes);
    vec![
        column(incoming, |incoming| incoming.sample.time),
        column(incoming, |incoming| incoming.sample.sample_id.clone()),
        column(incoming, |incoming| incoming.sample.device_id.clone()),
        column(incoming, |incoming| bytes(&incoming.payload.distance)),
        column(incoming, |incoming| bytes(&incoming.payload.reflectance)),
        column(incoming, |incoming| bytes(&incoming.payload.amplitude)),
        column(incoming, |incoming| bytes(&incoming.payload.status)),
        column(incoming, |incoming| bytes(&incoming.payload.ambient)),
        column(incoming, |incoming| incoming.payload.tof_meta.clone()),
        column(incoming, |incoming| incoming.payload.tof.clone()),
        column(incoming, |incoming| incoming.payload.spectral.clone()),
        column(incoming, |incoming| incoming.payload.fusion.clone()),
    ]
}
