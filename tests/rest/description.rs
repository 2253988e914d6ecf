//! The description of REST (OpenAPI), and its page.

use crate::{
    common::database::TestDatabase,
    support::{ask, json},
};
use actix_web::http::{StatusCode, header};

#[actix_web::test]
async fn the_description_lists_every_route_and_no_other() {
    let database = TestDatabase::create().await;
    let description = json(&database, "/api/openapi.json").await;
    let mut described: Vec<_> = description["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    described.sort();
    let mut served: Vec<_> = [
        "/api/gavage/gaveur/{gaveur_id}",
        "/api/analytics/weekly-report/{gaveur_id}",
        "/api/lots/",
        "/api/lots/gaveur/{gaveur_id}",
        "/api/lots/{lot}",
        "/api/lots/{lot}/repas",
        "/api/lots/{lot}/repas/{jour}/{moment}",
        "/api/lots/gavage",
        "/api/euralis/lots/planifier",
        "/api/courbes/reelle",
        "/api/euralis/planning/gaveurs-capacite",
        "/api/lots/{lot}/evenements",
        "/api/lots/{lot}/statut",
        "/api/lots/{lot}/abattage",
        "/api/recommandations",
        "/api/recommandations/suites",
        "/api/recommandations/{id}",
        "/api/recommandations/{id}/valider",
        "/api/recommandations/{id}/rejeter",
        "/api/recommandations/{id}/lue",
        "/api/recommandations/{id}/repondre",
        "/api/lots/{lot}/courbes",
        "/api/lots/{lot}/courbes/{version}/valider",
        "/api/lots/{lot}/courbes/{version}/rejeter",
        "/api/courbes/theorique/{lot}/valider",
        "/api/lots/{lot}/historique",
        "/api/lots/{lot}/fiche",
        "/api/pilotage",
        "/api/exports/{quoi}.csv",
        "/api/exports/fins.csv",
        "/api/exports/gaveurs.csv",
        "/api/consumer/products",
        "/api/consumer/latest-product",
        "/api/consumer/products/{code}/retirer",
        "/api/consumer/products/{code}/qr.svg",
        "/api/consumer/products/etiquettes.csv",
        "/api/consumer/scan/{qr}",
        "/api/consumer/feedback",
        "/api/consumer/feedback/{recu}",
        "/api/consumer/feedbacks",
        "/api/public/traceability/{qr}",
        "/api/consumer/stats",
        "/api/consumer/correlations",
        "/api/consumer/producer/lot/{lot}/stats",
        "/api/consumer/producer/site/{code}/stats",
        "/api/consumer/producer/comments/recent",
        "/api/consumer/product/{product_id}/stats",
        "/api/euralis/alertes",
        "/api/sqal/devices",
        "/api/sqal/devices/{device_id}",
        "/api/sqal/health",
        "/api/sqal/samples/count",
        "/api/sqal/integration/lots-aggregated",
        "/api/sqal/integration/lot/{lot}",
        "/api/euralis/gaveurs/{gaveur_id}",
        "/api/gaveurs/{gaveur_id}",
        "/api/gaveurs/{gaveur_id}/saisie",
        "/api/euralis/sites/{code}/gaveurs",
        "/api/courbes/theorique/lot/{lot}",
        "/api/courbes/reelle/lot/{lot}",
        "/api/courbes/dashboard/lot/{lot}",
        "/api/courbes/predictive/lot/{lot}",
        "/api/courbes/corrections/gaveur/{gaveur_id}",
        "/api/courbes/corrections/{id}/repondre",
        "/api/ml/suggestions/lot/{lot}/jour/{jour}",
        "/api/ml/recommandations/lot/{lot}",
        "/api/euralis/ml/forecasts",
        "/api/euralis/ml/anomalies",
        "/api/euralis/ml/lots-correlation-data",
        "/api/euralis/ml/optimization",
        "/api/euralis/ml/gaveurs-by-cluster-ml",
        "/api/lots/{lot}/qualite",
        "/api/euralis/sites/compare",
        "/api/euralis/sites/{code}",
        "/api/euralis/sites/{code}/stats",
        "/api/euralis/sites/{code}/lots",
        "/api/euralis/dashboard/kpis",
        "/api/euralis/dashboard/charts/production",
        "/api/euralis/dashboard/charts/itm",
        "/api/euralis/lots",
        "/api/euralis/lots/{lot}",
        "/api/euralis/lots/{lot}/doses",
        "/api/euralis/gaveurs/performances",
        "/api/euralis/gaveurs/{gaveur_id}/analytics",
        "/api/euralis/sites",
        "/api/euralis/gavages/recent",
        "/api/alertes",
        "/api/euralis/alertes/{id}/acquitter",
        "/api/alertes/dashboard/{gaveur_id}",
        "/api/alertes/gaveur/{gaveur_id}",
        "/api/alertes/lot/{lot}",
        "/api/alertes/{id}/acquitter",
        "/api/alertes/{id}/acquitter/annuler",
        "/api/sqal/alerts",
        "/api/sqal/alerts/{id}/acknowledge",
        "/api/sqal/dashboard/overview",
        "/api/sqal/stations",
        "/api/sqal/stations/{device_id}",
        "/api/etat",
        "/api/sqal/lots",
        "/api/sqal/pending-lots",
        "/api/sqal/pending-lots/{code}/claim",
        "/api/sqal/pending-lots/{code}/finish",
        "/api/sqal/samples",
        "/api/sqal/samples/latest",
        "/api/sqal/stats/grade-distribution",
        "/api/sqal/stats/hourly",
        "/api/sqal/stats/sites",
        "/api/control/{simulateur}/start",
        "/api/control/{simulateur}/stop",
        "/api/control/stop-all",
        "/api/control/status",
        "/api/control/pannes",
        "/api/control/pannes/{id}",
        "/api/control/sqal/logs",
        "/api/control/sqal/ensure-lot",
        "/api/control/gavage/latest-lot",
        "/api/control-panel/health",
        "/api/control-panel/stats",
        "/api/control-panel/simulators/list",
        "/api/control-panel/simulators/status/{id}",
        "/api/control-panel/simulators/logs/{id}",
        "/api/control-panel/orchestrate/status",
        "/api/control-panel/{simulateur}/status",
        "/api/control-panel/simulators/start",
        "/api/control-panel/simulators/stop",
        "/api/control-panel/simulators/stop-all",
        "/api/control-panel/orchestrate/start",
        "/api/control-panel/scenarios/start",
        "/api/control-panel/orchestrate/stop-all",
        "/api/control-panel/{simulateur}/start",
        "/api/control-panel/{simulateur}/stop",
    ]
    .to_vec();
    served.sort();
    assert_eq!(described, served);
    let report = &description["paths"]["/api/analytics/weekly-report/{gaveur_id}"]["get"];
    assert!(
        report["description"]
            .as_str()
            .unwrap()
            .contains("lots with one day left out")
    );
    for code in ["200", "400", "503"] {
        assert!(report["responses"][code].is_object(), "{code}");
    }
}

#[actix_web::test]
async fn the_page_of_the_description_loads_from_the_binary_alone() {
    let database = TestDatabase::create().await;
    let redirect = ask(&database, "/docs").await;
    assert_eq!(redirect.headers.get(header::LOCATION).unwrap(), "/docs/");
    let page = ask(&database, "/docs/").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "{html}"
    );
    let scripts: Vec<_> = html
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(scripts.len() >= 2, "{html}");
    for script in scripts {
        let path = format!("/docs/{}", script.trim_start_matches("./"));
        assert_eq!(ask(&database, &path).await.status, StatusCode::OK, "{path}");
    }
    let settings = ask(&database, "/docs/swagger-initializer.js").await;
    let settings = String::from_utf8(settings.body.to_vec()).unwrap();
    assert!(
        settings.contains("/api/openapi.json") && settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
}
