//! `GET /api/public/traceability/{qr}`: what the older page of traceability reads.

use super::{scan, sold};
use crate::{
    domain::{access::Policy, lot::Statut, quality::Grade},
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
    let path = "/api/public/traceability/{qr}";
    super::super::get(cfg, path, Policy::Consumer, trace);
}

#[derive(Debug, Serialize, ToSchema)]
struct TracedProduct {
    name: &'static str,
    category: &'static str,
    description: String,
    /// g, of the foie; `null` for a label of the lot.
    weight: Option<f64>,
    production_date: Date,
    product_code: String,
    certifications: [&'static str; 0],
}

#[derive(Debug, Serialize, ToSchema)]
struct TracedQuality {
    /// 0–100; `null` for a label of the lot.
    score: Option<i64>,
    /// `excellent` (A+, A), `good` (B) or `poor`; `null` for a label of the lot.
    grade: Option<&'static str>,
    analysis: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct TracedStep {
    id: usize,
    title: &'static str,
    description: String,
    /// `completed`, `in_progress` or `pending`.
    status: &'static str,
    date: Option<String>,
    location: &'static str,
}

/// Of the gaveur only where he works: his name is his own.
#[derive(Debug, Serialize, ToSchema)]
struct TracedGaveur {
    name: &'static str,
    farm_name: &'static str,
    address: &'static str,
    location: &'static str,
    performance_score: i64,
    certifications: [&'static str; 0],
    animals_count: Option<i32>,
}

/// Empty: there is no chain of blocks.
#[derive(Debug, Serialize, ToSchema)]
struct TracedBlock {
    transaction_hash: &'static str,
    block_number: i64,
    confirmations: i64,
    timestamp: Timestamp,
}

/// A product as the older page shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    id: String,
    product: TracedProduct,
    quality: TracedQuality,
    timeline: Vec<TracedStep>,
    gaveur: TracedGaveur,
    blockchain: TracedBlock,
    simule: bool,
}

/// What is known of a product, for the older page
#[utoipa::path(
    get,
    path = "/api/public/traceability/{qr}",
    tag = "consommateurs",
    params(("qr" = String, Path, description = "Code of the product, however it is typed")),
    responses(
        (status = 200, description = "The product and its lot", body = Trace),
        (status = 404, description = "No such product", body = ErrorBody),
        (status = 410, description = "The product was taken off the market", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn trace(
    request: HttpRequest,
    state: web::Data<ApiState>,
    reader: web::Data<Reader>,
    path: web::Path<String>,
) -> Result<web::Json<Trace>, ApiError> {
    let story = sold(&state, &reader, &request, &path).await?;
    Ok(web::Json(traced(&story)))
}

fn traced(story: &Story) -> Trace {
    let site = story.site;
    Trace {
        id: story.qr_code.clone(),
        product: TracedProduct {
            name: "Foie gras de canard",
            category: "Foie gras",
            description: format!("Lot {}, {}", story.code_lot, site.region()),
            weight: story.masse_g,
            production_date: story.produit_le,
            product_code: story.product_id.clone(),
            certifications: [],
        },
        quality: TracedQuality {
            score: story.score.map(|score| (100.0 * score).round() as i64),
            grade: story.grade.map(in_old_words),
            analysis: scan::analysis(story),
        },
        timeline: timeline(story),
        gaveur: TracedGaveur {
            name: "",
            farm_name: site.nom(),
            address: "",
            location: site.region(),
            performance_score: 0,
            certifications: [],
            animals_count: story.nb_canards_initial,
        },
        blockchain: TracedBlock {
            transaction_hash: "",
            block_number: 0,
            confirmations: 0,
            timestamp: story.cree_le,
        },
        simule: story.simule,
    }
}

fn in_old_words(grade: Grade) -> &'static str {
    match grade {
        Grade::APlus | Grade::A => "excellent",
        Grade::B => "good",
        Grade::C | Grade::Reject => "poor",
    }
}

fn timeline(story: &Story) -> Vec<TracedStep> {
    let has_ended = story.statut.has_ended();
    let status = |is_done: bool, is_begun: bool| match (is_done, is_begun) {
        (true, _) => "completed",
        (false, true) => "in_progress",
        (false, false) => "pending",
    };
    let control = story.controle_le.or(story.terminee_le);
    let is_controlled = story.terminee_le.is_some() || story.statut == Statut::Clos;
    let steps = [
        (
            "Gavage",
            format!("{} repas relevés", story.repas),
            status(has_ended, true),
            story.premier_releve.map(|time| time.to_string()),
        ),
        (
            "Abattage",
            String::new(),
            status(story.abattu_le.is_some(), false),
            story.abattu_le.map(|day| day.to_string()),
        ),
        (
            "Contrôle qualité",
            format!("{} foies contrôlés dans le lot", story.foies),
            status(is_controlled, control.is_some()),
            control.map(|time| time.to_string()),
        ),
        (
            "Étiquetage",
            String::new(),
            "completed",
            Some(story.cree_le.to_string()),
        ),
    ];
    let numbered = steps.into_iter().enumerate();
    let steps = numbered.map(|(place, (title, description, status, date))| TracedStep {
        id: place + 1,
        title,
        description,
        status,
        date,
        location: story.site.nom(),
    });
    steps.collect()
}
