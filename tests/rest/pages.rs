//! Pages and the files they load.

use crate::{
    common::{http, readings::reading, server::TestServer},
    support::served,
};
use actix_web::{
    App,
    http::header,
    test::{self, TestRequest},
};
use gaveurs::{
    domain::{access::Role, grant::Grant, scope::Scope, site::Site},
    http::caller::Caller,
    store::pool::{self, PoolSettings},
};
use serde_json::Value;
use ureq::http::Request;

async fn get(server: &TestServer, path: &str, known: &str) -> (u16, String, String) {
    let request = Request::get(server.url(path)).header("if-none-match", known);
    let answer = http::send(request.body(()).unwrap()).await.unwrap();
    let tag = answer.headers().get("etag");
    let tag = tag.map_or("", |tag| tag.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), tag, answer.into_body())
}

#[actix_web::test]
async fn each_page_is_whole_knows_its_zone_and_is_marked_in_its_header() {
    let server = TestServer::start_with(&["--zone", "America/Montreal"]).await;
    let pages = [
        ("/", "/pages/wall.js", "href=\"/\" aria-current"),
        ("/sqal/", "/pages/sqal.js", "href=\"/sqal\" aria-current"),
        (
            "/alertes",
            "/pages/alertes.js",
            "href=\"/alertes\" aria-current",
        ),
        (
            "/pilotage",
            "/pages/pilotage.js",
            "href=\"/pilotage\" aria-current=\"page\"",
        ),
        (
            "/boucle",
            "/pages/boucle.js",
            "href=\"/boucle\" aria-current=\"page\"",
        ),
        (
            "/lots/nouveau",
            "/pages/planifier.js",
            "href=\"/pilotage\" aria-current=\"true\"",
        ),
        (
            "/gaveur/7",
            "/pages/gaveur.js",
            "href=\"/\" aria-current=\"true\"",
        ),
        (
            "/sqal/ESP32_LL_01",
            "/pages/station.js",
            "href=\"/sqal\" aria-current=\"true\"",
        ),
        (
            "/etat",
            "/pages/etat.js",
            "href=\"/etat\" aria-current=\"page\"",
        ),
    ];
    for (path, script, mark) in pages {
        let (status, _, page) = get(&server, path, "\"\"").await;
        assert_eq!(status, 200, "{path}");
        let parts = [
            "<meta name=\"zone\" content=\"America/Montreal\">",
            "early-preferences.js",
            "<header class=\"app-header\">",
            "<main id=\"main\"",
        ];
        for part in parts.into_iter().chain([script, mark]) {
            assert!(page.contains(part), "{part} is not in {path}");
        }
        assert_eq!(page.matches("aria-current").count(), 1);
        for left in [
            "of the page -->",
            "of alerts -->",
            "server -->",
            "{zone}",
            "{own}",
        ] {
            assert!(!page.contains(left), "{left} is left in {path}");
        }
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_page_or_file_that_is_already_there_is_not_sent_again() {
    let server = TestServer::start().await;
    for path in ["/alertes", "/gaveur/7", "/static/js/wall.js"] {
        let (status, tag, body) = get(&server, path, "\"\"").await;
        assert!(
            status == 200 && !tag.is_empty() && !body.is_empty(),
            "{path}"
        );
        let again = get(&server, path, &tag).await;
        assert_eq!(again, (304, tag, String::new()), "{path}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_page_of_the_wall_has_its_lots_in_it_and_only_those_that_its_caller_sees() {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let grant = |site| Grant {
        sites: [site].into(),
        ..Grant::new(Role::Superviseur)
    };
    let (here, elsewhere) = (
        server.key(&grant(Site::Ll), None).await,
        server.key(&grant(Site::Ls), None).await,
    );
    let producer = server.key(&Grant::new(Role::Simulateur), None).await;
    let mut producer = server
        .connect(&format!("/ws/gavage?key={}", producer.reveal()))
        .await;
    producer.next().await;
    producer.ask(reading("LL2611001", 1, 0, "matin")).await;
    for (key, sees) in [(here, true), (elsewhere, false)] {
        let request = Request::get(server.url("/"))
            .header("authorization", format!("Bearer {}", key.reveal()));
        let answer = http::send(request.body(()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let page = answer.into_body();
        let (_, data) = page.split_once("data-part=\"first-frames\">").unwrap();
        let frames: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
        assert_eq!(frames[0]["type"], "snapshot");
        assert_eq!(
            frames[0]["lots"].as_array().unwrap().len(),
            usize::from(sees)
        );
    }
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_files_of_a_page_are_kept_for_ever_under_the_address_of_their_version_only() {
    let server = TestServer::start().await;
    let (_, _, page) = get(&server, "/", "\"\"").await;
    let named: Vec<&str> = page
        .split('"')
        .filter(|text| text.starts_with("/static/"))
        .collect();
    assert_eq!(
        named.iter().filter(|path| path.ends_with(".css")).count(),
        1
    );
    for path in named {
        assert!(path.starts_with("/static/v-"), "{path}");
        let keep = cache_control(&server, path).await;
        assert_eq!(keep, "public, max-age=31536000, immutable", "{path}");
        let (_, file) = path.trim_start_matches("/static/").split_once('/').unwrap();
        let of_another = format!("/static/v-0123456789abcdef/{file}");
        assert_eq!(cache_control(&server, &of_another).await, "no-cache");
    }
    server.finish().await;
}

async fn cache_control(server: &TestServer, path: &str) -> String {
    let request = Request::get(server.url(path)).body(()).unwrap();
    let answer = http::send(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.headers()["cache-control"]
        .to_str()
        .unwrap()
        .to_owned()
}

#[actix_web::test]
async fn a_person_at_a_wrong_address_gets_a_page_and_a_program_an_error() {
    let server = TestServer::start().await;
    for (path, accept, kind) in [
        (
            "/nulle-part",
            "text/html,*/*;q=0.8",
            "text/html; charset=utf-8",
        ),
        ("/gaveur/jean", "text/html", "text/html; charset=utf-8"),
        ("/nulle-part", "*/*", "application/json"),
        ("/gaveur/jean", "application/json", "application/json"),
        ("/api/nulle-part", "text/html", "application/json"),
    ] {
        let request = Request::get(server.url(path)).header("accept", accept);
        let answer = http::send(request.body(()).unwrap()).await.unwrap();
        let found = (
            answer.status().as_u16(),
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
        assert_eq!(found, (404, kind.to_owned()), "{path} {accept}");
        let is_whole = answer.into_body().contains("<header class=\"app-header\">");
        assert_eq!(is_whole, kind.starts_with("text/html"), "{path} {accept}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_pieces_of_pages_are_no_pages() {
    let server = TestServer::start().await;
    for path in [
        "/static/shell.html",
        "/static/pages/wall.html",
        "/static/nothing.js",
        "/gaveur/jean",
    ] {
        assert_eq!(server.status(path).await, 404, "{path}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn every_page_of_a_server_that_is_open_to_all_says_so_and_no_page_of_another_does() {
    let open = TestServer::start_with(&["--bind", "0.0.0.0:0", "--auth", "open"]).await;
    let closed = TestServer::start().await;
    for path in ["/", "/sqal", "/alertes", "/gaveur/7"] {
        let note = "class=\"open-to-all\"";
        let (_, _, page) = get(&open, path, "\"\"").await;
        assert!(
            page.contains(note) && page.contains("Accès libre"),
            "{path}"
        );
        let (_, _, page) = get(&closed, path, "\"\"").await;
        assert!(!page.contains(note), "{path}");
    }
    open.finish().await;
    closed.finish().await;
}

/// Status, address and body of a page that a browser asks for in the name of this caller. No page needs the database.
async fn visited(caller: &Caller, path: &str) -> (u16, Option<String>, String) {
    let nowhere = pool::build(&PoolSettings::new("postgres://127.0.0.1:1/nowhere")).unwrap();
    let app = test::init_service(App::new().configure(served(&nowhere, caller))).await;
    let request = TestRequest::with_uri(path).insert_header((header::ACCEPT, "text/html"));
    let response = test::call_service(&app, request.to_request()).await;
    let address = response.headers().get(header::LOCATION);
    let address = address.map(|address| address.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = test::read_body(response).await;
    (status, address, String::from_utf8(body.to_vec()).unwrap())
}

fn caller(role: Role, scope: Scope) -> Caller {
    Caller {
        role,
        scope,
        ..Caller::anyone()
    }
}

#[actix_web::test]
async fn the_header_leads_each_caller_to_the_pages_of_his_work_and_to_no_other() {
    let farmer = caller(Role::Gaveur, Scope::Gaveur(7));
    let technician = caller(Role::TechnicienSqal, Scope::Everything);
    for (caller, path, links) in [
        (&farmer, "/gaveur/7", &["/gaveur/7"][..]),
        (&technician, "/sqal", &["/", "/sqal", "/alertes"]),
        (
            &Caller::anyone(),
            "/auth/login",
            &["/", "/pilotage", "/boucle", "/sqal", "/alertes", "/etat"],
        ),
    ] {
        let (status, _, page) = visited(caller, path).await;
        assert_eq!(status, 200, "{path}");
        let nav = page.split("<nav ").nth(1).unwrap();
        let nav = nav.split("</nav>").next().unwrap();
        let found: Vec<_> = nav
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(found, links, "{path}");
    }
}

#[actix_web::test]
async fn who_may_not_see_the_wall_is_led_from_there_to_his_own_work() {
    let farmer = caller(Role::Gaveur, Scope::Gaveur(7));
    let (status, address, _) = visited(&farmer, "/").await;
    assert_eq!((status, address.as_deref()), (303, Some("/gaveur/7")));
    let (status, address, _) = visited(&farmer, "/sqal").await;
    assert_eq!((status, address), (403, None));
    let collector = caller(Role::Metrics, Scope::Nothing);
    assert_eq!(visited(&collector, "/").await.1.as_deref(), Some("/etat"));
    let station = caller(Role::Station, Scope::Nothing);
    assert_eq!(visited(&station, "/").await.0, 403);
}

#[actix_web::test]
async fn the_address_for_writing_meals_down_leads_a_farmer_to_his_page_and_others_to_theirs() {
    for (caller, home) in [
        (caller(Role::Gaveur, Scope::Gaveur(7)), "/gaveur/7"),
        (caller(Role::TechnicienSqal, Scope::Everything), "/sqal"),
        (Caller::anyone(), "/"),
    ] {
        let (status, address, _) = visited(&caller, "/saisie").await;
        assert_eq!((status, address.as_deref()), (303, Some(home)));
    }
}

#[actix_web::test]
async fn the_service_worker_names_the_version_of_the_pages_and_is_asked_for_again_each_time() {
    let server = TestServer::start().await;
    let (status, _, script) = get(&server, "/sw.js", "\"\"").await;
    let (_, _, page) = get(&server, "/gaveur/7", "\"\"").await;
    let version = script.split("const VERSION = \"").nth(1).unwrap();
    let version = version.split('"').next().unwrap();
    assert_eq!(status, 200);
    assert!(page.contains(&format!("/static/{version}/pages/gaveur.js")));
    assert_eq!(cache_control(&server, "/sw.js").await, "no-cache");
    server.finish().await;
}
