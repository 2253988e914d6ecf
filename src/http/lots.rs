//! `/api/lots`: lots and their meals.

use super::{
    deletions,
    error::{ApiError, ReadFailure},
    old_screens::{
        Beside,
        lots::{self as old_lots, OldAndNewLot, OldDay},
        quality::{OldGrades, OldLotQuality},
    },
    params,
    pending_lots::LotQuality,
    planned_lots,
    recent_meals::Meal,
    saisies,
    state::ApiState,
};
use crate::{
    domain::{access::Policy, lot::Statut, moment::Moment},
    store::{
        lot_quality, lot_samples,
        lots::{self, LotFilter, StoredLot},
        meals,
        view::View,
    },
};
use actix_web::web;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Limits the answer; at 9 to 14 days per lot this is decades of one building.
const LOTS_OF_A_GAVEUR: i64 = 1_000;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get_and_post(
        cfg,
        "/api/lots",
        (Policy::Lots, list),
        (Policy::Supervision, planned_lots::plan),
    );
    super::get(
        cfg,
        "/api/lots/gaveur/{gaveur_id}",
        Policy::Gaveur,
        list_of_gaveur,
    );
    super::get(cfg, "/api/lots/{lot}", Policy::Lots, get);
    super::get_and_post(
        cfg,
        "/api/lots/{lot}/repas",
        (Policy::Lots, repas),
        (Policy::Meals, saisies::enter),
    );
    let path = "/api/lots/{lot}/repas/{jour}/{moment}";
    super::delete(cfg, path, Policy::Supervision, deletions::delete);
    super::get(cfg, "/api/lots/{lot}/historique", Policy::Lots, historique);
    super::get(cfg, "/api/lots/{lot}/qualite", Policy::Lots, qualite);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only lots in this state. The supervision screens' `en_cours` means `en_gavage`; `termine` means every lot whose feeding has ended.
    statut: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
    /// How many of the newest to skip.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 1000000, default = 0)]
    offset: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GaveurQuery {
    /// Only lots in this state. The supervision screens' `en_cours` means `en_gavage`; `termine` means every lot whose feeding has ended.
    statut: Option<String>,
}

/// A lot in the state after its most advanced meal. `null` means not measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lot {
    id: i64,
    code_lot: String,
    gaveur_id: i32,
    gaveur_nom: String,
    site_code: &'static str,
    genetique: String,
    /// Calendar day of the first day of feeding, in the configured zone; before the first meal the planned one.
    debut_lot: Date,
    /// Planned first and last day of feeding; `null` for a lot that nobody planned.
    debut_prevu: Option<Date>,
    fin_prevue: Option<Date>,
    /// Ducks at the start of feeding.
    nb_canards_initial: Option<i32>,
    /// Live ducks, as last counted.
    nb_canards_actuel: Option<i32>,
    /// Day of the lot: −1 is preparation, 0 the first feeding day. `null` before the first meal.
    jour_actuel: Option<i32>,
    /// `matin` or `soir`; `null` before the first meal.
    moment_actuel: Option<&'static str>,
    /// Mean weight as last weighed, g.
    poids_moyen_actuel: Option<f64>,
    /// Cumulated, %.
    taux_mortalite: Option<f64>,
    /// The lot is finished and goes to quality control.
    pret_abattage: bool,
    /// `planifie`, `en_preparation`, `en_gavage`, `pret_abattage`, `abattu`, `controle_qualite`, `clos` or `annule`.
    statut: &'static str,
    /// Its readings come from a simulator.
    simule: bool,
    /// Time of the latest reading; `null` before the first.
    dernier_releve: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<StoredLot> for Lot {
    fn from(lot: StoredLot) -> Self {
        Lot {
            id: lot.id,
            code_lot: lot.code_lot,
            gaveur_id: lot.gaveur_id,
            gaveur_nom: lot.gaveur_nom,
            site_code: lot.site.as_str(),
            genetique: lot.genetique,
            debut_lot: lot.debut_lot,
            debut_prevu: lot.debut_prevu,
            fin_prevue: lot.fin_prevue,
            nb_canards_initial: lot.nb_canards_initial,
            nb_canards_actuel: lot.nb_canards_actuel,
            jour_actuel: lot.jour_actuel,
            moment_actuel: lot.moment_actuel.map(Moment::as_str),
            poids_moyen_actuel: lot.poids_moyen_actuel,
            taux_mortalite: lot.taux_mortalite,
            pret_abattage: lot.pret_abattage,
            statut: lot.statut.as_str(),
            simule: lot.simule,
            dernier_releve: lot.dernier_releve,
            created_at: lot.created_at,
            updated_at: lot.updated_at,
        }
    }
}

impl Lot {
    /// With the state in supervision's word.
    pub fn supervised(self) -> Self {
        let statut = match self.statut {
            word if word == Statut::EnGavage.as_str() => "en_cours",
            word => word,
        };
        Lot { statut, ..self }
    }
}

