//! Tests for every route: both forms of its path, its errors, its description.

use crate::{
    common::database::TestDatabase,
    feed::{self, fed, hours_ago},
    support::{ask, ask_pool, json, served},
};
use actix_web::{
    App,
    http::{Method, StatusCode, header},
    test::{self, TestRequest},
};
use gaveurs::{
    http::{self, caller::Caller, origin::Names},
    store::pool::{self, PoolSettings},
    telemetry::metrics::Metrics,
};

const ROUTES: [&str; 63] = [
    "/api/gavage/gaveur/1",
    "/api/analytics/weekly-report/1",
    "/api/lots",
    "/api/lots/gaveur/1",
    "/api/lots/LL2601001",
    "/api/lots/LL2601001/repas",
    "/api/recommandations",
    "/api/recommandations/suites",
    "/api/lots/LL2601001/courbes",
    "/api/lots/LL2601001/evenements",
    "/api/lots/LL2601001/historique",
    "/api/lots/LL2601001/qualite",
    "/api/lots/LL2601001/fiche",
    "/api/euralis/sites",
    "/api/euralis/sites/compare?metrique=mortalite",
    "/api/euralis/sites/LL",
    "/api/euralis/sites/LL/stats",
    "/api/euralis/sites/LL/lots",
    "/api/pilotage",
    "/api/euralis/dashboard/kpis",
    "/api/euralis/dashboard/charts/production",
    "/api/euralis/dashboard/charts/itm",
    "/api/euralis/lots",
    "/api/euralis/lots/LL2601001",
    "/api/euralis/lots/LL2601001/doses",
    "/api/euralis/gaveurs/performances",
    "/api/euralis/gaveurs/1/analytics",
    "/api/euralis/gavages/recent",
    "/api/alertes",
    "/api/euralis/alertes",
    "/api/alertes/gaveur/1",
    "/api/alertes/lot/LL2601001",
    "/api/alertes/dashboard/1",
    "/api/sqal/alerts",
    "/api/sqal/stations",
    "/api/sqal/devices",
    "/api/sqal/samples/count",
    "/api/sqal/samples",
    "/api/sqal/pending-lots",
    "/api/sqal/stats/grade-distribution",
    "/api/sqal/stats/sites",
    "/api/sqal/stats/hourly",
    "/api/sqal/lots",
    "/api/sqal/integration/lots-aggregated",
    "/api/sqal/integration/lot/LL2601001",
    "/api/euralis/gaveurs/1",
    "/api/gaveurs/1",
    "/api/gaveurs/1/saisie",
    "/api/euralis/sites/LL/gaveurs",
    "/api/courbes/theorique/lot/LL2601001",
    "/api/courbes/reelle/lot/LL2601001",
    "/api/courbes/dashboard/lot/LL2601001",
    "/api/courbes/predictive/lot/LL2601001",
    "/api/ml/suggestions/lot/LL2601001/jour/1",
    "/api/ml/recommandations/lot/LL2601001",
    "/api/euralis/ml/forecasts",
    "/api/euralis/planning/gaveurs-capacite",
    "/api/consumer/products",
    "/api/consumer/feedbacks",
    "/api/consumer/stats",
    "/api/consumer/correlations",
    "/api/consumer/producer/lot/LL2601001/stats",
    "/api/consumer/producer/comments/recent",
];

#[actix_web::test]
async fn every_route_answers_with_and_without_its_trailing_slash() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 0, "matin", hours_ago(5))]).await;
    for route in ROUTES {
        let (bare, slashed) = (
            json(&database, route).await,
            json(&database, &slashed(route)).await,
        );
        // The report contains the time of its creation.
        if !route.contains("weekly") && !route.contains("saisie") {
            assert_eq!(bare, slashed, "{route}");
        }
    }
}

fn slashed(route: &str) -> String {
    match route.split_once('?') {
        Some((path, query)) => format!("{path}/?{query}"),
        None => format!("{route}/"),
    }
}

