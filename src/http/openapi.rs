//! The API description at `/api/openapi.json`, and its page at `/docs/`, which works without internet access.

use super::{
    acknowledgements, alerts, compared_sites,
    consumer::{correlations, feedback, labels, producer, products, scan, stats, traceability},
    courbes, dashboard, deletions, entry_sheet, etapes, exports, gaveurs, history, lot_sheet, lots,
    old_screens::{
        ALIASES, advice, corrections, curves, entry, forecasts, gaveurs as old_gaveurs, planned,
        stations,
    },
    panel, pending_lots, pilotage, planned_lots, recent_meals, recommandations, saisies, sites,
    sqal, station, status, supervised_lots, weekly_report,
};
use crate::domain::access::Policy;
use actix_web::{HttpResponse, http::header::ContentType, middleware::from_fn, web};
use std::{collections::HashMap, sync::LazyLock};
use utoipa::{
    OpenApi,
    openapi::{
        Deprecated, OpenApi as OpenApiDocument, RefOr,
        path::{Operation, Parameter, ParameterIn},
    },
};
use utoipa_swagger_ui::{Config, SwaggerUi};

const JSON_PATH: &str = "/api/openapi.json";

/// REST of the gavage server. Readings also arrive and leave over WebSocket, which OpenAPI cannot describe.
#[derive(OpenApi)]
#[openapi(
    info(title = "gaveurs"),
    tags(
        (name = "gavage", description = "What a gaveur gave: history and weekly report"),
        (name = "lots", description = "Lots and their meals"),
        (name = "recommandations", description = "Advice to farmers after a lot"),
        (name = "courbes", description = "Feeding curves, for older screens of the farmers"),
        (name = "euralis", description = "Supervision of the three sites"),
        (name = "alertes", description = "Alerts, raised once and acknowledged once for all screens"),
        (name = "exports", description = "Tables as CSV, for a French Excel or for programs"),
        (name = "sqal", description = "Quality control: samples, stations, and the lots that wait"),
        (name = "consommateurs", description = "Products, their labels, and what consumers say of them"),
        (name = "exploitation", description = "Whether the server works"),
        (name = "simulateurs", description = "The simulators inside a server with a control panel, for its admins")
    ),
    paths(
        history::gaveur_history,
        weekly_report::weekly,
        lots::list,
        lots::list_of_gaveur,
        planned_lots::plan,
        planned_lots::plan_of_supervision,
        planned_lots::capacities,
        lots::get,
        lots::repas,
        saisies::enter,
        deletions::delete,
        entry_sheet::of_gaveur,
        etapes::events,
        etapes::change,
        etapes::slaughter,
        recommandations::list,
        recommandations::outcome,
        recommandations::one,
        recommandations::validate,
        recommandations::reject,
        recommandations::read,
        recommandations::answer,
        courbes::of_lot,
        courbes::propose,
        courbes::approve,
        courbes::reject,
        planned::decide,
        entry::enter_day,
        entry::enter_dose,
        lots::historique,
        lots::qualite,
        lot_sheet::fiche,
        sites::list,
        sites::get,
        sites::stats,
        sites::lots_of_site,
        compared_sites::compare,
        pilotage::figures,
        exports::export,
        exports::of_ends,
        exports::of_gaveurs,
        products::list,
        products::label,
        products::latest,
        products::recall,
        labels::image,
        labels::table,
        scan::scan,
        feedback::rate,
        feedback::erase,
        feedback::list,
        traceability::trace,
        stats::by_group,
        producer::of_product,
        producer::of_lot,
        producer::of_site,
        producer::comments,
        correlations::correlations,
        dashboard::kpis,
        dashboard::production_chart,
        dashboard::itm_chart,
        gaveurs::performances,
        gaveurs::analytics,
        old_gaveurs::of_supervision,
        old_gaveurs::of_farmer,
        old_gaveurs::of_site,
        planned::planned,
        curves::given,
        curves::overview,
        curves::ahead,
        corrections::of_gaveur,
        corrections::answer,
        advice::suggestion,
        advice::recommendations,
        forecasts::forecasts,
        forecasts::anomalies,
        forecasts::optimization,
        forecasts::correlations,
        forecasts::clusters,
        supervised_lots::list,
        supervised_lots::get,
        supervised_lots::doses,
        recent_meals::recent_meals,
        alerts::list_all,
        alerts::list_of_supervision,
        alerts::list_of_quality,
        alerts::list_of_gaveur,
        alerts::list_of_lot,
        alerts::dashboard,
        acknowledgements::acknowledge,
        acknowledgements::withdraw,
        sqal::overview,
        sqal::stations,
        station::station,
        stations::devices,
        stations::device,
        stations::health,
        stations::count,
        sqal::samples,
        status::status,
        sqal::latest,
        sqal::grade_distribution,
        sqal::hourly,
        sqal::sites,
        pending_lots::list,
        pending_lots::inspected,
        pending_lots::aggregated,
        pending_lots::integration,
        pending_lots::claim,
        pending_lots::finish,
        panel::older::start,
        panel::older::stop,
        panel::older::stop_all,
        panel::older::status,
        panel::older::sqal_logs,
        panel::older::latest_lot,
        panel::older::ensure_lot,
        panel::pannes::start,
        panel::pannes::list,
        panel::pannes::stop,
        panel::devices::panel_health,
        panel::devices::stats,
        panel::devices::list,
        panel::devices::status,
        panel::devices::logs,
        panel::devices::start_station,
        panel::devices::stop_station,
        panel::devices::stop_all,
        panel::devices::start_chain,
        panel::devices::start_scenario,
        panel::devices::stop_chain,
        panel::devices::chain,
        panel::devices::start,
        panel::devices::stop,
        panel::devices::status_of
    )
)]
struct ApiDescription;

