//! `/api/control/pannes`: faults that are made on purpose between a simulator and its socket.

use super::{Panel, who};
use crate::{
    domain::{access::Policy, audit::Author},
    http::{
        body::Text,
        delete,
        error::{ApiError, ErrorBody},
        get_and_post,
    },
    protocol::panel::{self, FaultFrame},
};
use actix_web::{HttpResponse, web};
use serde_json::json;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let operate = Policy::Operate;
    get_and_post(
        cfg,
        "/api/control/pannes",
        (operate, list),
        (operate, start),
    );
    delete(cfg, "/api/control/pannes/{id}", operate, stop);
}

/// Make a fault
///
/// `type`: `coupure` (the connection is reset), `silence`, `hors_plage` (dose × 0.6, 29 °C, 200 g lighter), `invalide` (a damaged message
/// before each), `doublon` (`fois` 3, 2–10), `retard` (`retard_s` 5, 1–600), `desordre` (`parmi` 5, 2–20), `horloge` (`heures` 3, −2000–47;
/// `sans_zone` true), `correction` (`facteur` 0.6, 0.1–3), `rafale` (`par_seconde` 50, 1–100), `ecran_lent`, `base_absente` (30 s at most, in
/// a demo only). `cible`: `simulateur`, which runs, and of it one `code_lot` or one `device_id`; absent for the last two. `duree_s`: 1–3600.
/// The stations (`monitor`, `sqal`) can have `coupure`, `silence`, `invalide` and `doublon`. A fault ends with its simulator at the latest.
#[utoipa::path(
    post,
    path = "/api/control/pannes",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`id`: it is being made"),
        (status = 400, description = "A field of the body cannot be used; `detail` names it", body = ErrorBody),
        (status = 404, description = "What it is for does not run, or this server has no control panel", body = ErrorBody),
        (status = 409, description = "It is being made already, eight others are, or the database is not one that may be stopped", body = ErrorBody)
    )
)]
async fn start(panel: Panel, author: Author, body: Text) -> Result<HttpResponse, ApiError> {
    let fault = panel::fault(&body.0);
    let fault = fault.map_err(|problem| ApiError::BadParameter(problem.to_string()))?;
    let id = panel.make(fault, who(&author, &body.0)).await?;
    Ok(HttpResponse::Ok().json(json!({"id": id})))
}

/// Faults that are being made
#[utoipa::path(
    get,
    path = "/api/control/pannes",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`pannes`, each as it was asked for, with `id`, `depuis`, `jusqua`; `cibles`: what runs, by simulator"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn list(panel: Panel) -> HttpResponse {
    let report = panel.report();
    let faults: Vec<_> = report.faults.iter().map(FaultFrame::from).collect();
    HttpResponse::Ok().json(json!({"pannes": faults, "cibles": panel::targets(&report.targets)}))
}

/// End a fault
#[utoipa::path(
    delete,
    path = "/api/control/pannes/{id}",
    tag = "simulateurs",
    params(("id" = i64, Path, description = "As its start answered it")),
    responses(
        (status = 200, description = "It has ended; what it held back is sent"),
        (status = 400, description = "The id is no number", body = ErrorBody),
        (status = 404, description = "None has this number, or this server has no control panel", body = ErrorBody)
    )
)]
async fn stop(
    panel: Panel,
    id: web::Path<String>,
    author: Author,
    body: Text,
) -> Result<HttpResponse, ApiError> {
    let number = id.parse().map_err(|_| {
        ApiError::BadParameter(format!(
            "the id of a fault is a number, not {:?}",
            id.as_str()
        ))
    })?;
    panel.unmake(number, who(&author, &body.0)).await?;
    Ok(HttpResponse::Ok().json(json!({"success": true})))
}
