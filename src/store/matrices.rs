//! What the sensors of quality stations saw: large, written before the scores, and again without effect.

use super::{
    Pool, StoreError,
    columns::{Column, column, params},
    held::HeldConnection,
    query_on,
};
use crate::domain::quality::{matrix::Matrix, sample::IncomingSample};
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
