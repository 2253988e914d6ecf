//! Writes readings: one batch in one transaction; one round trip if its lots are cached, otherwise two.

mod deletions;
mod entries;
mod questions;
mod writes;

pub use deletions::StoredDeletion;
pub use entries::{EntryOutcome, StoredEntry};
pub(super) use writes::{KEEP_TOTALS, QUEUE_FOR_CONTROL};

use super::{
    Pool, StoreError,
    journal::Ending,
    query,
    rows::{self, from_row},
};
use crate::domain::{
    alert::AlertEvent,
    doubt::Mark,
    effects::{self, BatchMeal, Effects},
    lot::{LotId, LotState},
    lot_cache::{LotCache, RowVersion},
    moment::Moment,
    reading::{LifeMeal, MealPosition, Reading, ecart_dose},
    transition::Transition,
};
use deadpool_postgres::Object;
use jiff::tz::TimeZone;
use questions::{Ids, Trust};
use std::{collections::HashSet, iter::empty};
use tokio_postgres::Row;
use writes::{Committed, Precondition, Telling};

const SELECT_WALL: &str = include_str!("../../sql/queries/lots_gavage/select_wall.sql");

/// The result of a committed batch.
#[derive(Debug, Default)]
pub struct StoredReadings {
    /// States of the lots of the batch.
    pub lots: Vec<LotState>,
    /// The lots whose state has changed.
    pub changed: HashSet<LotId>,
    /// The meals of the batch in their latest versions.
    pub meals: Vec<BatchMeal>,
    /// The lots' steps in their life cycles.
    pub transitions: Vec<Transition>,
    /// Events of their alerts.
    pub alerts: Vec<AlertEvent>,
}

impl StoredReadings {
    /// What a batch that raises and ends no alerts will have stored.
    fn without_alerts(effects: &Effects<'_>) -> Self {
        StoredReadings {
            lots: effects.lots.clone(),
            changed: effects.changed.clone(),
            meals: effects.meals.clone(),
            transitions: effects.transitions.clone(),
            alerts: Vec::new(),
        }
    }
}

/// A repeat of a stored meal was told of when it came first.
fn leave_out_repeats(effects: &mut Effects<'_>, readings: &[&Reading]) {
    // Each new meal has one row.
    if effects.rows.len() == effects.meals.len() {
        return;
    }
    let rows = effects.rows.iter();
    let new: HashSet<LifeMeal> = rows
        .map(|row| (row.lot_id, row.reading.position()))
        .collect();
    let is_new = |meal: &BatchMeal| new.contains(&(meal.lot_id, readings[meal.index].position()));
    effects.meals.retain(is_new);
}

/// A batch whose assumptions turn out to be outdated is written again with the current state.
pub(super) const RETRIES: usize = 4;

/// What the writer caches about lots between batches.
pub(super) struct Readings {
    zone: TimeZone,
    cache: LotCache,
    ids: Ids,
}

impl Readings {
    pub fn new(zone: TimeZone) -> Self {
        Readings {
            zone,
            cache: LotCache::default(),
            ids: Ids::default(),
        }
    }

    /// Removes a code from the cache because its entry is outdated.
    pub fn forget(&mut self, code_lot: &str) {
        self.cache.forget(code_lot);
    }

    pub fn forget_all(&mut self) {
        self.cache.forget_all();
    }

    /// Commits the readings, all or none; returns their effects. With `has_untold` some of them may have been committed without being told of.
    pub async fn write(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
        has_untold: bool,
        ending: &Ending<'_>,
    ) -> Result<StoredReadings, StoreError> {
        let remembered = self
            .write_remembered(client, mark, readings, ending)
            .await?;
        if let Some(stored) = remembered {
            return Ok(stored);
        }
        let mut outcome = self
            .ask_and_write(client, mark, readings, Trust::Front, has_untold, ending)
            .await;
        for _ in 0..RETRIES {
            // Another writer has begun a life, or the front is behind a stored meal, as after a manual change.
            if !outcome
                .as_ref()
                .is_err_and(StoreError::is_a_wrong_assumption)
            {
                break;
            }
            outcome = self
                .ask_and_write(client, mark, readings, Trust::Nothing, has_untold, ending)
                .await;
        }
        outcome
    }

