//! From a foie to a label, and off the market.

use crate::{
    common::server::TestServer,
    quality::post,
    support::{claimed, code, finish, inspected, page, products, scan},
};
use serde_json::json;
use std::collections::HashSet;

const LOT: &str = "LL2611001";

#[actix_web::test]
async fn a_foie_that_may_carry_a_label_makes_one_product_in_the_samples_transaction() {
    let server = TestServer::start().await;
    claimed(&server, LOT, false).await;
    let scores = [0.9, 0.8, 0.7, 0.5, 0.2];
    scan(&server, LOT, &scores, false).await;
    // The same samples again are the same foies.
    scan(&server, LOT, &scores, false).await;
    let made = products(&server, LOT).await;
    let grades: Vec<_> = made
        .iter()
        .map(|product| product["sqal_grade"].as_str())
        .collect();
    assert_eq!(grades, [Some("B"), Some("A"), Some("A+")]);
    let codes: HashSet<_> = made
        .iter()
        .map(|product| product["qr_code"].as_str().unwrap().to_owned())
        .collect();
    assert!(codes.len() == 3 && codes.iter().all(|code| code.len() == 26));
    // The day of the last meal.
    let id = made[2]["product_id"].as_str().unwrap();
    assert_eq!(id, "FG_LL_20261122_000001");
    assert_eq!(
        (
            &made[0]["origine"],
            &made[0]["simule"],
            &made[0]["blockchain_hash"]
        ),
        (&json!("echantillon"), &json!(false), &json!(null))
    );
    let latest = server.get("/api/consumer/latest-product").await;
    assert_eq!(
        (&latest["code_lot"], &latest["product"]),
        (&json!(LOT), &made[0])
    );
    let lot_id = &made[0]["lot_id"];
    let by_id = server
        .get(&format!("/api/consumer/products?lot_id={lot_id}"))
        .await;
    assert_eq!(by_id, json!(made));
    let both = format!("/api/consumer/products?lot_id={lot_id}&code_lot={LOT}");
    assert_eq!(server.status(&both).await, 400);
    server.finish().await;
}

#[actix_web::test]
async fn a_lot_that_is_rejected_takes_its_products_off_the_market_and_gets_no_more() {
    let server = TestServer::start().await;
    claimed(&server, LOT, false).await;
    scan(&server, LOT, &[0.9, 0.2, 0.2, 0.2], false).await;
    assert_eq!(products(&server, LOT).await.len(), 1);
    finish(&server, LOT).await;
    assert_eq!(products(&server, LOT).await.len(), 0);
    let retired = server
        .rows("SELECT retire_par, retire_motif FROM consumer_products")
        .await;
    assert_eq!(
        retired,
        [json!({"retire_par": null, "retire_motif": "lot refusé au contrôle"})]
    );
    scan(&server, LOT, &[0.2, 0.2, 0.2, 0.2, 0.9], false).await;
    let count = "SELECT count(*) FROM sensor_samples";
    assert_eq!(server.count(count).await, 5);
    let count = "SELECT count(*) FROM consumer_products";
    assert_eq!(server.count(count).await, 1);
    server.finish().await;
}

#[actix_web::test]
async fn labels_of_a_lot_are_made_once_its_control_has_ended_well() {
    let server = TestServer::start().await;
    claimed(&server, LOT, false).await;
    let path = "/api/consumer/products";
    let asked = json!({
        "code_lot": LOT, "nombre": 30, "date_limite": "2027-01-31", "conditionnement": "bocal 180 g", "par": "Anne",
    });
    let (status, refused) = post(&server, path, asked.clone()).await;
    assert_eq!(status, 409, "{refused}");
    scan(&server, LOT, &[0.9], false).await;
    finish(&server, LOT).await;
    let (status, made) = post(&server, path, asked).await;
    assert_eq!((status, &made["nombre"]), (201, &json!(30)), "{made}");
    let of_the_lot = products(&server, LOT).await;
    assert_eq!(of_the_lot.len(), 31);
    assert_eq!(
        (&of_the_lot[0]["origine"], &of_the_lot[0]["sqal_grade"]),
        (&json!("lot"), &json!(null))
    );
    let (status, wrong) = post(&server, path, json!({"code_lot": LOT, "nombre": 0})).await;
    assert_eq!((status, &wrong["champ"]), (400, &json!("nombre")));
    let unknown = json!({"code_lot": "LL9999999", "nombre": 1});
    assert_eq!(post(&server, path, unknown).await.0, 404);

    let table = page(&server, made["etiquettes"].as_str().unwrap()).await;
    let lines: Vec<_> = table.body().lines().collect();
    assert_eq!(lines.len(), 32);
    assert!(
        lines[31].ends_with(";31/01/2027;bocal 180 g;non"),
        "{}",
        lines[31]
    );
    let sheet = page(&server, made["planche"].as_str().unwrap()).await;
    assert_eq!(sheet.status(), 200);
    assert_eq!(sheet.body().matches("<svg ").count(), 31);
    let recorded = server
        .rows("SELECT action, object FROM audit ORDER BY id DESC LIMIT 1")
        .await;
    assert_eq!(
        recorded,
        [json!({"action": "label_lot", "object": "LL2611001 × 30"})]
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_recalled_product_stays_recalled() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9, 0.8], false).await;
    let code = code(&server, LOT).await;
    let path = format!("/api/consumer/products/{code}/retirer");
    assert_eq!(post(&server, &path, json!({"par": "Anne"})).await.0, 400);
    let asked = json!({"par": "Anne", "motif": "bocal mal fermé"});
    assert_eq!(post(&server, &path, asked).await.0, 204);
    let again = json!({"par": "Luc", "motif": "autre"});
    assert_eq!(post(&server, &path, again).await.0, 204);
    let retired = server
        .rows("SELECT retire_par, retire_motif FROM consumer_products WHERE retire_le IS NOT NULL")
        .await;
    assert_eq!(
        retired,
        [json!({"retire_par": "Anne", "retire_motif": "bocal mal fermé"})]
    );
    assert_eq!(products(&server, LOT).await.len(), 1);
    let unknown = "/api/consumer/products/7ZZZZZABCDEFGHJKMNPQRSTVWX/retirer";
    assert_eq!(post(&server, unknown, json!({"motif": "x"})).await.0, 404);
    server.finish().await;
}

