//! What a duck of a finished lot was given, summed up by the transaction that finishes or corrects the lot.

use super::StoreError;
use crate::domain::lot::LotState;
use deadpool_postgres::Object;
use tokio_postgres::{Statement, types::ToSql};

const KEEP: &str = include_str!("../../sql/queries/lot_mais/keep.sql");

/// The finished lots of a batch.
pub(super) struct LotTotals<'a> {
    finished: Vec<&'a str>,
    /// None is needed as long as no lot is finished.
    keep: Option<Statement>,
}

impl<'a> LotTotals<'a> {
    pub async fn prepare(client: &Object, lots: &'a [LotState]) -> Result<Self, StoreError> {
        let finished = lots.iter().filter(|lot| lot.pret_abattage);
        let finished: Vec<_> = finished.map(|lot| lot.code_lot.as_str()).collect();
        let keep = match finished.is_empty() {
            true => None,
            false => Some(client.prepare_cached(KEEP).await?),
        };
        Ok(LotTotals { finished, keep })
    }

    /// To be run after the meals of the batch are written.
    pub async fn run(&self, client: &Object) -> Result<(), tokio_postgres::Error> {
        let params: [&(dyn ToSql + Sync); 1] = [&self.finished];
        if let Some(keep) = &self.keep {
            client.execute(keep, &params).await?;
        }
        Ok(())
    }
}