#[actix_web::test]
async fn a_parameter_that_cannot_be_used_is_a_400_that_names_it() {
    let database = TestDatabase::create().await;
    for (path, name) in [
        ("/api/gavage/gaveur/1?limit=0", "limit"),
        ("/api/gavage/gaveur/1?limit=501", "limit"),
        ("/api/gavage/gaveur/1/?limit=dix", "limit"),
        ("/api/gavage/gaveur/jean", "gaveur_id"),
        ("/api/gavage/gaveur/99999999999", "gaveur_id"),
        ("/api/analytics/weekly-report/-1", "gaveur_id"),
        ("/api/lots/?limit=1001", "limit"),
        ("/api/lots/?statut=fini", "statut"),
        ("/api/lots/gaveur/1?statut=fini", "statut"),
        ("/api/lots/gaveur/x", "gaveur_id"),
        ("/api/lots/?limit=1&limit=2", "limit"),
        ("/api/euralis/gavages/recent?limit=501", "limit"),
        ("/api/euralis/sites/compare?metrique=abc", "metrique"),
        ("/api/euralis/sites/compare?periode=0", "periode"),
        ("/api/euralis/sites/LL/stats?periode=366", "periode"),
        ("/api/euralis/sites/LL/lots?statut=fini", "statut"),
        (
            "/api/euralis/dashboard/charts/production?periode=mois",
            "periode",
        ),
        ("/api/euralis/dashboard/charts/production?site=XX", "site"),
        ("/api/euralis/dashboard/charts/itm?site=XX", "site"),
        ("/api/euralis/lots?site=XX", "site"),
        ("/api/euralis/gaveurs/performances?periode=-1", "periode"),
        ("/api/euralis/gaveurs/x/analytics", "gaveur_id"),
        ("/api/alertes?severite=xyz", "severite"),
        ("/api/alertes?site=XX", "site"),
        ("/api/alertes?ouverte=peut-etre", "ouverte"),
        ("/api/alertes/gaveur/1?severite=xyz", "severite"),
        ("/api/alertes/lot/LL2601001?acquittee=2", "acquittee"),
        ("/api/sqal/alerts?severite=xyz", "severite"),
        ("/api/sqal/samples?grade=D", "grade"),
        ("/api/sqal/pending-lots?status=fini", "status"),
        ("/api/sqal/stats/hourly?heures=2161", "heures"),
        ("/api/pilotage?periode=2026-W54", "periode"),
        ("/api/pilotage?periode=hier", "periode"),
        ("/api/pilotage?compare=demain", "compare"),
        ("/api/pilotage?site=XX", "site"),
        (
            "/api/euralis/planning/gaveurs-capacite?duree_jours=40",
            "duree_jours",
        ),
        (
            "/api/euralis/planning/gaveurs-capacite?start_date=demain",
            "start_date",
        ),
        ("/api/sqal/stations/ESP32_LL_01?heures=0", "heures"),
    ] {
        let answer = ask(&database, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(
            answer.detail().contains(name),
            "{path}: {}",
            answer.detail()
        );
    }
}

#[actix_web::test]
async fn an_unknown_route_is_a_404_and_a_wrong_method_a_405_in_the_common_form() {
    let database = TestDatabase::create().await;
    let unknown = ask(&database, "/api/canards").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.detail().contains("/api/canards"));
    for route in ROUTES {
        let wrong = ask_pool(database.pool(), Method::DELETE, route).await;
        assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED, "{route}");
        assert!(wrong.detail().contains("DELETE"));
        let takes_posts = ["/repas", "1/courbes", "/consumer/products"];
        let takes_posts = takes_posts.iter().any(|end| route.ends_with(end));
        let allowed = if takes_posts || route == "/api/lots" {
            "GET, HEAD, POST"
        } else {
            "GET, HEAD"
        };
        assert_eq!(wrong.headers.get(header::ALLOW).unwrap(), allowed);
    }
}

#[actix_web::test]
async fn without_its_database_every_route_is_a_503_that_shows_nothing_of_it() {
    let mut settings = PoolSettings::new("postgres://secret_user@127.0.0.1:1/secret_database");
    settings.connect_timeout = std::time::Duration::from_secs(1);
    let pool = pool::build(&settings).unwrap();
    for route in ROUTES {
        let answer = ask_pool(&pool, Method::GET, route).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{route}");
        assert!(!answer.detail().contains("secret"), "{}", answer.detail());
    }
}

#[actix_web::test]
async fn a_statement_that_takes_too_long_is_given_up_with_a_503() {
    let database = TestDatabase::create().await;
    let mut settings = PoolSettings::new(database.url());
    settings.statement_timeout = std::time::Duration::from_millis(100);
    let impatient = pool::build(&settings).unwrap();
    let blocker = database.client().await;
    blocker
        .batch_execute("BEGIN; LOCK TABLE lots_gavage")
        .await
        .unwrap();
    let answer = ask_pool(&impatient, Method::GET, "/api/lots/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    blocker.batch_execute("ROLLBACK").await.unwrap();
    let answer = ask_pool(&impatient, Method::GET, "/api/lots/").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_head_request_is_answered_like_a_get() {
    let database = TestDatabase::create().await;
    let answer = ask_pool(database.pool(), Method::HEAD, "/api/lots/").await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_statement_that_the_database_refuses_is_a_500_that_shows_no_sql() {
    let database = TestDatabase::create_bare().await;
    for route in ROUTES {
        let answer = ask(&database, route).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{route}");
        let detail = answer.detail();
        assert!(
            !detail.contains("gavage") && !detail.contains("relation"),
            "{detail}"
        );
    }
}

#[actix_web::test]
async fn an_answer_is_compressed_for_a_client_that_asks_for_it() {
    let database = TestDatabase::create().await;
    let app = App::new().configure(served(database.pool(), &Caller::anyone()));
    let app = test::init_service(app).await;
    let request =
        TestRequest::with_uri("/api/openapi.json").insert_header((header::ACCEPT_ENCODING, "gzip"));
    let response = test::call_service(&app, request.to_request()).await;
    assert_eq!(
        response.headers().get(header::CONTENT_ENCODING).unwrap(),
        "gzip"
    );
}

async fn allowed_origin(origins: &[&str], origin: &str) -> Option<String> {
    let origins: Vec<_> = origins
        .iter()
        .map(|origin| origin.parse().unwrap())
        .collect();
    let names = Names::new(&origins, &[], Metrics::new());
    let app = App::new().wrap(names.cors()).configure(http::configure);
    let app = test::init_service(app).await;
    let preflight = TestRequest::with_uri("/api/lots/")
        .method(Method::OPTIONS)
        .insert_header((header::ORIGIN, origin))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "GET"));
    let response = test::call_service(&app, preflight.to_request()).await;
    let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    allowed.map(|origin| origin.to_str().unwrap().to_owned())
}

#[actix_web::test]
async fn only_the_configured_origins_may_read_and_a_star_means_any() {
    let screen = "https://ecran.example";
    assert_eq!(
        allowed_origin(&[screen], screen).await.as_deref(),
        Some(screen)
    );
    assert_eq!(
        allowed_origin(&[screen], "https://autre.example").await,
        None
    );
    assert_eq!(allowed_origin(&[], screen).await, None);
    assert_eq!(allowed_origin(&["*"], screen).await.as_deref(), Some("*"));
}
