//! The description of the API at `/api/openapi.json`, and its page at `/docs/`, which needs no internet.

use super::{
    alerts, compared_sites, dashboard, gaveurs, history, lots, pending_lots, recent_meals, sites,
    sqal, supervised_lots, weekly_report,
};
use actix_web::{HttpResponse, http::header::ContentType, web};
use std::sync::LazyLock;
use utoipa::{OpenApi, openapi::OpenApi as OpenApiDocument};
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
        lots::qualite,
        sites::list,
        sites::get,
        sites::stats,
        sites::lots_of_site,
        compared_sites::compare,
        dashboard::kpis,
        dashboard::production_chart,
        dashboard::itm_chart,
        gaveurs::performances,
        gaveurs::analytics,
        supervised_lots::list,
        supervised_lots::get,
        supervised_lots::doses,
        recent_meals::recent_meals,
        alerts::list_all,
        alerts::list_of_quality,
        alerts::list_of_gaveur,
        alerts::list_of_lot,
        alerts::dashboard,
        alerts::acknowledge,
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
    serde_json::to_string(&described())
        .expect("a description made of texts and numbers is always JSON")
});

fn described() -> OpenApiDocument {
    let mut description = ApiDescription::openapi();
    describe_again(&mut description, &alerts::ACKNOWLEDGE);
    name_operations(&mut description);
    description
}

/// Other addresses of what is described under one of them.
fn describe_again(description: &mut OpenApiDocument, addresses: &[&str]) {
    let paths = &mut description.paths.paths;
    let described = addresses.iter().find_map(|path| paths.get(*path)).cloned();
    let Some(item) = described else { return };
    for address in addresses {
        paths.insert((*address).to_owned(), item.clone());
    }
}

/// Names of operations must be unique, those of handlers are not.
fn name_operations(description: &mut OpenApiDocument) {
    for (path, item) in &mut description.paths.paths {
        for (method, operation) in [("get", &mut item.get), ("post", &mut item.post)] {
            if let Some(operation) = operation {
                operation.operation_id = Some(operation_name(method, path));
            }
        }
    }
}

fn operation_name(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    format!("{method}_{}", words.join("_"))
}

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
