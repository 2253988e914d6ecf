//! The page behind a label, as a browser without scripts uses it.

use crate::{
    common::server::TestServer,
    quality::post,
    support::{code, inspected, page, rate, send},
};
use serde_json::json;
use ureq::http::{Request, Response};

const LOT: &str = "LL2611001";
const PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

/// Sends a form as a browser does.
async fn submit(server: &TestServer, path: &str, body: &str, origin: &str) -> Response<String> {
    let request = Request::post(server.url(path))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", origin)
        .header("sec-fetch-site", "same-origin")
        .header("x-forwarded-for", "192.0.2.1");
    send(request.body(body.to_owned()).unwrap()).await
}

fn own_origin(server: &TestServer) -> String {
    format!("http://{}", server.address())
}

/// The style sheet that a page names.
fn style_sheet(page: &str) -> &str {
    page.split("stylesheet\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
}

#[actix_web::test]
async fn a_label_leads_to_a_light_page_of_stored_facts_in_the_readers_language() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9, 0.7, 0.5], true).await;
    let code = code(&server, LOT).await;
    // As it stands on the label.
    let french = page(&server, &format!("/C/{code}")).await;
    assert_eq!(french.status(), 200);
    let text = french.body();
    for part in [
        "<html lang=\"fr\">",
        "Bretagne <span class=\"simulated\">simulé</span>",
        "Bonne qualité (B)",
        "<dd>Lantic</dd>",
        "4 repas relevés, le 22/11/2026",
        "<dd>1005</dd>",
        "21,5 °C",
        "3 foies contrôlés, dont 67 % classés A+, A ou B",
        "<dt>À consommer avant le</dt><dd>–</dd>",
        "0 avis sur ce lot",
        "name=\"note\" value=\"5\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(
        !text.contains("<script") && !text.contains("Martin"),
        "{text}"
    );
    let styles = page(&server, style_sheet(text)).await;
    assert_eq!(styles.status(), 200);
    assert!(text.len() + styles.body().len() < 30_000);
    let headers = french.headers();
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self'") && !policy.contains("script-src"));
    assert_eq!(headers["x-robots-tag"], "noindex");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(headers.get("set-cookie").is_none());

    let request = Request::get(server.url(&format!("/c/{}", code.to_lowercase())));
    let request = request.header("accept-language", "en-GB,en;q=0.9");
    let english = send(request.body(String::new()).unwrap()).await;
    assert!(english.body().contains("Duck foie gras") && english.body().contains("simulated"));
    server.finish().await;
}

#[actix_web::test]
async fn a_form_of_one_star_is_a_rating_that_can_be_erased_again() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9], false).await;
    let code = code(&server, LOT).await;
    let own = own_origin(&server);
    let path = format!("/c/{code}/avis");
    let body = "note=5&texture=&flavor=&color=&aroma=&freshness=&context=&recommend=&comment=";
    let foreign = submit(&server, &path, body, "https://evil.example").await;
    assert_eq!(foreign.status(), 403);
    let without_star = submit(&server, &path, "note=", &own).await;
    assert_eq!(without_star.status(), 400);
    assert!(without_star.body().contains("Il manque votre note"));

    let stored = submit(&server, &path, body, &own).await;
    assert_eq!(stored.status(), 303, "{}", stored.body());
    let thanks = stored.headers()["location"].to_str().unwrap().to_owned();
    let thanked = page(&server, &thanks).await;
    assert!(thanked.body().contains("Merci pour votre avis"));
    let receipt = thanks.split("recu=").nth(1).unwrap();
    assert!(
        thanked
            .body()
            .contains(&format!("name=\"recu\" value=\"{receipt}\""))
    );
    let again = submit(&server, &path, body, &own).await;
    assert_eq!(again.status(), 409);
    assert!(again.body().contains("à partir du"), "{}", again.body());

    let erase = format!("/c/{code}/effacer");
    let form = format!("recu={receipt}");
    let erased = submit(&server, &erase, &form, &own).await;
    let told = erased.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        page(&server, &told)
            .await
            .body()
            .contains("Votre avis est effacé")
    );
    let twice = submit(&server, &erase, &form, &own).await;
    let told = twice.headers()["location"].to_str().unwrap().to_owned();
    assert!(
        page(&server, &told)
            .await
            .body()
            .contains("Il n’y a pas d’avis")
    );
    assert_eq!(server.get("/api/consumer/feedbacks").await, json!([]));
    server.finish().await;
}

#[actix_web::test]
async fn the_mean_is_shown_from_five_ratings_on_and_a_label_of_the_lot_tells_of_the_sample() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9, 0.9, 0.7, 0.5], false).await;
    let asked = json!({"code_lot": LOT, "nombre": 1});
    assert_eq!(post(&server, "/api/consumer/products", asked).await.0, 201);
    let code = code(&server, LOT).await;
    for number in 1..=5 {
        let from = format!("198.51.100.{number}");
        let said = json!({"overall_rating": 3 + number % 2});
        assert_eq!(rate(&server, &code, &from, said).await.0, 200);
    }
    let text = page(&server, &format!("/c/{code}")).await.into_body();
    assert!(text.contains("Contrôle par échantillonnage"), "{text}");
    assert!(
        text.contains("4 foies contrôlés, dont 75 % classés A+, A ou B"),
        "{text}"
    );
    assert!(
        text.contains("<strong>3,6 / 5</strong> · 5 avis sur ce lot"),
        "{text}"
    );
    assert!(!text.contains("simulé"));
    server.finish().await;
}

#[actix_web::test]
async fn an_unknown_code_and_a_recalled_product_say_what_to_do() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9], false).await;
    let code = code(&server, LOT).await;
    let unknown = page(&server, "/c/7ZZZZZABCDEFGHJKMNPQRSTVWX").await;
    assert_eq!(unknown.status(), 404);
    assert!(unknown.body().contains("Code inconnu") && unknown.body().contains("Scannez"));
    let recall = format!("/api/consumer/products/{code}/retirer");
    assert_eq!(
        post(&server, &recall, json!({"motif": "<b>essai</b>"}))
            .await
            .0,
        204
    );
    let gone = page(&server, &format!("/c/{code}")).await;
    assert_eq!(gone.status(), 410);
    assert!(gone.body().contains("Ne consommez pas") && !gone.body().contains("<form"));
    let own = own_origin(&server);
    let refused = submit(&server, &format!("/c/{code}/avis"), "note=5", &own).await;
    assert_eq!(refused.status(), 410);
    server.finish().await;
}
