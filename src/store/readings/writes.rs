//! The statements of a batch, all sent at once.

use super::{
    super::{
        BEGIN_KEYED, StoreError,
        alerts::AlertWrites,
        columns::{Column, column, params},
        journal::{self, Ending},
        pipeline::pipelined,
        rows::read,
    },
    StoredReadings,
};
use crate::domain::{
    alert::AlertEvent,
    doubt::Mark,
    effects::{Effects, Row},
    lot::{LotId, LotState, Statut},
    lot_cache::RowVersion,
    reading::{Assigned, Reading},
    saisie::Origine,
};
use deadpool_postgres::Object;
use futures_util::future::{OptionFuture, join_all};
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::Statement;

const REGISTER_GAVEURS: &str = include_str!("../../../sql/queries/gaveurs_euralis/register.sql");
const UPDATE_STATES: &str = include_str!("../../../sql/queries/lots_gavage/update_states.sql");
const INSERT_STATES: &str = include_str!("../../../sql/queries/lots_gavage/insert.sql");
const INSERT_READINGS: &str = include_str!("../../../sql/queries/gavage_data/insert.sql");
const UPSERT_READINGS: &str = include_str!("../../../sql/queries/gavage_data/upsert.sql");
const INSERT_VERSIONS: &str = include_str!("../../../sql/queries/repas_versions/insert.sql");
pub(in crate::store) const KEEP_TOTALS: &str =
    include_str!("../../../sql/queries/lot_mais/keep.sql");
pub(in crate::store) const QUEUE_FOR_CONTROL: &str =
    include_str!("../../../sql/queries/sqal_pending_lots/queue.sql");

/// What the write of a batch depends on.
pub(super) struct Precondition {
    /// Versions of the lots that are cached and not locked.
    versions: HashMap<LotId, RowVersion>,
    has_begun: bool,
}

impl Precondition {
    /// The transaction that has begun holds the locks.
    pub fn held() -> Self {
        Precondition {
            versions: HashMap::new(),
            has_begun: true,
        }
    }

    pub fn remembered(versions: HashMap<LotId, RowVersion>) -> Self {
        Precondition {
            versions,
            has_begun: false,
        }
    }
}

/// The result of the commit.
pub(super) struct Committed {
    pub events: Vec<AlertEvent>,
    /// Row version of every lot of the batch; `None` if another writer has changed one of them.
    pub version: Option<RowVersion>,
}

/// Who tells of the meals of a batch.
pub(super) struct Telling {
    /// `None` for a stream.
    pub auteur: Option<String>,
    pub origine: Origine,
    /// What else is stored in the transaction; these statements return no rows.
    pub further: Vec<Write>,
}

impl Telling {
    pub fn of_a_stream() -> Self {
        Telling {
            auteur: None,
            origine: Origine::Flux,
            further: Vec::new(),
        }
    }

    /// The columns of meals, and who tells of them, and when if that is known before.
    fn told(&self, mut meals: Vec<Column>, at: Option<Timestamp>) -> Vec<Column> {
        meals.push(Box::new(self.auteur.clone()));
        meals.push(Box::new(self.origine));
        meals.push(Box::new(at));
        meals
    }
}

/// A statement of a batch.
pub(super) struct Write {
    sql: &'static str,
    columns: Vec<Column>,
}

impl Write {
    pub fn new(sql: &'static str, columns: Vec<Column>) -> Self {
        Write { sql, columns }
    }

    /// `None` if there are no rows to write.
    fn of<T>(
        sql: &'static str,
        rows: &[T],
        columns: impl FnOnce(&[T]) -> Vec<Column>,
    ) -> Option<Self> {
        (!rows.is_empty()).then(|| Write {
            sql,
            columns: columns(rows),
        })
    }
}

/// Writes and commits in one round trip: after a failed statement PostgreSQL turns the COMMIT into a ROLLBACK.
pub(super) async fn write_and_commit(
    client: &Object,
    precondition: &Precondition,
    effects: &Effects<'_>,
    mark: Mark,
    telling: Telling,
    ending: &Ending<'_>,
) -> Result<Committed, StoreError> {
    let written = write_and_end(client, precondition, effects, mark, telling, ending).await;
    if let Err(error) = &written {
        ending.undo(client, error).await?;
    }
    written
}

