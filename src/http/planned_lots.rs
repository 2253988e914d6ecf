//! Lots that are planned before their first meal, and who can feed how many.

use super::{
    body::Text,
    caller::Caller,
    error::{ApiError, ReadFailure},
    lots::known_lot,
    old_screens::lots::{self as old_lots, OldAndNewLot},
    params,
    saisies::{self, NotChanged},
    state::{ApiState, Commands},
};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        lot_plan::{DAYS, LotPlan, USUAL_DAYS, last_day},
    },
    protocol::lot,
    store::{
        planned_lots::{self, Capacity},
        view::View,
    },
};
use actix_web::{HttpResponse, web};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/euralis/lots/planifier";
    super::post(cfg, path, Policy::Supervision, plan);
    let path = "/api/euralis/planning/gaveurs-capacite";
    super::get(cfg, path, Policy::Supervision, capacities);
}

/// A lot to plan. Each name in parentheses says the same.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct LotToPlan {
    /// The letters of a site and seven digits. Without it a free one is proposed from the planned end.
    code_lot: Option<String>,
    /// `LL`, `LS` or `MT` (`site_origine`: Bretagne, Pays de Loire, Maubourguet).
    site_code: String,
    /// A gaveur of the site.
    gaveur_id: i32,
    genetique: String,
    souche: Option<String>,
    /// Ducks (`nb_canards_initial`).
    #[schema(minimum = 1, maximum = 10000)]
    nombre_canards: i32,
    /// First day of feeding (`debut_lot`).
    date_debut_gavage: String,
    /// Last day of feeding; `duree_gavage_prevue`, 7–16 days, instead says how long it takes.
    date_fin_gavage_prevue: Option<String>,
    duree_gavage_prevue: Option<i32>,
    /// Mean, g.
    poids_moyen_initial: Option<f64>,
    /// Maize that a duck is to get, g: a curve is proposed for it.
    objectif_quantite_mais: Option<f64>,
    /// Who plans it, where nobody proves who he is.
    par: Option<String>,
}

/// Plan a lot
///
/// It begins to be fed with its first meal, whoever tells of it. A gaveur can have three lots at a time, unless the server is set otherwise.
#[utoipa::path(
    post,
    path = "/api/lots/",
    tag = "lots",
    request_body = LotToPlan,
    responses((status = 201, description = "The lot", body = OldAndNewLot), NotChanged)
)]
pub async fn plan(
    view: View,
    caller: Caller,
    state: web::Data<ApiState>,
    commands: web::Data<Commands>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let plan = match lot::plan(&body.0) {
        Ok(plan) => plan,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let plan = LotPlan {
        par: saisies::name(plan.par, &author),
        simule: caller.writing.is_simulated,
        ..plan
    };
    if !caller.scope.sees_site(plan.site) {
        return Err(ApiError::Forbidden(format!("of the site {}", plan.site)));
    }
    let today = Timestamp::now().to_zoned(state.zone.clone()).date();
    if let Err(refus) = plan.check(today) {
        return Ok(saisies::refused(refus));
    }
    match commands.plan_lot(plan, state.most_lots, author).await? {
        Ok(id) => {
            let lot = known_lot(&view, &id.to_string()).await?;
            Ok(HttpResponse::Created().json(old_lots::beside_one(&view, lot).await?))
        }
        Err(refus) => Ok(saisies::refused(refus)),
    }
}

/// The same under the older address.
#[utoipa::path(
    post,
    path = "/api/euralis/lots/planifier",
    tag = "euralis",
    request_body = LotToPlan,
    responses((status = 201, description = "The lot", body = OldAndNewLot), NotChanged)
)]
#[allow(dead_code, reason = "describes a second address of `plan`")]
fn plan_of_supervision() {}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CapacityQuery {
    /// First day of the feeding that is to be planned; today if it is left out.
    #[param(value_type = Option<String>, example = "2026-11-29")]
    start_date: Option<String>,
    #[param(value_type = Option<i64>, minimum = 7, maximum = 16, default = 10)]
    duree_jours: Option<String>,
    /// Days before and behind it that are to be free too.
    #[param(value_type = Option<i64>, minimum = 0, maximum = 60, default = 0)]
    buffer_jours: Option<String>,
    #[param(value_type = Option<String>, example = "LL")]
    site: Option<String>,
}

/// What a gaveur feeds in that time.
#[derive(Debug, Serialize, ToSchema)]
struct GaveurCapacity {
    gaveur_id: i32,
    nom: String,
    /// Not known.
    prenom: Option<String>,
    site_code: &'static str,
    /// Lots that are fed, or are to be fed, then.
    active_lots_count: i64,
    can_plan_new_lot: bool,
}

/// Lots of each gaveur in a time
#[utoipa::path(
    get,
    path = "/api/euralis/planning/gaveurs-capacite",
    tag = "euralis",
    params(CapacityQuery),
    responses((status = 200, description = "By number of the gaveur", body = Vec<GaveurCapacity>), ReadFailure)
)]
async fn capacities(
    view: View,
    state: web::Data<ApiState>,
    query: web::Query<CapacityQuery>,
) -> Result<web::Json<Vec<GaveurCapacity>>, ApiError> {
    let today = || Timestamp::now().to_zoned(state.zone.clone()).date();
    let first = params::day("start_date", query.start_date.as_deref())?.unwrap_or_else(today);
    let days = i64::from(*DAYS.start())..=i64::from(*DAYS.end());
    let days = params::count(
        "duree_jours",
        query.duree_jours.as_deref(),
        i64::from(USUAL_DAYS),
        days,
    )?;
    let buffer = params::count("buffer_jours", query.buffer_jours.as_deref(), 0, 0..=60)?;
    let last = last_day(first, i32::try_from(days).unwrap_or(USUAL_DAYS));
    let around = (
        first.saturating_sub(buffer.days()),
        last.saturating_add(buffer.days()),
    );
    let site = params::site(query.site.as_deref())?;
    let capacities = planned_lots::capacity(&view, around, site).await?;
    let shown = capacities
        .into_iter()
        .map(|capacity: Capacity| GaveurCapacity {
            gaveur_id: capacity.gaveur_id,
            nom: capacity.nom,
            prenom: None,
            site_code: capacity.site.as_str(),
            active_lots_count: capacity.lots,
            can_plan_new_lot: capacity.lots < state.most_lots,
        });
    Ok(web::Json(shown.collect()))
}
