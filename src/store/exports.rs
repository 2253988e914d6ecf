//! Rows in the order of their times, a page after the other: an export holds no connection while its reader is slow, and no table in memory.

use super::{
    Params, StoreError,
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

const LIST_LOTS: Scoped = scoped!("lots_gavage/list_between");
const LIST_MEALS: Scoped = scoped!("gavage_data/list_between");
const LIST_SAMPLES: Scoped = scoped!("lot_foies/list_between");
const LIST_ALERTS: Scoped = scoped!("alertes/list_between");

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

/// The last row of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct After<Key> {
    pub time: Timestamp,
    pub key: Key,
}

/// A row that is exported.
pub trait Exported: Sized {
    /// What tells rows of the same time apart.
    type Key: Send;

    fn place(&self) -> After<Self::Key>;

    /// The rows behind a place; fewer than a page are the last ones.
    ///
    /// # Errors
    /// The database is unavailable, or refuses the statement.
    fn page(
        view: &View,
        filter: &ExportFilter,
        after: Option<&After<Self::Key>>,
    ) -> impl Future<Output = Result<Vec<Self>, StoreError>>;
}

/// Whether more rows may follow this page.
pub fn is_full<T>(page: &[T]) -> bool {
    page.len() as i64 == PAGE
}

async fn numbered<T: FromRow>(
    view: &View,
    statement: &Scoped,
    filter: &ExportFilter,
    after: Option<&After<i64>>,
) -> Result<Vec<T>, StoreError> {
    let (time, id) = (after.map(|last| last.time), after.map(|last| last.key));
    let params: Params<'_> = &[
        &filter.since,
        &filter.until,
        &filter.site,
        &filter.code_lot,
        &time,
        &id,
        &PAGE,
    ];
    view.query(statement, params).await
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
    type Key = i64;

    fn place(&self) -> After<i64> {
        After {
            time: self.dernier_releve,
            key: self.id,
        }
    }

    async fn page(
        view: &View,
        filter: &ExportFilter,
        after: Option<&After<i64>>,
    ) -> Result<Vec<Self>, StoreError> {
        numbered(view, &LIST_LOTS, filter, after).await
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
    type Key = i64;

    fn place(&self) -> After<i64> {
        After {
            time: self.time,
            key: self.id,
        }
    }

    async fn page(
        view: &View,
        filter: &ExportFilter,
        after: Option<&After<i64>>,
    ) -> Result<Vec<Self>, StoreError> {
        numbered(view, &LIST_MEALS, filter, after).await
    }
}

impl Exported for Alert {
    type Key = i64;

    fn place(&self) -> After<i64> {
        After {
            time: self.levee_le,
            key: self.id,
        }
    }

    async fn page(
        view: &View,
        filter: &ExportFilter,
        after: Option<&After<i64>>,
    ) -> Result<Vec<Self>, StoreError> {
        numbered(view, &LIST_ALERTS, filter, after).await
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
    /// Its id and its station.
    type Key = (String, String);

    fn place(&self) -> After<Self::Key> {
        After {
            time: self.time,
            key: (self.sample_id.clone(), self.device_id.clone()),
        }
    }

    async fn page(
        view: &View,
        filter: &ExportFilter,
        after: Option<&After<Self::Key>>,
    ) -> Result<Vec<Self>, StoreError> {
        let time = after.map(|last| last.time);
        let (sample, device) = (after.map(|last| &last.key.0), after.map(|last| &last.key.1));
        let params: Params<'_> = &[
            &filter.since,
            &filter.until,
            &filter.site,
            &filter.code_lot,
            &time,
            &sample,
            &device,
            &PAGE,
        ];
        view.query(&LIST_SAMPLES, params).await
    }
}