async fn write_and_end(
    client: &Object,
    precondition: &Precondition,
    effects: &Effects<'_>,
    mark: Mark,
    telling: Telling,
    ending: &Ending<'_>,
) -> Result<Committed, StoreError> {
    let is_changed = |lot: &&LotState| effects.changed.contains(&lot.id);
    let lots: Vec<_> = effects.lots.iter().filter(is_changed).collect();
    let finished = finished_lots(&lots);
    let queued = lots_for_control(&lots);
    let (new, known): (Vec<_>, Vec<_>) = lots
        .into_iter()
        .partition(|lot| effects.begun.contains(&lot.id));
    let (ahead, others): (Vec<_>, Vec<_>) = effects.rows.iter().partition(|row| row.is_ahead);
    let (newcomers, overtaken) = (&effects.newcomers, &effects.overtaken);
    let versioned = |lots: &[_]| versioned_columns(lots, &precondition.versions);
    let told = |rows: &[&Row<'_>]| telling.told(reading_columns(rows), ending.told_at());
    // In the order in which the rows refer to each other.
    let writes = [
        Write::of(REGISTER_GAVEURS, newcomers, gaveur_columns),
        Write::of(UPDATE_STATES, &known, versioned),
        Write::of(INSERT_STATES, &new, lot_columns),
        Write::of(INSERT_READINGS, &ahead, told),
        Write::of(UPSERT_READINGS, &others, told),
        Write::of(INSERT_VERSIONS, overtaken, version_columns),
        Write::of(KEEP_TOTALS, &finished, id_column),
        Write::of(QUEUE_FOR_CONTROL, &queued, id_column),
    ];
    let mut statements = Vec::with_capacity(writes.len());
    let writes = writes.into_iter().flatten().chain(telling.further);
    for Write { sql, columns } in writes {
        statements.push((client.prepare_cached(sql).await?, columns));
    }
    let alerts = AlertWrites::prepare(client, &effects.episodes, mark).await?;
    let end = End::prepare(client, effects, ending).await?;
    let executed = statements
        .iter()
        .map(async |(statement, columns)| client.query(statement, &params(columns)).await);
    let begin = (!precondition.has_begun).then(|| client.batch_execute(BEGIN_KEYED));
    let (has_begun, written, events, committed) = pipelined!(
        OptionFuture::from(begin),
        join_all(executed),
        alerts.run(client),
        end.run(client, ending),
    );
    has_begun.transpose()?;
    let mut version = None;
    let mut is_whole = true;
    for row in written {
        if let Some(row) = row?.first() {
            is_whole &= read::<bool>(row, "is_whole")?;
            version = Some(RowVersion(read(row, "version")?));
        }
    }
    let events = events?;
    committed?;
    Ok(Committed {
        events,
        version: version.filter(|_| is_whole),
    })
}

/// The last statements of a batch.
enum End {
    Commit,
    /// Its entry in the journal, and the commit.
    Append(Statement, String),
}

impl End {
    /// What is told of alerts needs the ids that the database gives them.
    async fn prepare(
        client: &Object,
        effects: &Effects<'_>,
        ending: &Ending<'_>,
    ) -> Result<Self, StoreError> {
        if !effects.episodes.is_empty() {
            return Ok(End::Commit);
        }
        Ok(
            match ending.entry(|| StoredReadings::without_alerts(effects))? {
                Some(entry) => End::Append(journal::prepare_append(client).await?, entry),
                None => End::Commit,
            },
        )
    }

    async fn run(&self, client: &Object, ending: &Ending<'_>) -> Result<(), StoreError> {
        match self {
            End::Commit => Ok(ending.commit(client).await?),
            End::Append(append, entry) => ending.append(client, append, entry).await,
        }
    }
}

/// Finished lots, whose maize is summed up after each of their meals, because no more are expected.
fn finished_lots<'a>(lots: &[&'a LotState]) -> Vec<&'a LotState> {
    let finished = lots.iter().filter(|lot| lot.pret_abattage);
    finished.copied().collect()
}

