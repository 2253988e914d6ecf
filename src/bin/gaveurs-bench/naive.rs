//! The naive way: one transaction for each reading, one statement for each table, each awaited before the next.

use crate::{
    feed,
    load::{Load, LoadResult},
};
use deadpool_postgres::{Client, Transaction};
use gaveurs::{
    domain::reading::Reading,
    store::{Pool, StoreError},
};
use tokio::time::Instant;
use tokio_postgres::{Statement, types::ToSql};

const PLAN_AS_USUAL: &str = include_str!("../../../sql/queries/bench_naive/plan_as_usual.sql");
const LOCK_LOT: &str = include_str!("../../../sql/queries/bench_naive/lock_lot.sql");
const UPSERT_GAVEUR: &str = include_str!("../../../sql/queries/bench_naive/upsert_gaveur.sql");
const UPSERT_LOT: &str = include_str!("../../../sql/queries/bench_naive/upsert_lot.sql");
const UPSERT_MEAL: &str = include_str!("../../../sql/queries/bench_naive/upsert_meal.sql");
const UPSERT_READING: &str = include_str!("../../../sql/queries/bench_naive/upsert_reading.sql");

/// Writes the readings of the producers in turn, for the duration of the load.
pub async fn write(pool: &Pool, load: &Load) -> Result<LoadResult, StoreError> {
    let mut client = pool.get().await?;
    client.batch_execute(PLAN_AS_USUAL).await?;
    let statements = Statements::prepare(&client).await?;
    let mut readings = feed::in_turn(load.producers, load.first_lot);
    let mut outcome = LoadResult::default();
    let begun = Instant::now();
    while begun.elapsed() < load.duration {
        let Some(reading) = readings.next() else {
            break;
        };
        let sent = Instant::now();
        let transaction = client.transaction().await?;
        statements.store(&transaction, &reading).await?;
        transaction.commit().await?;
        outcome.latencies.record(sent.elapsed());
        outcome.acked += 1;
    }
    outcome.elapsed = begun.elapsed();
    Ok(outcome)
}

struct Statements {
    lock_lot: Statement,
    upsert_gaveur: Statement,
    upsert_lot: Statement,
    upsert_meal: Statement,
    upsert_reading: Statement,
}

impl Statements {
    async fn prepare(client: &Client) -> Result<Self, StoreError> {
        Ok(Statements {
            lock_lot: client.prepare_cached(LOCK_LOT).await?,
            upsert_gaveur: client.prepare_cached(UPSERT_GAVEUR).await?,
            upsert_lot: client.prepare_cached(UPSERT_LOT).await?,
            upsert_meal: client.prepare_cached(UPSERT_MEAL).await?,
            upsert_reading: client.prepare_cached(UPSERT_READING).await?,
        })
    }

    async fn store(&self, to: &Transaction<'_>, reading: &Reading) -> Result<(), StoreError> {
        let r = reading;
        let (site, moment) = (r.site.as_str(), r.moment.as_str());
        let instant = r.horodatage.instant;
        to.query_opt(&self.lock_lot, &[&r.code_lot]).await?;
        let gaveur: [&(dyn ToSql + Sync); 3] = [&r.gaveur_id, &r.gaveur_nom, &site];
        to.execute(&self.upsert_gaveur, &gaveur).await?;
        let lot: [&(dyn ToSql + Sync); 10] = [
            &r.code_lot,
            &r.gaveur_id,
            &site,
            &r.genetique,
            &instant,
            &r.nb_canards_vivants,
            &r.jour,
            &moment,
            &r.poids_moyen,
            &r.taux_mortalite,
        ];
        let lot = to.query_one(&self.upsert_lot, &lot).await?;
        let lot_id: i64 = lot.try_get("id")?;
        let meal: [&(dyn ToSql + Sync); 4] = [&lot_id, &r.jour, &moment, &instant];
        let meal = to.query_one(&self.upsert_meal, &meal).await?;
        let (id, time): (i64, jiff::Timestamp) = (meal.try_get("id")?, meal.try_get("time")?);
        let values: [&(dyn ToSql + Sync); 18] = [
            &time,
            &id,
            &lot_id,
            &r.code_lot,
            &r.gaveur_id,
            &site,
            &r.jour,
            &moment,
            &r.dose_theorique,
            &r.dose_reelle,
            &r.poids_moyen,
            &r.nb_canards_vivants,
            &r.taux_mortalite,
            &r.temperature_stabule,
            &r.humidite_stabule,
            &r.horodatage.texte,
            &r.pret_abattage,
            &r.simule,
        ];
        to.execute(&self.upsert_reading, &values).await?;
        Ok(())
    }
}
