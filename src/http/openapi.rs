//! The description of the API at `/api/openapi.json`, and its page at `/docs/`, which needs no internet.

use super::{alerts, euralis, history, lots, pending_lots, sqal, weekly_report};
use actix_web::{HttpResponse, http::header::ContentType, web};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

const JSON_PATH: &str = "/api/openapi.json";

/// REST of the gavage server. Readings also arrive and leave over WebSocket, which OpenAPI cannot describe.
#[derive(OpenApi)]
#[openapi(
    info(title = "gaveurs"),
    tags(
        (name = "gavage", description = "What a gaveur gave: history and weekly report"),
        (name = "lots", description = "Lots and their meals"),
        (name = "euralis", description = "Supervision of the three sites"),
        (name = "alertes", description = "Alerts, raised once and acknowledged once for all screens"),
        (name = "sqal", description = "Quality control: samples, stations, and the lots that wait")
    ),
    paths(
        history::gaveur_history,
        weekly_report::weekly,
        lots::list,
        lots::list_of_gaveur,
        lots::get,
        lots::historique,
        euralis::list_sites,
        euralis::recent_meals,
        alerts::list_all,
        alerts::list_of_quality,
        alerts::list_of_gaveur,
        alerts::list_of_lot,
        alerts::dashboard,
        alerts::acknowledge,
        alerts::acknowledge_of_gaveur,
        alerts::acknowledge_of_quality,
        sqal::overview,
        sqal::devices,
        sqal::samples,
        sqal::latest,
        sqal::grade_distribution,
        sqal::hourly,
        sqal::sites,
        pending_lots::list,
        pending_lots::aggregated,
        pending_lots::claim,
        pending_lots::finish
    )
)]
struct ApiDescription;

static JSON: LazyLock<String> = LazyLock::new(|| {
    serde_json::to_string(&ApiDescription::openapi())
        .expect("a description made of texts and numbers is always JSON")
});

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(cfg, JSON_PATH, description);
    // The badge of the stock page would ask a validator on the internet.
    let config = Config::from(JSON_PATH).validator_url("none");
    cfg.service(web::redirect("/docs", "/docs/"));
    cfg.service(SwaggerUi::new("/docs/{_:.*}").config(config));
}

async fn description() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(JSON.as_str())
}
