//! Pages and the files they load.

use crate::common::{http, server::TestServer};
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
        ("/", "wall.js", "href=\"/\" aria-current"),
        ("/sqal/", "sqal.js", "href=\"/sqal\" aria-current"),
        ("/alertes", "alertes.js", "href=\"/alertes\" aria-current"),
        ("/gaveur/7", "gaveur.js", ""),
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
        assert_eq!(page.matches("aria-current").count(), mark.len().min(1));
        for left in ["of the page -->", "of alerts -->", "server -->", "{zone}"] {
            assert!(!page.contains(left), "{left} is left in {path}");
        }
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_page_or_file_that_is_already_there_is_not_sent_again() {
    let server = TestServer::start().await;
    for path in ["/", "/gaveur/7", "/static/js/wall.js"] {
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
