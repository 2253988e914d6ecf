//! Writing readings: one batch, one transaction, two round trips.

use super::{
    BEGIN_KEYED, Pool, StoreError,
    alerts::AlertWrites,
    columns::{Column, column, params},
    lot_totals::LotTotals,
    rows,
};
use crate::domain::{
    alert::AlertEvent,
    batch::{Row, merge},
    effects::{self, Effects, Known},
    lot::{LotState, Statut},
    reading::Reading,
};
use deadpool_postgres::Object;
use futures_util::{future::OptionFuture, join};
use jiff::tz::TimeZone;
use std::{collections::HashMap, time::Duration};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;

const LOCK_STATES: &str = include_str!("../../sql/queries/lots_gavage/lock_states.sql");
const UPSERT_STATES: &str = include_str!("../../sql/queries/lots_gavage/upsert_states.sql");
const SELECT_WALL: &str = include_str!("../../sql/queries/lots_gavage/select_wall.sql");
const REGISTER_GAVEURS: &str = include_str!("../../sql/queries/gaveurs_euralis/register.sql");
const UPSERT_READINGS: &str = include_str!("../../sql/queries/gavage_data/upsert.sql");
const QUEUE_FOR_CONTROL: &str = include_str!("../../sql/queries/sqal_pending_lots/queue.sql");
const SELECT_OPEN_ALERTS: &str = include_str!("../../sql/queries/alertes/select_open.sql");

/// What a committed batch did.
#[derive(Debug, Default)]
pub struct Stored {
    /// States of the lots of the batch.
    pub lots: Vec<LotState>,
    /// What happened to their alerts.
    pub alerts: Vec<AlertEvent>,
}

/// Writes batches over one connection, which it keeps as long as it works.
pub struct ReadingStore {
    pool: Pool,
    zone: TimeZone,
    deadline: Duration,
    connection: Option<Object>,
}

impl ReadingStore {
    /// `deadline` bounds one transaction, so that a connection which swallows bytes is given up.
    pub fn new(pool: Pool, zone: TimeZone, deadline: Duration) -> Self {
        ReadingStore {
            pool,
            zone,
            deadline,
            connection: None,
        }
    }

    /// Commits the readings together or not at all; gives back what they did.
    ///
    /// # Errors
    /// One that [`is_about_the_data`](StoreError::is_about_the_data) when at least one reading is not storable. After any other
    /// the same readings may be stored again, also when it is in doubt whether they were: writing again is harmless.
    pub async fn store(&mut self, readings: &[&Reading]) -> Result<Stored, StoreError> {
        let rows = merge(readings.iter().copied());
        let deadline = self.deadline;
        let late =
            || StoreError::Unavailable(format!("no answer within {} s", deadline.as_secs_f32()));
        let outcome = timeout(deadline, self.transaction(readings, &rows)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(late()));
        if outcome
            .as_ref()
            .is_err_and(|error| !error.is_about_the_data())
        {
            self.discard_connection();
        }
        outcome
    }