fn lots_for_control<'a>(lots: &[&'a LotState]) -> Vec<&'a LotState> {
    let ready = lots.iter().filter(|lot| lot.statut == Statut::PretAbattage);
    ready.copied().collect()
}

fn id_column(lots: &[&LotState]) -> Vec<Column> {
    vec![column(lots, |lot| lot.id)]
}

fn gaveur_columns(gaveurs: &[&Reading]) -> Vec<Column> {
    vec![
        column(gaveurs, |g| g.gaveur_id),
        column(gaveurs, |g| g.gaveur_nom.clone()),
        column(gaveurs, |g| g.site),
    ]
}

fn lot_columns(lots: &[&LotState]) -> Vec<Column> {
    vec![
        column(lots, |lot| lot.id),
        column(lots, |lot| lot.code_lot.clone()),
        column(lots, |lot| lot.vie),
        column(lots, |lot| lot.gaveur_id),
        column(lots, |lot| lot.site),
        column(lots, |lot| lot.genetique.clone()),
        column(lots, |lot| lot.debut_lot),
        column(lots, |lot| lot.nb_canards_initial),
        column(lots, |lot| lot.nb_canards_actuel),
        column(lots, |lot| lot.position().map(|(jour, _)| jour)),
        column(lots, |lot| lot.position().map(|(_, moment)| moment)),
        column(lots, |lot| lot.poids_moyen_actuel),
        column(lots, |lot| lot.taux_mortalite),
        column(lots, |lot| lot.pret_abattage),
        column(lots, |lot| lot.statut),
        column(lots, |lot| lot.simule),
        column(lots, |lot| lot.premier_gaveur_id),
        column(lots, |lot| lot.fed.map(|fed| fed.premier_releve)),
        column(lots, |lot| lot.fed.map(|fed| fed.premiere_place)),
        column(lots, |lot| lot.fed.map(|fed| fed.dernier_releve)),
        column(lots, |lot| joined(&lot.pesees.ranks())),
        column(lots, |lot| joined(&lot.pesees.grams())),
    ]
}

fn versioned_columns(lots: &[&LotState], versions: &HashMap<LotId, RowVersion>) -> Vec<Column> {
    let mut columns = lot_columns(lots);
    let version = |lot: &&LotState| versions.get(&lot.id).map(|RowVersion(number)| *number);
    columns.push(column(lots, version));
    columns
}

/// Elements of an inner array, which is passed as a text.
fn joined(values: &[impl ToString]) -> String {
    let texts: Vec<_> = values.iter().map(ToString::to_string).collect();
    texts.join(",")
}

fn reading_columns(rows: &[&Row<'_>]) -> Vec<Column> {
    let mut columns = vec![
        column(rows, |row| row.filed_at),
        column(rows, |row| row.lot_id),
        column(rows, |row| row.reading.code_lot.clone()),
    ];
    columns.extend(meal_columns(rows, |row| row.reading));
    columns.push(column(rows, |row| row.corrects));
    columns.push(column(rows, |row| row.is_doubtful));
    columns
}

fn version_columns(overtaken: &[Assigned<'_>]) -> Vec<Column> {
    let mut columns = vec![column(overtaken, |version| version.lot_id)];
    columns.extend(meal_columns(overtaken, |version| version.reading));
    columns
}

/// The columns that a meal shares with its replaced versions.
fn meal_columns<T>(items: &[T], reading: impl Fn(&T) -> &Reading) -> [Column; 14] {
    [
        column(items, |item| reading(item).gaveur_id),
        column(items, |item| reading(item).site),
        column(items, |item| reading(item).jour),
        column(items, |item| reading(item).moment),
        column(items, |item| reading(item).dose_theorique),
        column(items, |item| reading(item).dose_reelle),
        column(items, |item| reading(item).poids_moyen),
        column(items, |item| reading(item).nb_canards_vivants),
        column(items, |item| reading(item).taux_mortalite),
        column(items, |item| reading(item).temperature_stabule),
        column(items, |item| reading(item).humidite_stabule),
        column(items, |item| reading(item).horodatage.texte.clone()),
        column(items, |item| reading(item).pret_abattage),
        column(items, |item| reading(item).simule),
    ]
}
