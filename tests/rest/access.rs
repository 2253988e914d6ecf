//! Which roles a route admits, and what a caller sees there.

use crate::{
    common::database::TestDatabase,
    feed::{self, Fed, fed, hours_ago},
    support::{Answer, ask, ask_as, json, served},
};
use actix_web::{
    App,
    http::{Method, StatusCode},
    test::{self, TestRequest},
};
use gaveurs::{
    domain::{
        access::{Policy, Role},
        scope::Scope,
        site::Site,
    },
    http::{self, caller::Caller, sockets},
    store::pool::{self, PoolSettings},
};
use serde_json::Value;
use std::collections::BTreeSet;

const ROUTES: [(&str, Policy); 134] = [
    ("/auth/login", Policy::Open),
    ("/auth/oidc/login", Policy::Open),
    ("/auth/oidc/logout", Policy::Open),
    ("/auth/callback", Policy::Open),
    ("/auth/me", Policy::Account),
    ("/api/auth/me", Policy::Account),
    ("/", Policy::Wall),
    ("/sqal", Policy::Quality),
    ("/sqal/{device_id}", Policy::Quality),
    ("/alertes", Policy::Alerts),
    ("/pilotage", Policy::Supervision),
    ("/boucle", Policy::Supervision),
    ("/etat", Policy::Metrics),
    ("/controle", Policy::Operate),
    ("/api/etat", Policy::Metrics),
    ("/gaveur/{gaveur_id}", Policy::Gaveur),
    ("/lot/{lot}", Policy::Lots),
    ("/saisie", Policy::Account),
    ("/sw.js", Policy::Open),
    ("/static/{path}", Policy::Open),
    ("/health", Policy::Open),
    ("/health/live", Policy::Open),
    ("/health/ready", Policy::Open),
    ("/health/startup", Policy::Open),
    ("/metrics", Policy::Metrics),
    ("/ws-metrics", Policy::Metrics),
    ("/docs/", Policy::Description),
    ("/api/openapi.json", Policy::Description),
    ("/ws/gavage", Policy::Feed),
    ("/ws/sensors", Policy::Samples),
    ("/ws/realtime", Policy::Wall),
    ("/ws/gaveur/{gaveur_id}", Policy::Gaveur),
    ("/ws/notifications", Policy::Alerts),
    ("/api/gavage/gaveur/{gaveur_id}", Policy::Gaveur),
    ("/api/analytics/weekly-report/{gaveur_id}", Policy::Gaveur),
    ("/api/lots/", Policy::Lots),
    ("/api/lots/gaveur/{gaveur_id}", Policy::Gaveur),
    ("/api/lots/{lot}", Policy::Lots),
    ("/api/lots/{lot}/repas", Policy::Lots),
    ("/api/recommandations", Policy::Advice),
    ("/api/recommandations/suites", Policy::Supervision),
    ("/api/recommandations/{id}", Policy::Advice),
    ("/api/lots/{lot}/courbes", Policy::Lots),
    ("/api/lots/{lot}/evenements", Policy::Lots),
    ("/api/lots/{lot}/historique", Policy::Lots),
    ("/api/lots/{lot}/qualite", Policy::Lots),
    ("/api/lots/{lot}/fiche", Policy::Lots),
    ("/api/euralis/sites", Policy::Sites),
    ("/api/euralis/sites/compare", Policy::Sites),
    ("/api/euralis/sites/{code}", Policy::Sites),
    ("/api/euralis/sites/{code}/stats", Policy::Sites),
    ("/api/euralis/sites/{code}/lots", Policy::Sites),
    ("/api/euralis/lots", Policy::Sites),
    ("/api/euralis/lots/{lot}", Policy::Sites),
    ("/api/euralis/lots/{lot}/doses", Policy::Sites),
    ("/api/pilotage", Policy::Supervision),
    ("/api/exports/{quoi}.csv", Policy::Lots),
    ("/api/exports/fins.csv", Policy::Supervision),
    ("/api/exports/gaveurs.csv", Policy::Supervision),
    ("/api/consumer/products", Policy::Codes),
    ("/api/consumer/latest-product", Policy::Codes),
    ("/api/consumer/products/{code}/qr.svg", Policy::Consumer),
    ("/api/consumer/products/etiquettes.csv", Policy::Codes),
    ("/etiquettes/{lot}", Policy::Codes),
    ("/api/consumer/scan/{qr}", Policy::Consumer),
    ("/api/consumer/feedbacks", Policy::Ratings),
    ("/api/consumer/stats", Policy::Supervision),
    ("/api/consumer/correlations", Policy::Supervision),
    ("/api/consumer/producer/lot/{lot}/stats", Policy::Consumer),
    ("/api/consumer/producer/site/{code}/stats", Policy::Consumer),
    ("/api/consumer/producer/comments/recent", Policy::Comments),
    ("/api/consumer/product/{product_id}/stats", Policy::Consumer),
    ("/api/public/traceability/{qr}", Policy::Consumer),
    ("/c/{code}", Policy::Consumer),
    ("/C/{code}", Policy::Consumer),
    ("/c/{code}/merci", Policy::Consumer),
    ("/api/euralis/dashboard/kpis", Policy::Supervision),
    (
        "/api/euralis/dashboard/charts/production",
        Policy::Supervision,
    ),
    ("/api/euralis/dashboard/charts/itm", Policy::Supervision),
    ("/api/euralis/gaveurs/performances", Policy::Supervision),
    (
        "/api/euralis/gaveurs/{gaveur_id}/analytics",
        Policy::Supervision,
    ),
    ("/api/euralis/gavages/recent", Policy::Supervision),
    ("/api/alertes", Policy::Alerts),
    ("/api/euralis/alertes", Policy::Supervision),
    ("/api/alertes/gaveur/{gaveur_id}", Policy::Alerts),
    ("/api/alertes/lot/{lot}", Policy::Alerts),
    ("/api/alertes/dashboard/{gaveur_id}", Policy::Alerts),
    ("/api/sqal/alerts", Policy::Quality),
    ("/api/sqal/dashboard/overview", Policy::Quality),
    ("/api/sqal/stations", Policy::Quality),
    ("/api/sqal/stations/{device_id}", Policy::Quality),
    ("/api/sqal/devices", Policy::Quality),
    ("/api/sqal/devices/{device_id}", Policy::Quality),
    ("/api/sqal/samples/count", Policy::Quality),
    ("/api/sqal/health", Policy::Open),
    ("/api/sqal/samples", Policy::Quality),
    ("/api/sqal/samples/latest", Policy::Quality),
    ("/api/sqal/stats/grade-distribution", Policy::Quality),
    ("/api/sqal/stats/hourly", Policy::Quality),
    ("/api/sqal/stats/sites", Policy::Quality),
    ("/api/sqal/lots", Policy::Quality),
    ("/api/sqal/integration/lots-aggregated", Policy::Quality),
    ("/api/sqal/integration/lot/{lot}", Policy::Quality),
    ("/api/euralis/gaveurs/{gaveur_id}", Policy::Supervision),
    ("/api/gaveurs/{gaveur_id}", Policy::Gaveur),
    ("/api/gaveurs/{gaveur_id}/saisie", Policy::Gaveur),
    ("/api/euralis/sites/{code}/gaveurs", Policy::Sites),
    ("/api/courbes/theorique/lot/{lot}", Policy::Lots),
    ("/api/courbes/reelle/lot/{lot}", Policy::Lots),
    ("/api/courbes/dashboard/lot/{lot}", Policy::Lots),
    ("/api/courbes/predictive/lot/{lot}", Policy::Lots),
    (
        "/api/courbes/corrections/gaveur/{gaveur_id}",
        Policy::Gaveur,
    ),
    ("/api/ml/suggestions/lot/{lot}/jour/{jour}", Policy::Lots),
    ("/api/ml/recommandations/lot/{lot}", Policy::Lots),
    ("/api/euralis/ml/forecasts", Policy::Supervision),
    ("/api/euralis/ml/anomalies", Policy::Supervision),
    ("/api/euralis/ml/optimization", Policy::Supervision),
    ("/api/euralis/ml/lots-correlation-data", Policy::Supervision),
    ("/api/euralis/ml/gaveurs-by-cluster-ml", Policy::Supervision),
    ("/api/sqal/pending-lots", Policy::Queue),
    ("/api/control/status", Policy::Operate),
    ("/api/control/pannes", Policy::Operate),
    ("/api/control/sqal/logs", Policy::Operate),
    ("/api/control/gavage/latest-lot", Policy::Operate),
    ("/api/control/ws", Policy::Operate),
    ("/api/control-panel/ws/logs/{device_id}", Policy::Operate),
    ("/api/control-panel/health", Policy::Operate),
    ("/api/control-panel/stats", Policy::Operate),
    ("/api/control-panel/simulators/list", Policy::Operate),
    ("/api/control-panel/simulators/status/{id}", Policy::Operate),
    ("/api/control-panel/simulators/logs/{id}", Policy::Operate),
    ("/api/control-panel/orchestrate/status", Policy::Operate),
    ("/api/control-panel/{simulateur}/status", Policy::Operate),
    (
        "/api/euralis/planning/gaveurs-capacite",
        Policy::Supervision,
    ),
];
const POSTS: [(&str, Policy); 46] = [
    ("/auth/key", Policy::Open),
    ("/auth/logout", Policy::Open),
    ("/api/lots/{lot}/repas", Policy::Meals),
    ("/api/lots/gavage", Policy::Meals),
    ("/api/lots/", Policy::Supervision),
    ("/api/euralis/lots/planifier", Policy::Supervision),
    ("/api/courbes/reelle", Policy::Meals),
    ("/api/consumer/products", Policy::Label),
    ("/api/consumer/products/{code}/retirer", Policy::Label),
    ("/api/consumer/feedback", Policy::Consumer),
    ("/c/{code}/avis", Policy::Consumer),
    ("/c/{code}/effacer", Policy::Consumer),
    ("/api/lots/{lot}/statut", Policy::Meals),
    ("/api/lots/{lot}/abattage", Policy::Supervision),
    ("/api/recommandations/{id}/valider", Policy::Supervision),
    ("/api/recommandations/{id}/rejeter", Policy::Supervision),
    ("/api/recommandations/{id}/lue", Policy::AnswerAdvice),
    ("/api/recommandations/{id}/repondre", Policy::AnswerAdvice),
    ("/api/lots/{lot}/courbes", Policy::Meals),
    (
        "/api/lots/{lot}/courbes/{version}/valider",
        Policy::Supervision,
    ),
    (
        "/api/lots/{lot}/courbes/{version}/rejeter",
        Policy::Supervision,
    ),
    ("/api/courbes/theorique/{lot}/valider", Policy::Supervision),
    (
        "/api/courbes/corrections/{id}/repondre",
        Policy::AnswerAdvice,
    ),
    ("/auth/backchannel-logout", Policy::Open),
    ("/api/auth/login", Policy::Open),
    ("/api/auth/refresh", Policy::Open),
    ("/api/auth/logout", Policy::Open),
    ("/api/euralis/alertes/{id}/acquitter", Policy::Acknowledge),
    ("/api/alertes/{id}/acquitter", Policy::Acknowledge),
    ("/api/alertes/{id}/acquitter/annuler", Policy::Acknowledge),
    ("/api/sqal/alerts/{id}/acknowledge", Policy::Acknowledge),
    ("/api/sqal/pending-lots/{code}/claim", Policy::Control),
    ("/api/sqal/pending-lots/{code}/finish", Policy::Control),
    ("/api/control/{simulateur}/start", Policy::Operate),
    ("/api/control/{simulateur}/stop", Policy::Operate),
    ("/api/control/stop-all", Policy::Operate),
    ("/api/control/pannes", Policy::Operate),
    ("/api/control/sqal/ensure-lot", Policy::Operate),
    ("/api/control-panel/simulators/start", Policy::Operate),
    ("/api/control-panel/simulators/stop", Policy::Operate),
    ("/api/control-panel/simulators/stop-all", Policy::Operate),
    ("/api/control-panel/orchestrate/start", Policy::Operate),
    ("/api/control-panel/scenarios/start", Policy::Operate),
    ("/api/control-panel/orchestrate/stop-all", Policy::Operate),
    ("/api/control-panel/{simulateur}/start", Policy::Operate),
    ("/api/control-panel/{simulateur}/stop", Policy::Operate),
];