    /// Writes in one round trip, if every reading is the next of a cached lot that nobody else has changed.
    async fn write_remembered(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
        ending: &Ending<'_>,
    ) -> Result<Option<StoredReadings>, StoreError> {
        let codes = codes(readings);
        let Some(recalled) = self.cache.recall(&codes) else {
            return Ok(None);
        };
        let Ok(effects) = effects::apply(readings, recalled.known, empty(), &self.zone) else {
            return Ok(None);
        };
        let precondition = Precondition::remembered(recalled.versions);
        let telling = Telling::of_a_stream();
        let written =
            writes::write_and_commit(client, &precondition, &effects, mark, telling, ending).await;
        match written {
            Ok(committed) => Ok(Some(self.stored(effects, HashSet::new(), committed))),
            Err(error) if error.is_a_wrong_assumption() => {
                codes.iter().for_each(|code| self.cache.forget(code));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn ask_and_write(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
        trust: Trust,
        has_untold: bool,
        ending: &Ending<'_>,
    ) -> Result<StoredReadings, StoreError> {
        let known = questions::begin(client, &codes(readings), &mut self.ids).await?;
        let alerted = known.open_episodes.keys().copied().collect();
        let decided =
            questions::decide(client, readings, known, &mut self.ids, &self.zone, trust).await;
        let mut effects = match decided {
            Ok(effects) => effects,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        if !has_untold {
            leave_out_repeats(&mut effects, readings);
        }
        let (precondition, telling) = (Precondition::held(), Telling::of_a_stream());
        let committed =
            writes::write_and_commit(client, &precondition, &effects, mark, telling, ending)
                .await?;
        Ok(self.stored(effects, alerted, committed))
    }

    fn stored(
        &mut self,
        effects: Effects<'_>,
        alerted: HashSet<LotId>,
        committed: Committed,
    ) -> StoredReadings {
        self.remember(&effects, alerted, committed.version);
        StoredReadings {
            lots: effects.lots,
            changed: effects.changed,
            transitions: effects.transitions,
            meals: effects.meals,
            alerts: committed.events,
        }
    }

    /// Only lots without open alerts are cached, because others may change alerts in the database.
    fn remember(
        &mut self,
        effects: &Effects<'_>,
        mut alerted: HashSet<LotId>,
        version: Option<RowVersion>,
    ) {
        let subjects = effects.episodes.iter().map(|(episode, _)| &episode.subject);
        alerted.extend(subjects.filter_map(|subject| subject.lot_id));
        let is_settled = |lot: &LotState| {
            effects.changed.contains(&lot.id)
                && !effects.outlived.contains(&lot.id)
                && !alerted.contains(&lot.id)
        };
        for lot in &effects.lots {
            match version {
                Some(version) if is_settled(lot) => self.cache.remember(lot.clone(), version),
                _ => self.cache.forget(&lot.code_lot),
            }
        }
    }
}

fn codes<'a>(readings: &[&'a Reading]) -> Vec<&'a str> {
    let mut codes: Vec<&str> = readings
        .iter()
        .map(|reading| reading.code_lot.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// A stored lot for the wall.
pub struct RememberedLot {
    pub lot: LotState,
    pub latest: Reading,
    /// When the latest meal was stored or corrected.
    pub recu_le: jiff::Timestamp,
    /// When the latest meals were stored, newest first.
    pub arrivals: Vec<jiff::Timestamp>,
    /// The écarts of the latest meals.
    pub ecarts: Vec<(MealPosition, Option<f64>)>,
}

/// The lots on the wall, at most `limit`, the last changed first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn remembered_wall(pool: &Pool, limit: i64) -> Result<Vec<RememberedLot>, StoreError> {
    let rows = query(pool, SELECT_WALL, &[&limit]).await?;
    rows::all(&rows)
}

from_row! { RememberedLot { lot: LotState::from_row, latest: Reading::from_row, recu_le, arrivals, ecarts: ecarts } }

fn ecarts(row: &Row) -> Result<Vec<(MealPosition, Option<f64>)>, StoreError> {
    let jours: Vec<i32> = rows::read(row, "jours")?;
    let moments: Vec<Moment> = rows::read(row, "moments")?;
    let planned: Vec<Option<f64>> = rows::read(row, "doses_theoriques")?;
    let given: Vec<f64> = rows::read(row, "doses_reelles")?;
    let positions = jours.into_iter().zip(moments);
    let doses = planned.into_iter().zip(given);
    let ecarts = doses.map(|(planned, given)| ecart_dose(planned, given));
    Ok(positions.zip(ecarts).collect())
}