    async fn transaction(
        &mut self,
        readings: &[&Reading],
        rows: &[Row<'_>],
    ) -> Result<Stored, StoreError> {
        let client = match self.connection.take() {
            Some(client) => client,
            None => self.pool.get().await?,
        };
        let client = self.connection.insert(client);
        let known = begin(client, rows).await?;
        let effects = effects::apply(readings, known, &self.zone);
        let alerts = write_and_commit(client, rows, &effects).await?;
        Ok(Stored {
            lots: effects.lots,
            alerts,
        })
    }

    /// A connection whose state is unknown must not go back to the pool.
    fn discard_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}

/// Opens the transaction and reads what the batch builds on, in one round trip.
async fn begin(client: &Object, rows: &[Row<'_>]) -> Result<Known, StoreError> {
    let mut codes: Vec<&str> = rows
        .iter()
        .map(|row| row.reading.code_lot.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let lock_states = client.prepare_cached(LOCK_STATES).await?;
    let select_open = client.prepare_cached(SELECT_OPEN_ALERTS).await?;
    let params: [&(dyn ToSql + Sync); 1] = [&codes];
    let (begun, lots, episodes) = join!(
        client.batch_execute(BEGIN_KEYED),
        client.query(&lock_states, &params),
        client.query(&select_open, &params),
    );
    let known = begun
        .map_err(StoreError::from)
        .and_then(|()| known(&lots?, &episodes?));
    if known.is_err() {
        client.batch_execute("ROLLBACK").await?;
    }
    known
}

fn known(
    lots: &[tokio_postgres::Row],
    episodes: &[tokio_postgres::Row],
) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for row in lots {
        let lot = rows::lot_state(row)?;
        known.lots.insert(lot.code_lot.clone(), lot);
    }
    for row in episodes {
        let episode = rows::episode(row)?;
        if let Some(code_lot) = episode.subject.code_lot.clone() {
            let of_lot = known.open_episodes.entry(code_lot).or_default();
            of_lot.push(episode);
        }
    }
    Ok(known)
}

/// Writes and commits in one round trip: after a statement that fails, PostgreSQL turns the COMMIT into a ROLLBACK.
async fn write_and_commit(
    client: &Object,
    rows: &[Row<'_>],
    effects: &Effects,
) -> Result<Vec<AlertEvent>, StoreError> {
    let gaveurs = client.prepare_cached(REGISTER_GAVEURS).await?;
    let lots = client.prepare_cached(UPSERT_STATES).await?;
    let readings = client.prepare_cached(UPSERT_READINGS).await?;
    let queue = client.prepare_cached(QUEUE_FOR_CONTROL).await?;
    let totals = LotTotals::prepare(client, &effects.lots).await?;
    let alerts = AlertWrites::prepare(client, &effects.episodes).await?;

    let gaveur_columns = gaveur_columns(rows);
    let lot_columns = lot_columns(&effects.lots);
    let reading_columns = reading_columns(rows);
    let (gaveur_params, lot_params) = (params(&gaveur_columns), params(&lot_columns));
    let reading_params = params(&reading_columns);
    let finished: Vec<&str> = finished_lots(&effects.lots);
    let finished_params: [&(dyn ToSql + Sync); 1] = [&finished];
    let (a, b, c, d, summed_up, events, committed) = join!(
        client.execute(&gaveurs, &gaveur_params),
        client.execute(&lots, &lot_params),
        client.execute(&readings, &reading_params),
        OptionFuture::from(
            (!finished.is_empty()).then(|| client.execute(&queue, &finished_params))
        ),
        totals.run(client),
        alerts.run(client),
        client.batch_execute("COMMIT"),
    );
    for written in [a, b, c].into_iter().chain(d) {
        written?;
    }
    summed_up?;
    let events = events?;
    committed?;
    Ok(events)
}

/// Lots that go to quality control.
fn finished_lots(lots: &[LotState]) -> Vec<&str> {
    let finished = lots.iter().filter(|lot| lot.statut == Statut::PretAbattage);
    finished.map(|lot| lot.code_lot.as_str()).collect()
}

fn gaveur_columns(rows: &[Row<'_>]) -> Vec<Column> {
    let mut by_id: HashMap<i32, &Reading> = HashMap::new();
    for row in rows {
        by_id.entry(row.reading.gaveur_id).or_insert(row.reading);
    }
    let mut gaveurs: Vec<_> = by_id.into_values().collect();
    gaveurs.sort_by_key(|reading| reading.gaveur_id);
    vec![
        column(&gaveurs, |g| g.gaveur_id),
        column(&gaveurs, |g| g.gaveur_nom.clone()),
        column(&gaveurs, |g| g.site.code()),
    ]
}

fn lot_columns(lots: &[LotState]) -> Vec<Column> {
    vec![
        column(lots, |lot| lot.code_lot.clone()),
        column(lots, |lot| lot.gaveur_id),
        column(lots, |lot| lot.site.code()),
        column(lots, |lot| lot.genetique.clone()),
        column(lots, |lot| lot.debut_lot),
        column(lots, |lot| lot.nb_canards_initial),
        column(lots, |lot| lot.nb_canards_actuel),
        column(lots, |lot| lot.jour_actuel),
        column(lots, |lot| lot.moment_actuel.as_str()),
        column(lots, |lot| lot.poids_moyen_actuel),
        column(lots, |lot| lot.taux_mortalite),
        column(lots, |lot| lot.pret_abattage),
        column(lots, |lot| lot.statut.as_str()),
        column(lots, |lot| lot.simule),
        column(lots, |lot| lot.dernier_releve),
        column(lots, |lot| joined(&lot.pesees.places())),
        column(lots, |lot| joined(&lot.pesees.grams())),
    ]
}

/// Elements of an array within an array, which is a text on its way.
fn joined(values: &[impl ToString]) -> String {
    let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
    texts.join(",")
}

fn reading_columns(rows: &[Row<'_>]) -> Vec<Column> {
    vec![
        column(rows, |row| row.filed_at),
        column(rows, |row| row.reading.code_lot.clone()),
        column(rows, |row| row.reading.gaveur_id),
        column(rows, |row| row.reading.site.code()),
        column(rows, |row| row.reading.jour),
        column(rows, |row| row.reading.moment.as_str()),
        column(rows, |row| row.reading.dose_theorique),
        column(rows, |row| row.reading.dose_reelle),
        column(rows, |row| row.reading.poids_moyen),
        column(rows, |row| row.reading.nb_canards_vivants),
        column(rows, |row| row.reading.taux_mortalite),
        column(rows, |row| row.reading.temperature_stabule),
        column(rows, |row| row.reading.humidite_stabule),
        column(rows, |row| row.reading.horodatage.texte.clone()),
        column(rows, |row| row.reading.pret_abattage),
        column(rows, |row| row.reading.simule),
        column(rows, |row| row.corrects),
    ]
}

/// A lot of the wall as storage remembers it.
pub struct RememberedLot {
    pub lot: LotState,
    pub latest: Reading,
    /// When the latest meal was stored or corrected.
    pub recu_le: jiff::Timestamp,
    /// When the latest meals were stored, the last one first.
    pub arrivals: Vec<jiff::Timestamp>,
}

/// The lots that belong on the wall, at most `limit`, those that moved last first.
pub async fn remembered_wall(pool: &Pool, limit: i64) -> Result<Vec<RememberedLot>, StoreError> {
    let client = pool.get().await?;
    let statement = client.prepare_cached(SELECT_WALL).await?;
    let rows = client.query(&statement, &[&limit]).await?;
    let remembered = |row: &tokio_postgres::Row| {
        let lot = rows::lot_state(row)?;
        let latest = rows::latest_meal(row, &lot)?;
        Ok(RememberedLot {
            lot,
            latest,
            recu_le: row.try_get("recu_le")?,
            arrivals: row.try_get("arrivals")?,
        })
    };
    rows.iter().map(remembered).collect()
}