const DELETES: [(&str, Policy); 3] = [
    ("/api/control/pannes/{id}", Policy::Operate),
    ("/api/consumer/feedback/{recu}", Policy::Consumer),
    ("/api/lots/{lot}/repas/{jour}/{moment}", Policy::Supervision),
];

fn routes() -> impl Iterator<Item = (Method, &'static str, Policy)> {
    let gets = ROUTES
        .map(|(path, policy)| (Method::GET, path, policy))
        .into_iter();
    let posts = POSTS.map(|(path, policy)| (Method::POST, path, policy));
    let deletes = DELETES.map(|(path, policy)| (Method::DELETE, path, policy));
    gets.chain(posts).chain(deletes)
}

/// The address with 1 for its parameter.
fn filled_in(path: &str) -> String {
    match path.split_once('{') {
        Some((before, rest)) => format!("{before}1{}", filled_in(rest.split_once('}').unwrap().1)),
        None => path.to_owned(),
    }
}

#[actix_web::test]
async fn every_route_admits_the_roles_of_its_policy_and_refuses_the_others() {
    let mut nowhere = PoolSettings::new("postgres://127.0.0.1:1/nowhere");
    nowhere.connect_timeout = std::time::Duration::from_secs(1);
    let nowhere = pool::build(&nowhere).unwrap();
    for role in Role::ALL {
        let caller = Caller {
            role,
            ..Caller::anyone()
        };
        // Whoever presents no credentials is asked for some.
        let refusal = match role {
            Role::Public => StatusCode::UNAUTHORIZED,
            _ => StatusCode::FORBIDDEN,
        };
        let app = App::new()
            .configure(sockets::configure)
            .configure(served(&nowhere, &caller));
        let app = test::init_service(app).await;
        for (method, path, policy) in routes() {
            let request = TestRequest::with_uri(&filled_in(path)).method(method);
            let response = test::call_service(&app, request.to_request()).await;
            let is_refused = response.status() == refusal;
            assert_eq!(is_refused, !policy.admits(role), "{path} {role:?}");
            if is_refused {
                let body: Value = test::read_body_json(response).await;
                let named = if role == Role::Public {
                    "key"
                } else {
                    role.as_str()
                };
                assert!(body["detail"].as_str().unwrap().contains(named));
            }
        }
    }
}

