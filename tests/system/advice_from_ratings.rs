//! Advice that ratings give reason for: at night, and at the twentieth rating.

use crate::{
    advice::{open, restarted},
    common::{
        closed_lots::{Fed, OFF, OWN, close, with_closed_lots},
        http,
        server::TestServer,
    },
};
use serde_json::{Value, json};
use ureq::http::Request;

/// Ratings with these stars of the lots whose code begins so.
async fn rate(server: &TestServer, codes: &str, stars: &str) {
    let rated = format!(
        "INSERT INTO consumer_feedbacks (time, feedback_id, product_id, lot_id, code_lot, site_code, gaveur_id, overall_rating, simule, recu)
         SELECT now() - interval '1 hour', nextval('consumer_feedbacks_n'), 'FG_LL', id, code_lot, site_code, gaveur_id, star, simule, ''
         FROM lots_gavage CROSS JOIN unnest(ARRAY[{stars}]) AS star WHERE code_lot LIKE '{codes}%'"
    );
    server.execute(&rated).await;
}

#[actix_web::test]
async fn a_lot_that_consumers_like_less_is_advised_in_the_night_after_its_ratings() {
    let (server, mut producer) = with_closed_lots(&[]).await;
    // So old that at night only its ratings are looked at: no other rule may speak of it then.
    let old = Fed {
        days_ago: 40,
        ..OFF
    };
    close(&server, &mut producer, OWN, 1, old).await;
    let of_feeding = open(&server, "suivi_du_plan").await;
    assert_eq!(of_feeding["preuve"]["lot"]["avis"], 0);
    rate(&server, "LL2610", "4, 5, 4, 5, 4").await;
    rate(
        &server,
        OWN,
        "1, 2, 3, 2, 3, 1, 2, 3, 2, 3, 1, 2, 3, 2, 3, 1, 2, 3, 2, 3",
    )
    .await;
    server
        .execute("DELETE FROM recommandations_etapes; DELETE FROM recommandations")
        .await;
    let server = restarted(server, producer).await;
    let advice = open(&server, "avis").await;
    let evidence = &advice["preuve"];
    assert_eq!(
        (&evidence["mesure"], &evidence["avec"], &evidence["lots"]),
        (&json!("note"), &json!("suivi_du_plan"), &json!(24))
    );
    assert_eq!(
        (&evidence["lot"]["avis"], &evidence["lot"]["note"]),
        (&json!(20), &json!(2.2))
    );
    // 44 stars of 20 ratings, and 24 times 22 of 5.
    let difference = evidence["difference"].as_f64().unwrap();
    assert!((difference - (2.2 - 4.4)).abs() < 1e-9, "{difference}");
    assert_eq!(evidence["repas"].as_array().unwrap().len(), 4);
    assert_eq!(advice["action"], Value::Null);
    let only = server.get("/api/recommandations?gaveur_id=1").await;
    assert_eq!(only.as_array().unwrap().len(), 1, "{only}");
    server.finish().await;
}

/// Of the label of the lot.
const CODE: &str = "7ZZZZZABCDEFGHJKMNPQRSTVWX";

/// Rates the lot through its label from an address.
async fn rate_label(server: &TestServer, code: &str, from: i32, stars: i32) {
    let request = Request::post(server.url("/api/consumer/feedback"))
        .header("content-type", "application/json")
        .header("x-forwarded-for", format!("192.0.2.{from}"));
    let body = json!({"qr_code": code, "overall_rating": stars}).to_string();
    let answer = http::send(request.body(body).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.body());
}

#[actix_web::test]
async fn a_lot_that_consumers_like_less_is_advised_at_its_twentieth_rating_and_by_that_rule_alone()
{
    let (server, mut producer) = with_closed_lots(&["--trusted-proxies", "127.0.0.1"]).await;
    close(&server, &mut producer, OWN, 1, OFF).await;
    open(&server, "suivi_du_plan").await;
    rate(&server, "LL2610", "4, 5, 4, 5, 4").await;
    server
        .execute("DELETE FROM recommandations_etapes; DELETE FROM recommandations")
        .await;
    // No liver of the lot was scanned, so it has no label of its own.
    let label = format!(
        "INSERT INTO consumer_products (product_id, qr_code, origine, lot_id, code_lot, site_code, gaveur_id, produit_le, simule)
         SELECT 'FG_LL', '{CODE}', 'lot', id, code_lot, site_code, gaveur_id, now(), simule FROM lots_gavage WHERE code_lot = '{OWN}'"
    );
    server.execute(&label).await;
    for number in 1..20 {
        rate_label(&server, CODE, number, 1 + number % 3).await;
    }
    let count = "SELECT count(*) FROM recommandations";
    assert_eq!(server.count(count).await, 0);
    rate_label(&server, CODE, 20, 3).await;
    let advice = open(&server, "avis").await;
    assert_eq!(advice["preuve"]["lot"]["avis"], 20);
    assert_eq!(server.count(count).await, 1);
    producer.close().await;
    server.finish().await;
}
