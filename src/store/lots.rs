//! The current state of lots.

use super::{
    Pool, StoreError, query, read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::{lot::Statut, site::Site};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use std::collections::HashMap;
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST: Scoped = scoped!("lots_gavage/list");
const COUNT_BY_GAVEUR: Scoped = scoped!("lots_gavage/count_by_gaveur");
const GET: Scoped = scoped!("lots_gavage/get");
const LAST_SEQUENCE: &str = include_str!("../../sql/queries/lots_gavage/last_sequence.sql");

/// A lot in the state after its most advanced meal. `null` means not measured.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Lot {
    pub id: i64,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    pub site_code: String,
    pub genetique: String,
    /// Calendar day of the first reading, in the configured zone.
    pub debut_lot: Date,
    /// Ducks at the start of feeding.
    pub nb_canards_initial: Option<i32>,
    /// Live ducks, as last counted.
    pub nb_canards_actuel: Option<i32>,
    /// Day of the lot: −1 is preparation, 0 the first feeding day.
    pub jour_actuel: i32,
    /// `matin` or `soir`.
    pub moment_actuel: String,
    /// Mean weight as last weighed, g.
    pub poids_moyen_actuel: Option<f64>,
    /// Cumulated, %.
    pub taux_mortalite: Option<f64>,
    /// The lot is finished and goes to quality control.
    pub pret_abattage: bool,
    /// `planifie`, `en_preparation`, `en_gavage`, `pret_abattage`, `abattu`, `controle_qualite`, `clos` or `annule`.
    pub statut: String,
    /// The latest reading comes from a simulator.
    pub simule: bool,
    /// Time of the latest reading.
    pub dernier_releve: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
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
pub async fn list(view: &View, filter: LotFilter, limit: i64) -> Result<Vec<Lot>, StoreError> {
    let rows = view
        .query(
            &LIST,
            &[
                &filter.statuts,
                &filter.gaveur_id,
                &filter.site,
                &limit,
                &filter.offset,
            ],
        )
        .await?;
    read_all(&rows, lot)
}

/// The lots of a gaveur, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LotCounts {
    pub lots: i64,
    /// Of them those whose feeding has ended.
    pub lots_termines: i64,
}

/// The counts of each gaveur who has a lot, or only of the given one.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn count_by_gaveur(
    view: &View,
    gaveur_id: Option<i32>,
) -> Result<HashMap<i32, LotCounts>, StoreError> {
    let rows = view.query(&COUNT_BY_GAVEUR, &[&gaveur_id]).await?;
    let counts = read_all(&rows, |row| {
        let counts = LotCounts {
            lots: row.try_get("lots")?,
            lots_termines: row.try_get("lots_termines")?,
        };
        Ok((row.try_get("gaveur_id")?, counts))
    })?;
    Ok(counts.into_iter().collect())
}

/// The lot with this `code_lot`, otherwise the one with this numeric id.
pub async fn get(view: &View, code_or_id: &str) -> Result<Option<Lot>, StoreError> {
    let id: Option<i64> = code_or_id.parse().ok();
    let rows = view.query(&GET, &[&code_or_id, &id]).await?;
    Ok(rows.first().map(lot).transpose()?)
}

/// Highest sequence number among the codes of a month (site, `YYMM`, three digits); 0 if there is none.
pub async fn last_simulated_sequence(pool: &Pool, month: Date) -> Result<u32, StoreError> {
    let rows = query(pool, LAST_SEQUENCE, &[&month.strftime("%y%m").to_string()]).await?;
    let highest: i32 = rows[0].try_get(0)?;
    Ok(highest.unsigned_abs())
}

fn lot(row: &Row) -> Result<Lot, tokio_postgres::Error> {
    Ok(Lot {
        id: row.try_get("id")?,
        code_lot: row.try_get("code_lot")?,
        gaveur_id: row.try_get("gaveur_id")?,
        gaveur_nom: row.try_get("gaveur_nom")?,
        site_code: row.try_get("site_code")?,
        genetique: row.try_get("genetique")?,
        debut_lot: row.try_get("debut_lot")?,
        nb_canards_initial: row.try_get("nb_canards_initial")?,
        nb_canards_actuel: row.try_get("nb_canards_actuel")?,
        jour_actuel: row.try_get("jour_actuel")?,
        moment_actuel: row.try_get("moment_actuel")?,
        poids_moyen_actuel: row.try_get("poids_moyen_actuel")?,
        taux_mortalite: row.try_get("taux_mortalite")?,
        pret_abattage: row.try_get("pret_abattage")?,
        statut: row.try_get("statut")?,
        simule: row.try_get("simule")?,
        dernier_releve: row.try_get("dernier_releve")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}