static JSON: LazyLock<String> = LazyLock::new(|| {
    serde_json::to_string(&*DESCRIBED)
        .expect("a description made of texts and numbers is always JSON")
});

static DESCRIBED: LazyLock<OpenApiDocument> = LazyLock::new(described);

/// The query parameters of each GET, without the words of older screens.
static QUERIES: LazyLock<HashMap<&str, Vec<String>>> = LazyLock::new(|| {
    let paths = DESCRIBED.paths.paths.iter();
    let known = paths.filter_map(|(path, item)| {
        let parameters = queries_of(item.get.as_ref()?).filter(|one| one.deprecated.is_none());
        let names = parameters.map(|one| one.name.clone()).collect();
        Some((path.trim_end_matches('/'), names))
    });
    known.collect()
});

/// The query parameters of a GET; `None` for paths that serve no data, which ignore them.
pub fn query_parameters(path: &str) -> Option<&'static [String]> {
    let known = QUERIES.get(path.trim_end_matches('/'));
    let known = known.map_or(&[][..], Vec::as_slice);
    path.starts_with("/api/").then_some(known)
}

/// Whether the path of a request is a GET's address as it stands in the description, without parameters.
pub fn is_address(path: &str) -> bool {
    QUERIES.contains_key(path.trim_end_matches('/'))
}

fn queries_of(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    let all = operation.parameters.iter().flatten();
    all.filter_map(|one| match one {
        RefOr::T(one) if one.parameter_in == ParameterIn::Query => Some(one),
        _ => None,
    })
}

fn described() -> OpenApiDocument {
    let mut description = ApiDescription::openapi();
    describe_again(&mut description, &acknowledgements::ACKNOWLEDGE);
    name_operations(&mut description);
    describe_aliases(&mut description);
    description
}

/// Describes the parameter names of older screens as deprecated.
fn describe_aliases(description: &mut OpenApiDocument) {
    let operations = description.paths.paths.values_mut();
    for operation in operations.filter_map(|item| item.get.as_mut()) {
        let named = |name: &str| queries_of(operation).find(|one| one.name == name);
        let alias = |(theirs, ours): &(&str, &str)| {
            let mut alias = named(ours).filter(|_| named(theirs).is_none())?.clone();
            alias.name = (*theirs).to_owned();
            alias.description = Some(format!("Older screens' word for `{ours}`."));
            alias.deprecated = Some(Deprecated::True);
            Some(RefOr::T(alias))
        };
        let aliases: Vec<_> = ALIASES.iter().filter_map(alias).collect();
        operation.parameters.get_or_insert_default().extend(aliases);
    }
}

/// Describes further paths of an operation.
fn describe_again(description: &mut OpenApiDocument, addresses: &[&str]) {
    let paths = &mut description.paths.paths;
    let described = addresses.iter().find_map(|path| paths.get(*path)).cloned();
    let Some(item) = described else { return };
    for address in addresses {
        paths.insert((*address).to_owned(), item.clone());
    }
}

/// Makes the names of operations unique, because names of handlers are not.
fn name_operations(description: &mut OpenApiDocument) {
    for (path, item) in &mut description.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
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
    super::get(cfg, JSON_PATH, Policy::Description, description);
    // The badge of the stock page would ask a validator on the internet.
    let config = Config::from(JSON_PATH).validator_url("none");
    let page = web::scope("/docs")
        .service(web::redirect("", "/docs/"))
        .service(SwaggerUi::new("/{_:.*}").config(config))
        .wrap(from_fn(|request, next| {
            super::enter(Policy::Description, None, request, next)
        }));
    cfg.service(page);
}

async fn description() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(JSON.as_str())
}
