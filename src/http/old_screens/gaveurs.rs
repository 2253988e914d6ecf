//! A gaveur as older screens know him: a card with his name and how many lots he has.

use crate::{
    domain::access::Policy,
    http::{
        error::{ApiError, ErrorBody, ReadFailure},
        gaveurs::known_gaveur,
        get, params,
        sites::known_site,
    },
    store::{
        gaveurs::{self, GaveurNow},
        lots::{self, LotCounts},
        view::View,
    },
};
use actix_web::web;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/euralis/gaveurs/{gaveur_id}";
    get(cfg, path, Policy::Supervision, of_supervision);
    get(cfg, "/api/gaveurs/{gaveur_id}", Policy::Gaveur, of_farmer);
    let path = "/api/euralis/sites/{code}/gaveurs";
    get(cfg, path, Policy::Sites, of_site);
}

/// A gaveur as older screens know him. Only his name, his site and his lots are known here.
#[derive(Debug, Serialize, ToSchema)]
struct GaveurCard {
    id: i32,
    nom: String,
    prenom: Option<String>,
    email: Option<String>,
    telephone: Option<String>,
    site_code: &'static str,
    /// = `site_code`.
    site_origine: &'static str,
    /// He feeds a lot.
    actif: bool,
    created_at: Option<Timestamp>,
    nb_lots: i64,
    /// = `nb_lots`.
    nb_lots_total: i64,
    nb_lots_actifs: i64,
    nb_lots_termines: i64,
}

impl GaveurCard {
    fn new(gaveur: GaveurNow, lots: LotCounts) -> Self {
        GaveurCard {
            id: gaveur.gaveur_id,
            nom: gaveur.nom,
            prenom: None,
            email: None,
            telephone: None,
            site_origine: gaveur.site.as_str(),
            site_code: gaveur.site.as_str(),
            actif: gaveur.fed.lots_en_cours > 0,
            created_at: None,
            nb_lots: lots.lots,
            nb_lots_total: lots.lots,
            nb_lots_actifs: gaveur.fed.lots_en_cours,
            nb_lots_termines: lots.lots_termines,
        }
    }
}

/// A gaveur
#[utoipa::path(
    get,
    path = "/api/euralis/gaveurs/{gaveur_id}",
    tag = "euralis",
    params(("gaveur_id" = i32, Path, minimum = 0)),
    responses(
        (status = 200, description = "His name and how many lots he has", body = GaveurCard),
        (status = 404, description = "No such gaveur", body = ErrorBody),
        ReadFailure
    )
)]
async fn of_supervision(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<GaveurCard>, ApiError> {
    card(&view, &path).await
}

async fn card(view: &View, gaveur_id: &str) -> Result<web::Json<GaveurCard>, ApiError> {
    let gaveur = known_gaveur(view, params::gaveur_id(gaveur_id)?).await?;
    let counts = lots::count_by_gaveur(view, Some(gaveur.gaveur_id)).await?;
    let lots = counts.get(&gaveur.gaveur_id).copied().unwrap_or_default();
    Ok(web::Json(GaveurCard::new(gaveur, lots)))
}

/// A gaveur, for older screens of the farmers
#[utoipa::path(
    get,
    path = "/api/gaveurs/{gaveur_id}",
    tag = "gavage",
    params(("gaveur_id" = i32, Path, minimum = 0)),
    responses(
        (status = 200, description = "His name and how many lots he has", body = GaveurCard),
        (status = 404, description = "No such gaveur", body = ErrorBody),
        ReadFailure
    )
)]
async fn of_farmer(view: View, path: web::Path<String>) -> Result<web::Json<GaveurCard>, ApiError> {
    card(&view, &path).await
}

/// Gaveurs of a site
///
/// Those who feed a lot.
#[utoipa::path(
    get,
    path = "/api/euralis/sites/{code}/gaveurs",
    tag = "euralis",
    params(("code" = String, Path, description = "`LL`, `LS` or `MT`", example = "LL")),
    responses(
        (status = 200, description = "By id", body = Vec<GaveurCard>),
        (status = 404, description = "No such site", body = ErrorBody),
        ReadFailure
    )
)]
async fn of_site(
    view: View,
    path: web::Path<String>,
) -> Result<web::Json<Vec<GaveurCard>>, ApiError> {
    let site = known_site(&path)?;
    let counts = lots::count_by_gaveur(&view, None).await?;
    let gaveurs = gaveurs::list(&view, None).await?.into_iter();
    let own = gaveurs.filter(|one| one.site == site && one.fed.lots_en_cours > 0);
    let cards = own.map(|gaveur| {
        let lots = counts.get(&gaveur.gaveur_id).copied().unwrap_or_default();
        GaveurCard::new(gaveur, lots)
    });
    Ok(web::Json(cards.collect()))
}
