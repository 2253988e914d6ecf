//! Writing readings: one batch, one transaction, one round trip where its lots are remembered, otherwise two.

mod questions;
mod writes;

use super::{Pool, StoreError, query, rows};
use crate::domain::{
    alert::AlertEvent,
    doubt::Mark,
    effects::{self, Effects, ToldMeal},
    lot::{LotId, LotState},
    lot_cache::{LotCache, RowVersion},
    reading::Reading,
};
use deadpool_postgres::Object;
use jiff::tz::TimeZone;
use questions::{Ids, Trust};
use std::{collections::HashSet, iter::empty};
use writes::{Committed, Precondition};

const SELECT_WALL: &str = include_str!("../../sql/queries/lots_gavage/select_wall.sql");

/// What a committed batch did.
#[derive(Debug, Default)]
pub struct StoredReadings {
    /// States of the lots of the batch.
    pub lots: Vec<LotState>,
    /// Those of them that are not what they were before.
    pub changed: HashSet<LotId>,
    /// The meals of the batch, each with its last word.
    pub meals: Vec<ToldMeal>,
    /// What happened to their alerts.
    pub alerts: Vec<AlertEvent>,
}

/// A batch that built on what is not so any more is written again, with what is so now.
const RETRIES: usize = 4;

/// What the writer knows of lots, from one batch to the next.
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

    /// What is remembered of the lots of a code is not so any more.
    pub fn forget(&mut self, code_lot: &str) {
        self.cache.forget(code_lot);
    }

    pub fn forget_all(&mut self) {
        self.cache.forget_all();
    }

    /// Commits the readings together or not at all; gives back what they did.
    pub async fn write(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
    ) -> Result<StoredReadings, StoreError> {
        if let Some(stored) = self.write_remembered(client, mark, readings).await? {
            return Ok(stored);
        }
        let mut outcome = self
            .ask_and_write(client, mark, readings, Trust::Front)
            .await;
        for _ in 0..RETRIES {
            // Somebody else has begun a life, or a front lies behind a meal that is stored, as after a change by hand.
            if !outcome
                .as_ref()
                .is_err_and(StoreError::is_a_wrong_assumption)
            {
                break;
            }
            outcome = self
                .ask_and_write(client, mark, readings, Trust::Nothing)
                .await;
        }
        outcome
    }

    /// In one round trip, if every reading is the next of a lot that is remembered and that nobody else has changed.
    async fn write_remembered(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
    ) -> Result<Option<StoredReadings>, StoreError> {
        let codes = codes(readings);
        let Some(recalled) = self.cache.recall(&codes) else {
            return Ok(None);
        };
        let Ok(effects) = effects::apply(readings, recalled.known, empty(), &self.zone) else {
            return Ok(None);
        };
        let precondition = Precondition::remembered(recalled.versions);
        match writes::write_and_commit(client, &precondition, &effects, mark).await {
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
    ) -> Result<StoredReadings, StoreError> {
        let known = questions::begin(client, &codes(readings), &mut self.ids).await?;
        let alerted = known.open_episodes.keys().copied().collect();
        let decided =
            questions::decide(client, readings, known, &mut self.ids, &self.zone, trust).await;
        let effects = match decided {
            Ok(effects) => effects,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        let committed =
            writes::write_and_commit(client, &Precondition::held(), &effects, mark).await?;
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
            meals: effects.meals,
            alerts: committed.events,
        }
    }

    /// What alerts a lot had is for the database to say, who may have been told more of them.
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
            match &version {
                Some(version) if is_settled(lot) => {
                    self.cache.remember(lot.clone(), version.clone());
                }
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
    let rows = query(pool, SELECT_WALL, &[&limit]).await?;
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
