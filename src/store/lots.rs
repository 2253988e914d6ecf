//! The current state of lots.

use super::{
    Params, Pool, StoreError, query,
    rows::{from_row, one, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    lot::{LotId, Statut},
    moment::Moment,
    site::Site,
};
use jiff::{Timestamp, civil::Date};
use std::collections::HashMap;

const LIST: Scoped = scoped!("lots_gavage/list");
const COUNT_BY_GAVEUR: Scoped = scoped!("lots_gavage/count_by_gaveur");
const GET: Scoped = scoped!("lots_gavage/get");
const COUNT_OPEN: &str = include_str!("../../sql/queries/lots_gavage/count_open.sql");
const LAST_SEQUENCE: &str = include_str!("../../sql/queries/lots_gavage/last_sequence.sql");

/// A lot in the state after its most advanced meal. `None` means not measured.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredLot {
    pub id: LotId,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    pub site: Site,
    pub genetique: String,
    pub debut_lot: Date,
    pub nb_canards_initial: Option<i32>,
    pub nb_canards_actuel: Option<i32>,
    /// The last meal; `None` before the first.
    pub jour_actuel: Option<i32>,
    pub moment_actuel: Option<Moment>,
    /// g.
    pub poids_moyen_actuel: Option<f64>,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
    pub pret_abattage: bool,
    pub statut: Statut,
    pub simule: bool,
    pub dernier_releve: Option<Timestamp>,
    /// What was planned; all `None` of a lot that began with its first meal.
    pub debut_prevu: Option<Date>,
    /// The last day of feeding.
    pub fin_prevue: Option<Date>,
    pub souche: Option<String>,
    /// g.
    pub poids_initial_prevu_g: Option<f64>,
    /// g per duck.
    pub objectif_mais_g: Option<f64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

from_row! {
    StoredLot {
        id, code_lot, gaveur_id, gaveur_nom, site = "site_code", genetique, debut_lot, nb_canards_initial, nb_canards_actuel,
        jour_actuel, moment_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage, statut, simule, dernier_releve,
        debut_prevu, fin_prevue, souche, poids_initial_prevu_g, objectif_mais_g, created_at, updated_at,
    }
}

/// Filters of lots; `None` means all.
#[derive(Debug, Clone, Default)]
pub struct LotFilter {
    /// In one of these states.
    pub statuts: Option<Vec<Statut>>,
    pub gaveur_id: Option<i32>,
    pub site: Option<Site>,
    /// How many of the newest lots to skip.
    pub offset: i64,
}

/// At most `limit` lots, the newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(
    view: &View,
    filter: LotFilter,
    limit: i64,
) -> Result<Vec<StoredLot>, StoreError> {
    let params: Params<'_> = &[
        &filter.statuts,
        &filter.gaveur_id,
        &filter.site,
        &limit,
        &filter.offset,
    ];
    view.query(&LIST, params).await
}

/// The lots of a gaveur, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LotCounts {
    pub lots: i64,
    /// Of them those whose feeding has ended.
    pub lots_termines: i64,
}

from_row! { LotCounts { lots, lots_termines } }

/// The counts of each gaveur who has a lot, or only of the given one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn count_by_gaveur(
    view: &View,
    gaveur_id: Option<i32>,
) -> Result<HashMap<i32, LotCounts>, StoreError> {
    view.query_by("gaveur_id", &COUNT_BY_GAVEUR, &[&gaveur_id])
        .await
}

/// The lot with this `code_lot`, otherwise the one with this numeric id.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn get(view: &View, code_or_id: &str) -> Result<Option<StoredLot>, StoreError> {
    let id: Option<LotId> = code_or_id.parse().ok();
    view.query_first(&GET, &[&code_or_id, &id]).await
}

/// Highest sequence number among the codes of a month (site, `YYMM`, three digits); 0 if there is none.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn last_simulated_sequence(pool: &Pool, month: Date) -> Result<u32, StoreError> {
    let rows = query(pool, LAST_SEQUENCE, &[&month.strftime("%y%m").to_string()]).await?;
    let highest: i32 = read(&one(rows)?, 0)?;
    Ok(highest.unsigned_abs())
}

/// How many of these lots there are, and how many of them are not closed yet.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn count_open(pool: &Pool, codes: &[String]) -> Result<(i64, i64), StoreError> {
    let row = one(query(pool, COUNT_OPEN, &[&codes]).await?)?;
    Ok((read(&row, "lots")?, read(&row, "ouverts")?))
}
