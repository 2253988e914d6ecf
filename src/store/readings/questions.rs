//! Reads the state that a batch depends on, within its transaction.

use super::super::{
    BEGIN_KEYED, StoreError,
    pipeline::pipelined,
    rows::{FromRow, all, each, read},
};
use crate::domain::{
    alert::Episode,
    effects::{self, Effects, Known, Lacking},
    lot::{LotId, LotState},
    reading::Reading,
};
use deadpool_postgres::Object;
use futures_util::future::OptionFuture;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use tokio_postgres::{Row, types::ToSql};

const LOCK_STATES: &str = include_str!("../../../sql/queries/lots_gavage/lock_states.sql");
const RESERVE_IDS: &str = include_str!("../../../sql/queries/lots_gavage/reserve_ids.sql");
const SELECT_OPEN_ALERTS: &str = include_str!("../../../sql/queries/alertes/select_open.sql");
const LIST_MEALS: &str = include_str!("../../../sql/queries/gavage_data/list_by_lots.sql");

/// Number of lot ids reserved from the sequence at once, in a round trip that is needed anyway.
const IDS_AT_ONCE: usize = 256;

/// Reserved ids for new lots. The smallest is used first, because lists show the newest lot by its id.
#[derive(Debug, Default)]
pub(super) struct Ids(VecDeque<LotId>);

impl Iterator for Ids {
    type Item = LotId;

    fn next(&mut self) -> Option<LotId> {
        self.0.pop_front()
    }
}

/// Which assumptions a transaction makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Assumes that no meal beyond the front of a lot is stored.
    Front,
    Nothing,
}

/// Opens the transaction and reads the lots of the batch, in one round trip.
pub(super) async fn begin(
    client: &Object,
    codes: &[&str],
    ids: &mut Ids,
) -> Result<Known, StoreError> {
    let lock_states = client.prepare_cached(LOCK_STATES).await?;
    let select_open = client.prepare_cached(SELECT_OPEN_ALERTS).await?;
    let reserve_ids = client.prepare_cached(RESERVE_IDS).await?;
    let params: [&(dyn ToSql + Sync); 1] = [&codes];
    let (missing, wanted) = missing(ids, codes.len());
    let wanted: [&(dyn ToSql + Sync); 1] = [&wanted];
    let reserve = missing.then(|| client.query(&reserve_ids, &wanted));
    let (begun, lots, episodes, reserved) = pipelined!(
        client.batch_execute(BEGIN_KEYED),
        client.query(&lock_states, &params),
        client.query(&select_open, &params),
        OptionFuture::from(reserve),
    );
    let known = begun.map_err(StoreError::from).and_then(|()| {
        // In the order of sending: after one that fails all others fail because of it.
        let known = known(&lots?, &episodes?)?;
        let reserved = reserved.transpose()?.unwrap_or_default();
        ids.0.extend(each::<LotId>(&reserved, "id")?);
        Ok(known)
    });
    if known.is_err() {
        client.batch_execute("ROLLBACK").await?;
    }
    known
}

/// Whether more ids are needed for this many lots, and how many to reserve.
fn missing(ids: &Ids, lots: usize) -> (bool, i32) {
    let missing = lots.saturating_sub(ids.0.len());
    let wanted = i32::try_from(missing.max(IDS_AT_ONCE));
    (missing > 0, wanted.unwrap_or(i32::MAX))
}

/// Computes the effects of the batch. Reads the meals of a lot if they are needed, which may take another round trip.
pub(super) async fn decide<'a>(
    client: &Object,
    readings: &[&'a Reading],
    mut known: Known,
    ids: &mut Ids,
    zone: &TimeZone,
    trust: Trust,
) -> Result<Effects<'a>, StoreError> {
    if trust == Trust::Nothing {
        let lots: Vec<LotId> = known.lots.keys().copied().collect();
        learn_meals(client, &lots, &mut known).await?;
    }
    loop {
        match effects::apply(readings, known.clone(), &mut *ids, zone) {
            Ok(effects) => return Ok(effects),
            Err(Lacking::Refused(sentence)) => return Err(StoreError::NotTaken(sentence)),
            Err(Lacking::Meals(lots)) => {
                let lots: Vec<LotId> = lots.into_iter().collect();
                learn_meals(client, &lots, &mut known).await?;
            }
            Err(Lacking::Ids) => {
                let reserve_ids = client.prepare_cached(RESERVE_IDS).await?;
                let (_, wanted) = missing(ids, readings.len());
                let reserved = client.query(&reserve_ids, &[&wanted]).await?;
                ids.0.extend(each::<LotId>(&reserved, "id")?);
            }
            Err(Lacking::Lives) => {
                return Err(StoreError::Row(
                    "a reading was assigned to an unknown lot".to_owned(),
                ));
            }
        }
    }
}

pub(super) async fn learn_meals(
    client: &Object,
    lots: &[LotId],
    known: &mut Known,
) -> Result<(), StoreError> {
    let list_meals = client.prepare_cached(LIST_MEALS).await?;
    let listed = client.query(&list_meals, &[&lots]).await?;
    for lot_id in lots {
        known.meals.entry(*lot_id).or_default();
    }
    for row in &listed {
        let meal = Reading::from_row(row)?;
        let of_lot = known.meals.entry(read(row, "lot_id")?).or_default();
        of_lot.insert(meal.position(), meal);
    }
    Ok(())
}

fn known(lots: &[Row], episodes: &[Row]) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for lot in all::<LotState>(lots)? {
        known.lots.insert(lot.id, lot);
    }
    for episode in all::<Episode>(episodes)? {
        if let Some(lot_id) = episode.subject.lot_id {
            let of_lot = known.open_episodes.entry(lot_id).or_default();
            of_lot.push(episode);
        }
    }
    Ok(known)
}
