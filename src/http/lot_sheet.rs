//! `/api/lots/{lot}/fiche`: all that the page of a lot shows.

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    lots::{Lot, known_lot},
    pending_lots::LotQuality,
    recent_meals::Meal,
};
use crate::{
    domain::{
        access::Policy,
        corridor::{self, CorridorMeal, Peer},
        itm_class::ItmClass,
        masses::MassClass,
        quality::itm,
        rounding::one_decimal,
    },
    store::{
        lot_quality,
        lot_sheet::{self, MealVersion, SignedMeal},
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, "/api/lots/{lot}/fiche", Policy::Lots, fiche);
}

/// A lot with its meals, its peers and its livers.
#[derive(Debug, Serialize, ToSchema)]
struct Sheet {
    lot: Lot,
    /// Oldest first.
    repas: Vec<SheetMeal>,
    /// What was said of meals before they were corrected or deleted; of each meal the oldest first.
    versions: Vec<Version>,
    couloir: Corridor,
    qualite: LotQuality,
    /// Class of the ITM, `A` (best) to `E`; `null` without an ITM.
    #[schema(value_type = Option<String>)]
    itm_classe: Option<ItmClass>,
    /// Livers by mass; empty if none was weighed.
    masses: Vec<Mass>,
}

/// A meal, and who said it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SheetMeal {
    #[serde(flatten)]
    meal: Meal,
    /// `null` for a stream.
    auteur: Option<String>,
}

impl From<SignedMeal> for SheetMeal {
    fn from(signed: SignedMeal) -> Self {
        SheetMeal {
            meal: signed.meal.into(),
            auteur: signed.auteur,
        }
    }
}

/// What was said of a meal until something else was. `null` means not measured.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Version {
    jour: i32,
    moment: &'static str,
    dose_theorique: Option<f64>,
    dose_reelle: f64,
    poids_moyen: Option<f64>,
    nb_canards_vivants: Option<i32>,
    taux_mortalite: Option<f64>,
    temperature_stabule: Option<f64>,
    humidite_stabule: Option<f64>,
    /// `null` for a stream.
    auteur: Option<String>,
    /// `flux`, `saisie` or `import`.
    origine: String,
    dit_le: Timestamp,
    remplace_le: Timestamp,
    /// The meal was deleted, not corrected; by whom, and why.
    supprime: bool,
    supprime_par: Option<String>,
    motif: Option<String>,
}

impl From<MealVersion> for Version {
    fn from(version: MealVersion) -> Self {
        Version {
            jour: version.jour,
            moment: version.moment.as_str(),
            dose_theorique: version.dose_theorique,
            dose_reelle: version.dose_reelle,
            poids_moyen: version.poids_moyen,
            nb_canards_vivants: version.nb_canards_vivants,
            taux_mortalite: version.taux_mortalite,
            temperature_stabule: version.temperature_stabule,
            humidite_stabule: version.humidite_stabule,
            auteur: version.auteur,
            origine: version.origine,
            dit_le: version.dit_le,
            remplace_le: version.remplace_le,
            supprime: version.supprime,
            supprime_par: version.supprime_par,
            motif: version.motif,
        }
    }
}

/// What the peers of a lot were given: the 100 latest of the same genetics that ended within the year before its last meal, as far as the
/// caller sees them.
#[derive(Debug, Serialize, ToSchema)]
struct Corridor {
    /// Peers found; only those of the same site if they are enough.
    pairs: usize,
    /// All of them are of the site of the lot.
    du_site: bool,
    /// Peers that must have had a meal for its corridor.
    minimum: usize,
    /// The meals that enough peers had.
    repas: Vec<CorridorAt>,
}

impl From<Vec<Peer>> for Corridor {
    fn from(peers: Vec<Peer>) -> Self {
        let peers = corridor::closest(peers);
        let meals = corridor::corridor(&peers);
        Corridor {
            pairs: peers.len(),
            du_site: peers.iter().all(|peer| peer.is_of_the_site),
            minimum: corridor::FEWEST_PEERS,
            repas: meals.into_iter().map(CorridorAt::from).collect(),
        }
    }
}

/// Doses of the peers at one meal, g per duck, one decimal.
#[derive(Debug, Serialize, ToSchema)]
struct CorridorAt {
    jour: i32,
    moment: &'static str,
    /// Peers that had this meal.
    n: usize,
    p10: f64,
    p50: f64,
    p90: f64,
}

impl From<CorridorMeal> for CorridorAt {
    fn from(meal: CorridorMeal) -> Self {
        let (jour, moment) = meal.position;
        CorridorAt {
            jour,
            moment: moment.as_str(),
            n: meal.n,
            p10: one_decimal(meal.p10),
            p50: one_decimal(meal.p50),
            p90: one_decimal(meal.p90),
        }
    }
}

/// Livers of one class.
#[derive(Debug, Serialize, ToSchema)]
struct Mass {
    /// g; `null` for the lowest class, which is open.
    de_g: Option<f64>,
    /// Exclusive, g; `null` for the highest class, which is open.
    a_g: Option<f64>,
    n: i64,
}

impl From<MassClass> for Mass {
    fn from(class: MassClass) -> Self {
        Mass {
            de_g: class.from_g,
            a_g: class.to_g,
            n: class.livers,
        }
    }
}

/// Everything about a lot
///
/// Its state, its meals with their corrections and authors, what its peers were given at each meal, its livers.
#[utoipa::path(
    get,
    path = "/api/lots/{lot}/fiche",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "The lot in the state of its most advanced meal", body = Sheet),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
async fn fiche(view: View, path: web::Path<String>) -> Result<web::Json<Sheet>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let sheet = lot_sheet::get(&view, lot.id).await?;
    let quality = lot_quality::get(&view, lot.id).await?;
    let quality = quality.ok_or_else(|| ApiError::NotFound(format!("there is no lot {path:?}")))?;
    let itm = itm(quality.mais_g_par_canard, quality.masse_moyenne_g);
    Ok(web::Json(Sheet {
        lot: lot.into(),
        repas: sheet.meals.into_iter().map(SheetMeal::from).collect(),
        versions: sheet.versions.into_iter().map(Version::from).collect(),
        couloir: sheet.peers.into(),
        itm_classe: itm.map(ItmClass::of),
        qualite: quality.into(),
        masses: sheet.masses.into_iter().map(Mass::from).collect(),
    }))
}
