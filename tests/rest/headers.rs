//! Headers that every answer carries.

use crate::common::{raw, server::TestServer};

const ALWAYS: [&str; 4] = [
    "x-content-type-options: nosniff",
    "referrer-policy: same-origin",
    "cross-origin-resource-policy: same-origin",
    "cross-origin-opener-policy: same-origin",
];
const STRICT: &str = "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; manifest-src 'self'; worker-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
                      form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n";
/// A farmer's page may start one worker, through the one policy that is named.
const OF_GAVEURS: &str = "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                          connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
                          form-action 'none'; require-trusted-types-for 'script'; trusted-types service-worker\r\n";

/// The head of the answer to a request with these further headers, in small letters.
async fn head(server: &TestServer, line: &str, headers: &str) -> String {
    let request =
        format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    let answer = raw::ask(server.address(), &request).await;
    assert_ne!(answer.status, 0, "{line}");
    answer.head + "\r\n"
}

#[actix_web::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let server = TestServer::start().await;
    for (line, headers) in [
        ("GET /", ""),
        ("GET /gaveur/7", ""),
        ("GET /gaveur/jean", ""),
        ("GET /static/js/wall.js", ""),
        ("GET /sw.js", ""),
        ("GET /api/lots", ""),
        ("GET /api/lots?limit=dix", ""),
        ("GET /api/openapi.json", ""),
        ("DELETE /api/lots", ""),
        (
            "POST /api/alertes/1/acquitter",
            "Origin: https://evil.example\r\nContent-Length: 0\r\n",
        ),
        (
            "OPTIONS /api/lots",
            "Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n",
        ),
        ("GET /health", ""),
        ("GET /metrics", ""),
        ("GET /nothing", ""),
        ("GET /ws/realtime", ""),
        ("GET /ws/gaveur/jean", "Upgrade: websocket\r\n"),
    ] {
        let head = head(&server, line, headers).await;
        let is_of_gaveur = line.starts_with("GET /gaveur/");
        let policy = if is_of_gaveur { OF_GAVEURS } else { STRICT };
        for header in ALWAYS.into_iter().chain([policy]) {
            assert_eq!(
                head.matches(header).count(),
                1,
                "{header} at {line}: {head}"
            );
        }
        let is_kept = !head.contains("cache-control: no-store\r\n");
        // The wall has its lots in it.
        let is_data = line.contains(" /api") || line == "GET /";
        assert_eq!(is_kept, !is_data, "{line}: {head}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_page_of_the_description_has_a_policy_of_its_own_and_cannot_be_framed_either() {
    let server = TestServer::start().await;
    for path in ["/docs", "/docs/", "/docs/swagger-initializer.js"] {
        let head = head(&server, &format!("GET {path}"), "").await;
        let policy = head.split("content-security-policy: ").nth(1);
        let policy = policy.unwrap().split("\r\n").next().unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|one| one == part),
                "{path}: {policy}"
            );
        }
        for header in ALWAYS {
            assert!(head.contains(header), "{path}: {head}");
        }
    }
    server.finish().await;
}
