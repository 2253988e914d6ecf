//! `GET /api/consumer/scan/{qr}`: what older clients read of a product.

use super::sold;
use crate::{
    domain::{
        access::Policy,
        control::Stage,
        quality::{Grade, itm},
        rounding::two_decimals,
    },
    http::{
        error::{ApiError, ErrorBody, ReadFailure},
        state::ApiState,
    },
    store::{stories::Story, view::Reader},
};
use actix_web::{HttpRequest, web};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::super::get(cfg, "/api/consumer/scan/{qr}", Policy::Consumer, scan);
}

/// A product and its lot. `null` is not known; nothing is made up.
#[derive(Debug, Serialize, ToSchema)]
struct Traceability {
    product_id: String,
    lot_code: String,
    qr_code: String,
    site_code: &'static str,
    site_name: &'static str,
    region: &'static str,
    /// Of the slaughter, or of the last meal.
    production_date: Date,
    quality_control_date: Option<Timestamp>,
    packaging_date: Timestamp,
    best_before_date: Option<Date>,
    /// 0–1; `null` for a label of the lot.
    sqal_quality_score: Option<f64>,
    sqal_grade: Option<&'static str>,
    /// `null` while the control of the lot goes on.
    sqal_compliance: Option<bool>,
    gavage_duration_days: Option<i32>,
    /// g of maize for each g of liver, of the lot.
    average_itm: Option<f64>,
    /// Always empty: none is stored.
    certifications: [&'static str; 0],
    production_method: &'static str,
    /// Always `null`: not measured.
    carbon_footprint_kg: Option<f64>,
    /// Always `null`: not measured.
    animal_welfare_score: Option<f64>,
    /// Always `null`: there is no chain of blocks.
    blockchain_hash: Option<String>,
    blockchain_verified: bool,
}

/// A scanned product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scan {
    success: bool,
    traceability: Traceability,
    /// From this address, within 30 days.
    already_reviewed: bool,
    /// Of the lot; `null` below five ratings.
    average_rating: Option<f64>,
    /// Ratings of the lot.
    total_reviews: i64,
    simule: bool,
}

impl From<Story> for Scan {
    fn from(story: Story) -> Self {
        Scan {
            success: true,
            already_reviewed: story.note_jusqua.is_some(),
            average_rating: story.mean().map(two_decimals),
            total_reviews: story.avis,
            simule: story.simule,
            traceability: Traceability::from(story),
        }
    }
}

impl From<Story> for Traceability {
    fn from(story: Story) -> Self {
        let itm = itm(story.mais_g_par_canard, story.masse_moyenne_g);
        Traceability {
            sqal_compliance: complies(&story),
            product_id: story.product_id,
            lot_code: story.code_lot,
            qr_code: story.qr_code,
            site_code: story.site.as_str(),
            site_name: story.site.nom(),
            region: story.site.region(),
            production_date: story.produit_le,
            quality_control_date: story.controle_le.or(story.terminee_le),
            packaging_date: story.cree_le,
            best_before_date: story.date_limite,
            sqal_quality_score: story.score,
            sqal_grade: story.grade.map(Grade::as_str),
            gavage_duration_days: story.jours,
            average_itm: itm.map(two_decimals),
            certifications: [],
            production_method: "gavage",
            carbon_footprint_kg: None,
            animal_welfare_score: None,
            blockchain_hash: None,
            blockchain_verified: false,
        }
    }
}

/// A foie by its own grade; a label of the lot by the end of the lot's control.
fn complies(story: &Story) -> Option<bool> {
    match (story.grade, story.controle) {
        (Some(grade), _) => Some(grade != Grade::Reject),
        (None, Some(Stage::Inspected)) => Some(true),
        (None, Some(Stage::Rejected)) => Some(false),
        (None, _) => None,
    }
}

/// What is known of a product
///
/// For the holder of its code.
#[utoipa::path(
    get,
    path = "/api/consumer/scan/{qr}",
    tag = "consommateurs",
    params(("qr" = String, Path, description = "Code of the product, however it is typed")),
    responses(
        (status = 200, description = "The product and its lot", body = Scan),
        (status = 404, description = "No such product", body = ErrorBody),
        (status = 410, description = "The product was taken off the market", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn scan(
    request: HttpRequest,
    state: web::Data<ApiState>,
    reader: web::Data<Reader>,
    path: web::Path<String>,
) -> Result<web::Json<Scan>, ApiError> {
    let story = sold(&state, &reader, &request, &path).await?;
    Ok(web::Json(story.into()))
}

/// What quality control says, in words.
pub(super) fn analysis(story: &Story) -> String {
    match (story.grade, story.share_a_b()) {
        (Some(grade), _) => format!("Foie contrôlé : grade {grade}"),
        (None, Some(share)) => format!(
            "Contrôle par échantillonnage : {} foies, A+/A/B {:.0} %",
            story.foies,
            100.0 * share
        ),
        (None, None) => "Contrôle par échantillonnage : aucun foie n’est enregistré".to_owned(),
    }
}
