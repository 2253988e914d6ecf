//! Rows in the order of their times, a page after the other: an export holds no connection while its reader is slow, and no table in memory.

use super::{
    StoreError,
    ratings::StoredRating,
    rows::{FromRow, from_row},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    alert::Alert,
    lot::{LotId, Statut},
    moment::Moment,
    quality::{ByGrade, Grade},
    site::Site,
};
use jiff::{Timestamp, civil::Date};
use tokio_postgres::types::ToSql;

/// Rows of one page.
const PAGE: i64 = 500;

/// Which rows are exported; `None` means all.
#[derive(Debug, Clone)]
pub struct ExportFilter {
    pub since: Timestamp,
    pub until: Timestamp,
    pub site: Option<Site>,
    pub code_lot: Option<String>,
}

/// A place among the rows: that of the last row of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Place<Key> {
    pub time: Timestamp,
    /// What tells rows of the same time apart.
    pub key: Key,
}

/// A row that is exported.
pub trait Exported: FromRow {
    /// Its parameters: from when, until when, site, code of a lot; time and key behind which the page begins; number of rows.
    const STATEMENT: Scoped;
    type Key: Key;

    fn place(&self) -> Place<Self::Key>;
}

/// What tells rows of the same time apart, as parameters of a statement; null at the beginning.
pub trait Key: Clone + Send + Sync + 'static {
    fn params(key: &Option<Self>) -> Vec<&(dyn ToSql + Sync)>;
}

impl Key for i64 {
    fn params(id: &Option<Self>) -> Vec<&(dyn ToSql + Sync)> {
        vec![id]
    }
}

/// Id of a sample, and its station.
impl Key for (String, String) {
    fn params(key: &Option<Self>) -> Vec<&(dyn ToSql + Sync)> {
        match key {
            Some((sample, device)) => vec![sample, device],
            None => vec![&None::<String>, &None::<String>],
        }
    }
}

/// The rows behind a place; fewer than a page are the last ones.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn page<Row: Exported>(
    view: &View,
    filter: &ExportFilter,
    after: Option<&Place<Row::Key>>,
) -> Result<Vec<Row>, StoreError> {
    let time = after.map(|last| last.time);
    let key = after.map(|last| last.key.clone());
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![
        &filter.since,
        &filter.until,
        &filter.site,
        &filter.code_lot,
        &time,
    ];
    params.extend(Key::params(&key));
    params.push(&PAGE);
    view.query(&Row::STATEMENT, &params).await
}

/// Whether more rows may follow this page.
pub fn is_full<T>(page: &[T]) -> bool {
    page.len() as i64 == PAGE
}

/// A lot with what was given and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedLot {
    pub id: LotId,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    pub site: Site,
    pub genetique: String,
    pub debut_lot: Date,
    pub dernier_releve: Timestamp,
    pub statut: Statut,
    pub jour_actuel: i32,
    pub nb_canards_initial: Option<i32>,
    pub nb_canards_actuel: Option<i32>,
    pub taux_mortalite: Option<f64>,
    pub poids_moyen_actuel: Option<f64>,
    pub mais_g_par_canard: Option<f64>,
    pub echantillons: i64,
    pub grades: ByGrade,
    pub masse_moyenne_g: Option<f64>,
    pub sigma: Option<f64>,
    pub simule: bool,
}

from_row! {
    ExportedLot {
        id, code_lot, gaveur_id, gaveur_nom, site = "site_code", genetique, debut_lot, dernier_releve, statut, jour_actuel,
        nb_canards_initial, nb_canards_actuel, taux_mortalite, poids_moyen_actuel, mais_g_par_canard = "g_par_canard", echantillons,
        grades: ByGrade::from_row, masse_moyenne_g, sigma, simule,
    }
}

impl Exported for ExportedLot {
    const STATEMENT: Scoped = scoped!("lots_gavage/list_between");
    type Key = i64;

