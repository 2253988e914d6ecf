//! Closed lots with the figures that rules of advice compare.

use super::{
    StoreError,
    rows::{FromRow, from_row, read},
    tallies,
    view::{Scoped, View, scoped},
};
use crate::domain::{
    advice::{
        ComparedLot,
        outcome::{Advised, Pair},
        rules::{HUMIDITE_PCT, OFF_PLAN_PCT, TEMPERATURE_C},
    },
    consumer::figures::Tally,
    lot::LotId,
};
use jiff::Timestamp;
use tokio_postgres::Row;

const LIST: Scoped = scoped!("lots_gavage/list_compared");
const LIST_RATED_SINCE: Scoped = scoped!("lots_gavage/list_rated_since");
const LIST_PAIRS: Scoped = scoped!("recommandations/list_pairs");
const LIST_CLOSED_SINCE: Scoped = scoped!("lots_gavage/list_closed_since");

/// Lots whose next ones are looked at.
const MOST_FOLLOWED: i64 = 2_000;
/// Lots that one is compared with.
const MOST_COMPARED: i64 = 400;

struct ClosedLot(LotId);

impl FromRow for ClosedLot {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(ClosedLot(read(row, "lot_id")?))
    }
}

from_row! {
    ComparedLot {
        id = "lot_id", code_lot, gaveur_id, site = "site_code", genetique, simule, dernier_releve, foie_g, cv, mais_g, perte_pct, repas,
        repas_hors_plan, releves, releves_hors_plage, avis: avis,
    }
}

fn avis(row: &Row) -> Result<Tally, StoreError> {
    Ok(Tally {
        stars: tallies::stars(row)?,
        ..Tally::default()
    })
}

/// The closed lots like this one, itself among them; the latest of very many.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn like(
    view: &View,
    lot_id: LotId,
    since: Timestamp,
) -> Result<Vec<ComparedLot>, StoreError> {
    view.query(
        &LIST,
        &[
            &lot_id,
            &since,
            &MOST_COMPARED,
            &OFF_PLAN_PCT,
            TEMPERATURE_C.start(),
            TEMPERATURE_C.end(),
            HUMIDITE_PCT.start(),
            HUMIDITE_PCT.end(),
        ],
    )
    .await
}

/// The closed lots whose last meal was given since, the latest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn closed_since(
    view: &View,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<LotId>, StoreError> {
    let closed: Vec<ClosedLot> = view.query(&LIST_CLOSED_SINCE, &[&since, &limit]).await?;
    Ok(closed.into_iter().map(|lot| lot.0).collect())
}

/// The closed lots whose last meal was given since one time and that were rated since another, the latest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn rated_since(
    view: &View,
    fed: Timestamp,
    rated: Timestamp,
    limit: i64,
) -> Result<Vec<LotId>, StoreError> {
    let lots: Vec<ClosedLot> = view
        .query(&LIST_RATED_SINCE, &[&fed, &rated, &limit])
        .await?;
    Ok(lots.into_iter().map(|lot| lot.0).collect())
}

/// A lot and the next one of its farmer, simulated or not.
pub struct FollowedLot {
    pub pair: Pair,
    pub simule: bool,
}

from_row! { FollowedLot { pair: Pair::from_row, simule } }

from_row! {
    Pair { gaveur_id, code_lot, code_lot_suivant, advised: advised, itm, itm_suivant }
}

fn advised(row: &Row) -> Result<Option<Advised>, StoreError> {
    let said = (
        read(row, "acceptee")?,
        read(row, "refusee")?,
        read(row, "envoyee")?,
    );
    Ok(match said {
        (true, _, _) => Some(Advised::Accepted),
        (_, true, _) => Some(Advised::Refused),
        (_, _, true) => None,
        _ => Some(Advised::Never),
    })
}

/// The closed lots that were followed by another one of the same farmer, the latest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn followed(view: &View, since: Timestamp) -> Result<Vec<FollowedLot>, StoreError> {
    view.query(&LIST_PAIRS, &[&since, &MOST_FOLLOWED]).await
}