#[actix_web::test]
async fn every_described_route_is_tested_here() {
    let database = TestDatabase::create().await;
    let description = json(&database, "/api/openapi.json").await;
    let described = description["paths"].as_object().unwrap().keys();
    let described: BTreeSet<_> = described.map(String::as_str).collect();
    let asked = routes().map(|(_, path, _)| path);
    // What only older frontends ask for, and only on servers that take passwords, is not described.
    let is_described = |path: &&str| {
        let is_socket = path.contains("/ws");
        !path.ends_with(".json") && !path.starts_with("/api/auth/") && !is_socket
    };
    let asked = asked.filter(|path| path.starts_with("/api/") && is_described(path));
    assert_eq!(described, asked.collect());
}

#[actix_web::test]
async fn an_application_that_cannot_identify_callers_answers_nobody() {
    let app = test::init_service(App::new().configure(http::configure)).await;
    let request = TestRequest::with_uri("/static/css/app.css").to_request();
    let response = test::call_service(&app, request).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// Gaveur 1 feeds a lot in Bretagne, gaveur 3 one in Occitanie.
fn two_lots() -> [Fed; 2] {
    let mut other = fed("MT2601003", 2, "soir", hours_ago(1));
    other.gaveur_id = 3;
    [fed("LL2601001", 3, "matin", hours_ago(2)), other]
}

async fn get(database: &TestDatabase, caller: &Caller, path: &str) -> Answer {
    ask_as(database.pool(), caller, Method::GET, path).await
}

#[actix_web::test]
async fn a_farmer_sees_his_own_lots_and_not_that_there_are_others() {
    let database = TestDatabase::create().await;
    feed::store(&database, &two_lots()).await;
    let farmer = Caller {
        role: Role::Gaveur,
        scope: Scope::Gaveur(1),
        ..Caller::anyone()
    };
    let lots = get(&database, &farmer, "/api/lots").await.json();
    assert_eq!(lots.as_array().unwrap().len(), 1);
    assert_eq!(lots[0]["code_lot"], "LL2601001");
    for of_the_lot in ["", "/repas", "/qualite", "/fiche"] {
        let own = format!("/api/lots/LL2601001{of_the_lot}");
        assert_eq!(get(&database, &farmer, &own).await.status, StatusCode::OK);
        let foreign = format!("/api/lots/MT2601003{of_the_lot}");
        let foreign = get(&database, &farmer, &foreign).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        // A lot that is not there at all.
        let missing = ask(&database, &format!("/api/lots/MT2601004{of_the_lot}")).await;
        let missing = missing.detail().replace("MT2601004", "MT2601003");
        assert_eq!(foreign.detail(), missing);
    }
}

#[actix_web::test]
async fn a_farmer_may_name_only_himself_in_an_address() {
    let database = TestDatabase::create().await;
    let farmer = Caller {
        role: Role::Gaveur,
        scope: Scope::Gaveur(1),
        ..Caller::anyone()
    };
    for (path, _) in ROUTES.iter().filter(|(path, policy)| {
        path.contains("{gaveur_id}") && policy.admits(Role::Gaveur) && !path.starts_with("/ws")
    }) {
        let of = |id: &str| path.replace("{gaveur_id}", id);
        let status = async |id| get(&database, &farmer, &of(id)).await.status;
        assert_eq!(status("1").await, StatusCode::OK, "{path}");
        assert_eq!(status("2").await, StatusCode::FORBIDDEN, "{path}");
        assert_ne!(status("x").await, StatusCode::FORBIDDEN, "{path}");
    }
}

#[actix_web::test]
async fn a_supervisor_sees_the_figures_of_his_sites_only() {
    let database = TestDatabase::create().await;
    feed::store(&database, &two_lots()).await;
    let supervisor = Caller {
        role: Role::Superviseur,
        scope: Scope::of_sites([Site::Mt]),
        ..Caller::anyone()
    };
    for path in [
        "/api/euralis/dashboard/charts/production",
        "/api/euralis/sites/compare",
        "/api/euralis/sites/compare?metrique=mortalite",
        "/api/euralis/sites/compare?metrique=production",
        "/api/euralis/lots",
        "/api/euralis/gaveurs/performances",
        "/api/sqal/stats/sites",
    ] {
        let listed = get(&database, &supervisor, path).await.json();
        let sites = listed.as_array().unwrap().iter();
        let sites: BTreeSet<_> = sites
            .map(|one| one["site_code"].as_str().unwrap())
            .collect();
        assert_eq!(sites, BTreeSet::from(["MT"]), "{path}");
    }
    let sites = get(&database, &supervisor, "/api/euralis/sites")
        .await
        .json();
    assert_eq!(sites.as_array().unwrap().len(), 1);
    assert_eq!(sites[0]["lots_en_cours"], 1);
    let kpis = get(&database, &supervisor, "/api/euralis/dashboard/kpis").await;
    assert_eq!(
        (&kpis.json()["lots_en_cours"], &kpis.json()["repas"]),
        (&1.into(), &1.into())
    );
    let foreign = get(&database, &supervisor, "/api/euralis/sites/LL").await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}