    fn place(&self) -> Place<Self::Key> {
        Place {
            time: self.dernier_releve,
            key: self.id,
        }
    }
}

/// A meal in its latest version.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedMeal {
    pub id: i64,
    pub time: Timestamp,
    pub code_lot: String,
    pub gaveur_id: i32,
    pub gaveur_nom: String,
    pub site: Site,
    pub jour: i32,
    pub moment: Moment,
    pub dose_theorique: Option<f64>,
    pub dose_reelle: f64,
    pub poids_moyen: Option<f64>,
    pub nb_canards_vivants: Option<i32>,
    pub taux_mortalite: Option<f64>,
    pub temperature_stabule: Option<f64>,
    pub humidite_stabule: Option<f64>,
    pub pret_abattage: bool,
    pub simule: bool,
    pub auteur: Option<String>,
    pub origine: String,
    pub recu_le: Timestamp,
    pub corrected_at: Option<Timestamp>,
}

from_row! {
    ExportedMeal {
        id, time, code_lot, gaveur_id, gaveur_nom, site = "site_code", jour, moment, dose_theorique, dose_reelle, poids_moyen,
        nb_canards_vivants, taux_mortalite, temperature_stabule, humidite_stabule, pret_abattage, simule, auteur, origine, recu_le,
        corrected_at,
    }
}

impl Exported for ExportedMeal {
    const STATEMENT: Scoped = scoped!("gavage_data/list_between");
    type Key = i64;

    fn place(&self) -> Place<Self::Key> {
        Place {
            time: self.time,
            key: self.id,
        }
    }
}

impl Exported for Alert {
    const STATEMENT: Scoped = scoped!("alertes/list_between");
    type Key = i64;

    fn place(&self) -> Place<Self::Key> {
        Place {
            time: self.levee_le,
            key: self.id,
        }
    }
}

/// A foie that a station has scanned.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedSample {
    pub time: Timestamp,
    pub sample_id: String,
    pub device_id: String,
    pub site: Option<Site>,
    pub code_lot: Option<String>,
    pub final_score: Option<f64>,
    pub final_grade: Option<Grade>,
    pub station_score: Option<f64>,
    pub station_grade: Option<Grade>,
    pub masse_foie_g: Option<f64>,
    pub volume_mm3: Option<f64>,
    pub nb_defauts: i32,
    pub freshness_index: Option<f64>,
    pub oxidation_index: Option<f64>,
    pub fat_quality_index: Option<f64>,
    pub sellable: bool,
    pub qr_allowed: bool,
    pub simule: bool,
}

from_row! {
    ExportedSample {
        time, sample_id, device_id, site = "site_code", code_lot, final_score, final_grade, station_score, station_grade, masse_foie_g,
        volume_mm3, nb_defauts, freshness_index, oxidation_index, fat_quality_index, sellable, qr_allowed, simule,
    }
}

impl Exported for ExportedSample {
    const STATEMENT: Scoped = scoped!("lot_foies/list_between");
    type Key = (String, String);

    fn place(&self) -> Place<Self::Key> {
        Place {
            time: self.time,
            key: (self.sample_id.clone(), self.device_id.clone()),
        }
    }
}

/// A rating of a consumer.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedRating {
    pub rating: StoredRating,
    pub site: Site,
    pub gaveur_id: i32,
    /// `None` for a label of the lot.
    pub grade: Option<Grade>,
    pub repurchase_intent: Option<i32>,
}

from_row! {
    ExportedRating { rating: StoredRating::from_row, site = "site_code", gaveur_id, grade, repurchase_intent }
}

impl Exported for ExportedRating {
    const STATEMENT: Scoped = scoped!("consumer_feedbacks/list_between");
    type Key = i64;

    fn place(&self) -> Place<Self::Key> {
        Place {
            time: self.rating.time,
            key: self.rating.feedback_id,
        }
    }
}
