//! Writing readings: one batch, one transaction, two round trips.

use super::{Pool, StoreError, rows};
use crate::domain::{
    alert::Episode,
    batch::{Row, merge},
    effects::{self, Effects, Known},
    lot::LotState,
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
const SELECT_OPEN_ALERTS: &str = include_str!("../../sql/queries/alertes/select_open.sql");
const UPDATE_ALERTS: &str = include_str!("../../sql/queries/alertes/update.sql");
const INSERT_ALERTS: &str = include_str!("../../sql/queries/alertes/insert.sql");

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

    /// Commits the readings together or not at all; gives back the states of their lots.
    ///
    /// # Errors
    /// One that [`is_about_the_data`](StoreError::is_about_the_data) when at least one reading is not storable. After any other
    /// the same readings may be stored again, also when it is in doubt whether they were: writing again is harmless.
    pub async fn store(&mut self, readings: &[&Reading]) -> Result<Vec<LotState>, StoreError> {
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
    ) -> Result<Vec<LotState>, StoreError> {
        let client = match self.connection.take() {
            Some(client) => client,
            None => self.pool.get().await?,
        };
        let client = self.connection.insert(client);
        let known = begin(client, rows).await?;
        let effects = effects::apply(readings, known, &self.zone);
        write_and_commit(client, rows, &effects).await?;
        Ok(effects.lots)
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
        client.batch_execute("BEGIN"),
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
        known
            .open_episodes
            .entry(episode.code_lot.clone())
            .or_default()
            .push(episode);
    }
    Ok(known)
}

/// Writes and commits in one round trip: after a statement that fails, PostgreSQL turns the COMMIT into a ROLLBACK.
async fn write_and_commit(
    client: &Object,
    rows: &[Row<'_>],
    effects: &Effects,
) -> Result<(), StoreError> {
    let (opened, changed): (Vec<_>, Vec<_>) = effects
        .episodes
        .iter()
        .partition(|episode| episode.id.is_none());
    let gaveurs = client.prepare_cached(REGISTER_GAVEURS).await?;
    let lots = client.prepare_cached(UPSERT_STATES).await?;
    let readings = client.prepare_cached(UPSERT_READINGS).await?;
    let update = client.prepare_cached(UPDATE_ALERTS).await?;
    let insert = client.prepare_cached(INSERT_ALERTS).await?;

    let gaveur_columns = gaveur_columns(rows);
    let lot_columns = lot_columns(&effects.lots);
    let reading_columns = reading_columns(rows);
    let changed_columns = changed_columns(&changed);
    let opened_columns = opened_columns(&opened);
    let (gaveur_params, lot_params) = (params(&gaveur_columns), params(&lot_columns));
    let (reading_params, changed_params, opened_params) = (
        params(&reading_columns),
        params(&changed_columns),
        params(&opened_columns),
    );
    // An episode that closes makes room for the next of its kind, so changes go before openings.
    let (a, b, c, d, e, committed) = join!(
        client.execute(&gaveurs, &gaveur_params),
        client.execute(&lots, &lot_params),
        client.execute(&readings, &reading_params),
        OptionFuture::from((!changed.is_empty()).then(|| client.execute(&update, &changed_params))),
        OptionFuture::from((!opened.is_empty()).then(|| client.execute(&insert, &opened_params))),
        client.batch_execute("COMMIT"),
    );
    for written in [a, b, c].into_iter().chain(d).chain(e) {
        written?;
    }
    Ok(committed?)
}

type Column = Box<dyn ToSql + Sync + Send>;

fn params(columns: &[Column]) -> Vec<&(dyn ToSql + Sync)> {
    columns
        .iter()
        .map(|column| column.as_ref() as &(dyn ToSql + Sync))
        .collect()
}

/// One array parameter: a field of every item.
fn column<'a, T, V>(items: &'a [T], field: impl Fn(&'a T) -> V) -> Column
where
    V: ToSql + Sync + Send + 'static,
    Vec<V>: ToSql,
{
    Box::new(items.iter().map(field).collect::<Vec<V>>())
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
    ]
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

fn changed_columns(episodes: &[&Episode]) -> Vec<Column> {
    vec![
        column(episodes, |episode| episode.id),
        column(episodes, |episode| episode.breach.severity.as_str()),
        column(episodes, |episode| episode.breach.mesure),
        column(episodes, |episode| episode.breach.seuil),
        column(episodes, |episode| episode.fermee_le),
    ]
}

fn opened_columns(episodes: &[&Episode]) -> Vec<Column> {
    vec![
        column(episodes, |episode| episode.code_lot.clone()),
        column(episodes, |episode| episode.gaveur_id),
        column(episodes, |episode| episode.site.code()),
        column(episodes, |episode| episode.kind.as_str()),
        column(episodes, |episode| episode.breach.severity.as_str()),
        column(episodes, |episode| episode.breach.mesure),
        column(episodes, |episode| episode.breach.seuil),
        column(episodes, |episode| episode.jour()),
        column(episodes, |episode| episode.moment().as_str()),
        column(episodes, |episode| episode.levee_le),
        column(episodes, |episode| episode.fermee_le),
    ]
}

/// A lot of the wall as storage remembers it.
pub struct RememberedLot {
    pub lot: LotState,
    pub latest: Reading,
    /// When the latest meal was stored or corrected.
    pub recu_le: jiff::Timestamp,
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
        })
    };
    rows.iter().map(remembered).collect()
}