#[actix_web::test]
async fn the_image_of_a_code_is_kept_for_ever_and_found_however_the_code_is_typed() {
    let server = TestServer::start_with(&["--public-url", "https://gavage.example"]).await;
    inspected(&server, LOT, &[0.9], false).await;
    let code = code(&server, LOT).await;
    let image = |code: &str, query: &str| format!("/api/consumer/products/{code}/qr.svg{query}");
    let first = page(&server, &image(&code, "")).await;
    assert_eq!(first.status(), 200);
    assert_eq!(first.headers()["content-type"], "image/svg+xml");
    let kept = first.headers()["cache-control"].to_str().unwrap();
    assert!(kept.contains("immutable"), "{kept}");
    assert!(
        first.body().contains("viewBox=\"-4 -4 37 37\""),
        "{}",
        first.body()
    );
    let typed = page(&server, &image(&code.to_lowercase(), "?marge=0")).await;
    assert!(typed.body().contains("viewBox=\"-0 -0 29 29\""));
    assert_eq!(
        page(&server, &image(&code, "?marge=21")).await.status(),
        400
    );
    let unknown = page(&server, &image("7ZZZZZABCDEFGHJKMNPQRSTVWX", "")).await;
    assert_eq!(unknown.status(), 404);
    server.finish().await;
}

#[actix_web::test]
async fn what_a_label_tells_of_a_closed_lot_does_not_change_when_rows_of_the_lot_do() {
    let server = TestServer::start().await;
    claimed(&server, LOT, false).await;
    scan(&server, LOT, &[0.9, 0.8, 0.5], false).await;
    let code = code(&server, LOT).await;
    let told = async || {
        let mut told = Vec::new();
        for path in ["/api/consumer/scan/", "/api/public/traceability/", "/c/"] {
            let answer = page(&server, &format!("{path}{code}")).await;
            assert_eq!(answer.status(), 200);
            told.push(answer.into_body());
        }
        told
    };
    let is_told = async |part: &str| told().await[2].contains(part);
    assert!(is_told("3 foies contrôlés, dont 67 % classés A+, A ou B").await);
    // Until the lot is closed its story goes on.
    scan(&server, LOT, &[0.9, 0.8, 0.5, 0.9], false).await;
    assert!(is_told("4 foies contrôlés, dont 75 % classés A+, A ou B").await);
    finish(&server, LOT).await;
    let frozen = told().await;
    let seen = "SELECT fraicheur, oxydation FROM lots_histoires";
    let means = "SELECT avg(freshness_index) AS fraicheur, avg(oxidation_index) AS oxydation FROM sensor_samples";
    let seen = server.rows(seen).await;
    assert_eq!(seen, server.rows(means).await);
    assert!(seen[0]["fraicheur"].is_f64(), "{seen:?}");
    scan(&server, LOT, &[0.9, 0.8, 0.5, 0.9, 0.2], false).await;
    for change in [
        "UPDATE gavage_data SET temperature_stabule = 30, dose_reelle = 999",
        "UPDATE lots_gavage SET nb_canards_initial = 5, premier_releve = premier_releve - interval '3 days'",
        "DELETE FROM gavage_data WHERE jour = 0",
        "DELETE FROM sensor_samples",
    ] {
        server.execute(change).await;
        assert!(told().await == frozen, "{change}");
    }
    server.finish().await;
}