/// Lots
///
/// The newest lot first.
#[utoipa::path(
    get,
    path = "/api/lots/",
    tag = "lots",
    params(ListQuery),
    responses((status = 200, description = "Newest lot first", body = Vec<OldAndNewLot>), ReadFailure)
)]
async fn list(
    view: View,
    query: web::Query<ListQuery>,
) -> Result<web::Json<Vec<OldAndNewLot>>, ApiError> {
    let filter = LotFilter {
        statuts: params::statut(query.statut.as_deref())?,
        offset: params::offset(query.offset.as_deref())?,
        ..LotFilter::default()
    };
    let limit = params::limit(query.limit.as_deref(), 100, 1..=1000)?;
    let lots = lots::list(&view, filter, limit).await?;
    Ok(web::Json(old_lots::beside(&view, lots).await?))
}

/// Lots of a gaveur
///
/// The 1,000 newest ones at most; `[]` for an unknown gaveur.
#[utoipa::path(
    get,
    path = "/api/lots/gaveur/{gaveur_id}",
    tag = "lots",
    params(("gaveur_id" = i32, Path, minimum = 0), GaveurQuery),
    responses((status = 200, description = "Newest lot first", body = Vec<OldAndNewLot>), ReadFailure)
)]
async fn list_of_gaveur(
    view: View,
    path: web::Path<String>,
    query: web::Query<GaveurQuery>,
) -> Result<web::Json<Vec<OldAndNewLot>>, ApiError> {
    let filter = LotFilter {
        statuts: params::statut(query.statut.as_deref())?,
        gaveur_id: Some(params::gaveur_id(&path)?),
        ..LotFilter::default()
    };
    let lots = lots::list(&view, filter, LOTS_OF_A_GAVEUR).await?;
    Ok(web::Json(old_lots::beside(&view, lots).await?))
}

/// One lot
#[utoipa::path(
    get,
    path = "/api/lots/{lot}",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "The lot in the state of its most advanced meal", body = OldAndNewLot),
        (status = 404, description = "No such lot", body = super::error::ErrorBody),
        ReadFailure
    )
)]
async fn get(view: View, path: web::Path<String>) -> Result<web::Json<OldAndNewLot>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    Ok(web::Json(old_lots::beside_one(&view, lot).await?))
}

/// Meals of a lot
///
/// Every stored meal, oldest first (by `jour`, then `moment`).
#[utoipa::path(
    get,
    path = "/api/lots/{lot}/repas",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Oldest meal first", body = Vec<Meal>),
        (status = 404, description = "No such lot", body = super::error::ErrorBody),
        ReadFailure
    )
)]
async fn repas(view: View, path: web::Path<String>) -> Result<web::Json<Vec<Meal>>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let meals = meals::list_by_lot(&view, lot.id).await?;
    Ok(web::Json(meals.into_iter().map(Meal::from).collect()))
}

/// Days of a lot
///
/// Both meals of each day together, as older screens read them; meal by meal they are under `repas`.
#[utoipa::path(
    get,
    path = "/api/lots/{lot}/historique",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "First day first", body = Vec<OldDay>),
        (status = 404, description = "No such lot", body = super::error::ErrorBody),
        ReadFailure
    )
)]
async fn historique(
    view: View,
    state: web::Data<ApiState>,
    path: web::Path<String>,
) -> Result<web::Json<Vec<OldDay>>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let meals = meals::list_by_lot(&view, lot.id).await?;
    Ok(web::Json(old_lots::days(&lot, &meals, &state.zone)))
}

/// A lot in quality control, in our words and in those of older screens.
type QualityAnswer = Beside<LotQuality<OldGrades>, OldLotQuality>;

/// Quality of a lot
///
/// Its state in the queue of quality control and the figures of its samples; zeros and `null` before it is inspected.
#[utoipa::path(
    get,
    path = "/api/lots/{lot}/qualite",
    tag = "lots",
    params(("lot" = String, Path, description = "`code_lot`, or the numeric `id`", example = "LL4801665")),
    responses(
        (status = 200, description = "Figures of its samples so far", body = QualityAnswer),
        (status = 404, description = "No such lot", body = super::error::ErrorBody),
        ReadFailure
    )
)]
async fn qualite(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<QualityAnswer>, ApiError> {
    let lot = known_lot(&view, &path).await?;
    let quality = lot_quality::get(&view, lot.id).await?;
    let quality = quality.ok_or_else(|| unknown(&path))?;
    let samples = lot_samples::of_lots(&view, &[lot.id]).await?;
    let samples = samples.get(&lot.id).cloned().unwrap_or_default();
    Ok(web::Json(Beside {
        old: OldLotQuality::new(&quality, &samples),
        ours: quality.into(),
    }))
}

fn unknown(code_or_id: &str) -> ApiError {
    ApiError::NotFound(format!("there is no lot {code_or_id:?}"))
}

/// The lot with this code, otherwise the one with this id.
///
/// # Errors
/// There is no such lot, or no answer of the database.
pub async fn known_lot(view: &View, code_or_id: &str) -> Result<StoredLot, ApiError> {
    let unknown = || unknown(code_or_id);
    let named = params::text("lot", Some(code_or_id))?.ok_or_else(unknown)?;
    let lot = lots::get(view, &named).await?;
    lot.ok_or_else(unknown)
}
