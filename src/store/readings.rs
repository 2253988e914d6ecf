//! Writing readings: one batch, one transaction, one round trip where its lots are remembered, otherwise two.

mod writes;

use super::{BEGIN_KEYED, Pool, StoreError, query, read_all, rows};
use crate::domain::{
    alert::AlertEvent,
    batch::merge,
    doubt::Mark,
    effects::{self, Effects, Known},
    lives::{self, Assigned, Ids},
    lot::{LotId, LotState},
    novelty::Novelty,
    reading::Reading,
    recollection::{Recollection, Version},
};
use deadpool_postgres::Object;
use futures_util::{future::OptionFuture, join};
use jiff::tz::TimeZone;
use std::collections::HashSet;
use tokio_postgres::types::ToSql;
use writes::{Batch, Footing};

const LOCK_STATES: &str = include_str!("../../sql/queries/lots_gavage/lock_states.sql");
const RESERVE_IDS: &str = include_str!("../../sql/queries/lots_gavage/reserve_ids.sql");
const SELECT_WALL: &str = include_str!("../../sql/queries/lots_gavage/select_wall.sql");
const SELECT_OPEN_ALERTS: &str = include_str!("../../sql/queries/alertes/select_open.sql");

/// What a committed batch did.
#[derive(Debug, Default)]
pub struct Stored {
    /// States of the lots of the batch.
    pub lots: Vec<LotState>,
    /// The meals of the batch, each with its last word.
    pub meals: Vec<StoredMeal>,
    /// What happened to their alerts.
    pub alerts: Vec<AlertEvent>,
}

/// A meal that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredMeal {
    /// Of its last word in the batch.
    pub place: usize,
    pub lot_id: LotId,
}

/// Ids of lots are taken from the sequence so many at a time, with a question that is asked anyway.
const IDS_AT_ONCE: usize = 256;

/// A batch that built on what is not so any more is written again, with what is so now.
const RETRIES: usize = 4;

/// What a transaction takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// No meal beyond the front of a lot is stored.
    Front,
    Nothing,
}

/// What the writer knows of lots, from one batch to the next.
pub(super) struct Readings {
    zone: TimeZone,
    remembered: Recollection,
    ids: Ids,
}

impl Readings {
    pub fn new(zone: TimeZone) -> Self {
        Readings {
            zone,
            remembered: Recollection::default(),
            ids: Ids::default(),
        }
    }

    /// What is remembered of the lots of a code is not so any more.
    pub fn forget(&mut self, code_lot: &str) {
        self.remembered.forget(code_lot);
    }

    pub fn forget_all(&mut self) {
        self.remembered.forget_all();
    }

    /// Commits the readings together or not at all; gives back what they did.
    pub async fn write(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
    ) -> Result<Stored, StoreError> {
        let mut outcome = self.transaction(client, mark, readings, Trust::Front).await;
        for _ in 0..RETRIES {
            // Somebody else has changed a lot or begun one, or a front lies behind a meal that is stored, as after a change by hand.
            if !outcome
                .as_ref()
                .is_err_and(StoreError::is_a_wrong_assumption)
            {
                break;
            }
            for reading in readings {
                self.remembered.forget(&reading.code_lot);
            }
            outcome = self
                .transaction(client, mark, readings, Trust::Nothing)
                .await;
        }
        outcome
    }

    async fn transaction(
        &mut self,
        client: &Object,
        mark: Mark,
        readings: &[&Reading],
        trust: Trust,
    ) -> Result<Stored, StoreError> {
        let codes = codes(readings);
        let (mut known, footing) = match self.remembered.recall(&codes) {
            Some(recalled) => (recalled.known, Footing::remembered(recalled.versions)),
            None => {
                let known = begin(client, &codes, &mut self.ids).await?;
                (known, Footing::held())
            }
        };
        let Assigned { told, begun } =
            lives::assign(readings, &mut known, &mut self.ids, &self.zone);
        let rows = merge(told.iter().copied());
        let meals = rows.iter().map(|row| row.last);
        let meals = meals.map(|place| StoredMeal {
            place,
            lot_id: told[place].lot_id,
        });
        let meals = meals.collect();
        let novelty = Novelty::of(rows, &known, &begun);
        let novelty = match trust {
            Trust::Front => novelty,
            Trust::Nothing => novelty.doubting(&begun),
        };
        let alerted = known.open_episodes.keys().copied().collect();
        let effects = effects::apply(&told, known);
        let batch = Batch {
            novelty: &novelty,
            begun: &begun,
            effects: &effects,
            mark,
        };
        let committed = writes::write_and_commit(client, &footing, &batch).await?;
        self.remember(&effects, alerted, committed.version);
        Ok(Stored {
            lots: effects.lots,
            meals,
            alerts: committed.events,
        })
    }

    /// What alerts a lot had is for the database to say, who may have been told more of them.
    fn remember(
        &mut self,
        effects: &Effects,
        mut alerted: HashSet<LotId>,
        version: Option<Version>,
    ) {
        let subjects = effects.episodes.iter().map(|(episode, _)| &episode.subject);
        alerted.extend(subjects.filter_map(|subject| subject.lot_id));
        for lot in &effects.lots {
            match &version {
                Some(version) if !alerted.contains(&lot.id) => {
                    self.remembered.remember(lot.clone(), version.clone());
                }
                _ => self.remembered.forget(&lot.code_lot),
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

/// Opens the transaction and reads what the batch builds on, in one round trip.
async fn begin(client: &Object, codes: &[&str], ids: &mut Ids) -> Result<Known, StoreError> {
    let lock_states = client.prepare_cached(LOCK_STATES).await?;
    let select_open = client.prepare_cached(SELECT_OPEN_ALERTS).await?;
    let reserve_ids = client.prepare_cached(RESERVE_IDS).await?;
    let params: [&(dyn ToSql + Sync); 1] = [&codes];
    let missing = ids.missing_for(codes.len());
    let wanted = i32::try_from(missing.max(IDS_AT_ONCE)).unwrap_or(i32::MAX);
    let wanted: [&(dyn ToSql + Sync); 1] = [&wanted];
    let reserve = (missing > 0).then(|| client.query(&reserve_ids, &wanted));
    let (begun, lots, episodes, reserved) = join!(
        client.batch_execute(BEGIN_KEYED),
        client.query(&lock_states, &params),
        client.query(&select_open, &params),
        OptionFuture::from(reserve),
    );
    let known = begun.map_err(StoreError::from).and_then(|()| {
        // In the order in which they were sent: after one that fails all others fail for its sake.
        let known = known(&lots?, &episodes?)?;
        let reserved = reserved.transpose()?.unwrap_or_default();
        ids.add(read_all(&reserved, |row| row.try_get("id"))?);
        Ok(known)
    });
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
        known.lots.insert(lot.id, lot);
    }
    for row in episodes {
        let episode = rows::episode(row)?;
        if let Some(lot_id) = episode.subject.lot_id {
            let of_lot = known.open_episodes.entry(lot_id).or_default();
            of_lot.push(episode);
        }
    }
    Ok(known)
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
