//! `/api/control/…`: the addresses of the older panel, which is opened from a file.

use super::{Panel, named, unreadable, who};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        panel::{Simulator, log},
    },
    http::{
        body::Text,
        error::{ApiError, ErrorBody},
        get, post,
    },
    protocol::panel::{self, PanelFrame},
    store::{
        lots::{self, LotFilter, StoredLot},
        view::View,
    },
};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Among how many of the newest lots the latest simulated one is looked for.
const NEWEST: i64 = 100;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let operate = Policy::Operate;
    post(cfg, "/api/control/stop-all", operate, stop_all);
    get(cfg, "/api/control/status", operate, status);
    get(cfg, "/api/control/sqal/logs", operate, sqal_logs);
    get(cfg, "/api/control/gavage/latest-lot", operate, latest_lot);
    post(cfg, "/api/control/sqal/ensure-lot", operate, ensure_lot);
    post(cfg, "/api/control/{simulateur}/start", operate, start);
    post(cfg, "/api/control/{simulateur}/stop", operate, stop);
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    success: bool,
    message: String,
}

impl Done {
    pub fn saying(message: String) -> web::Json<Self> {
        web::Json(Done {
            success: true,
            message,
        })
    }
}

/// A lot of the control panel.
#[derive(Serialize, ToSchema)]
struct PanelLot {
    code_lot: String,
    lot_id: i64,
}

impl From<StoredLot> for web::Json<PanelLot> {
    fn from(lot: StoredLot) -> Self {
        web::Json(PanelLot {
            code_lot: lot.code_lot,
            lot_id: lot.id,
        })
    }
}

/// Start a simulator
///
/// Of `gavage`: `nb_lots` (3, 1–20), `acceleration` (1440, 1–86400). Of `monitor`: `stations` (2, 1–10), `polling_interval` (60 s),
/// `samples_per_lot` (5, 1–50). Of `sqal`: `device_id`, `interval` (30 s), `nb_samples` (50), `lot_id`, if it waits. Of `consumer`:
/// `interval` (10 s), `num_feedbacks` (endless), `code_lot`, `profile` (`realistic`, `positive`, `negative`). What is absent or null has its
/// default; a body is not necessary. It ends after 24 hours.
#[utoipa::path(
    post,
    path = "/api/control/{simulateur}/start",
    tag = "simulateurs",
    params(("simulateur" = String, Path, description = "`gavage`, `monitor`, `sqal` or `consumer`")),
    responses(
        (status = 200, description = "It runs", body = Done),
        (status = 404, description = "No such simulator, or this server has no control panel", body = ErrorBody),
        (status = 409, description = "It runs already, or real data came within 24 hours", body = ErrorBody),
        (status = 422, description = "A field of the body cannot be used", body = ErrorBody)
    )
)]
pub(super) async fn start(
    panel: Panel,
    path: web::Path<String>,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    panel.begin(named(&path)?, &author, &body.0).await
}

/// Stop a simulator
///
/// Answered when it has ended and what it sent is acked.
#[utoipa::path(
    post,
    path = "/api/control/{simulateur}/stop",
    tag = "simulateurs",
    params(("simulateur" = String, Path, description = "`gavage`, `monitor`, `sqal` or `consumer`")),
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 404, description = "It does not run, or this server has no control panel", body = ErrorBody)
    )
)]
pub(super) async fn stop(
    panel: Panel,
    path: web::Path<String>,
    author: Author,
    body: Text,
) -> Result<web::Json<Done>, ApiError> {
    let simulator = named(&path)?;
    panel.stop(simulator, who(&author, &body.0)).await?;
    Ok(Done::saying(format!("{simulator} is stopped")))
}

/// Stop all simulators
#[utoipa::path(
    post,
    path = "/api/control/stop-all",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`stopped` lists those that ran"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
pub(super) async fn stop_all(
    panel: Panel,
    author: Author,
    body: Text,
) -> Result<HttpResponse, ApiError> {
    let stopped = panel.stop_all(who(&author, &body.0)).await?;
    let errors: [&str; 0] = [];
    Ok(HttpResponse::Ok().json(json!({"success": true, "stopped": stopped, "errors": errors})))
}

/// How all simulators are doing
///
/// As each frame of `/api/control/ws` says it.
#[utoipa::path(
    get,
    path = "/api/control/status",
    tag = "simulateurs",
    responses(
        (status = 200, description = "Each with its state and its counts"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn status(panel: Panel) -> HttpResponse {
    HttpResponse::Ok().json(PanelFrame::from(&*panel.report()))
}

/// Log of the single station
#[utoipa::path(
    get,
    path = "/api/control/sqal/logs",
    tag = "simulateurs",
    responses(
        (status = 200, description = "`logs`: at most 500 lines, oldest first"),
        (status = 404, description = "This server has no control panel", body = ErrorBody)
    )
)]
async fn sqal_logs(panel: Panel) -> Result<HttpResponse, ApiError> {
    let said = panel.follow(Simulator::Sqal, log::LINES).await?;
    let logs: Vec<_> = said.lines.iter().map(ToString::to_string).collect();
    Ok(HttpResponse::Ok().json(json!({"logs": logs})))
}

/// The newest simulated lot
#[utoipa::path(
    get,
    path = "/api/control/gavage/latest-lot",
    tag = "simulateurs",
    responses(
        (status = 200, description = "Its code and id", body = PanelLot),
        (status = 404, description = "No lot was simulated lately, or this server has no control panel", body = ErrorBody)
    )
)]
async fn latest_lot(_: Panel, view: View) -> Result<web::Json<PanelLot>, ApiError> {
    let newest = lots::list(&view, LotFilter::default(), NEWEST).await?;
    let simulated = newest.into_iter().find(|lot| lot.simule);
    let none = || ApiError::NotFound("no lot was simulated lately: start gavage".to_owned());
    Ok(simulated.ok_or_else(none)?.into())
}

/// Whether a lot is there
#[utoipa::path(
    post,
    path = "/api/control/sqal/ensure-lot",
    tag = "simulateurs",
    responses(
        (status = 200, description = "Its code and id", body = PanelLot),
        (status = 404, description = "There is none with this code; nothing is invented", body = ErrorBody)
    )
)]
async fn ensure_lot(_: Panel, view: View, body: Text) -> Result<web::Json<PanelLot>, ApiError> {
    let code = panel::field(&body.0, "code_lot").map_err(unreadable)?;
    let missing = || ApiError::BadBody("field `code_lot` is missing".to_owned());
    let code = code.ok_or_else(missing)?;
    let none = || ApiError::NotFound(format!("no lot is called {code}: start gavage"));
    let lot = lots::get(&view, &code).await?;
    Ok(lot.ok_or_else(none)?.into())
}
