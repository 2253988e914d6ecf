//! From a scan to a rating, and what is told of it.

use crate::{
    common::server::TestServer,
    quality::{post, welcomed},
    support::{code, inspected, page, rate, send},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use ureq::http::Request;

const LOT: &str = "LL2611001";
const UNKNOWN: &str = "7ZZZZZABCDEFGHJKMNPQRSTVWX";
/// Addresses are those that this machine names.
const PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

#[actix_web::test]
async fn a_scan_tells_what_is_stored_and_leaves_out_what_is_not() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9, 0.8, 0.7, 0.5], false).await;
    let code = code(&server, LOT).await;
    let scan = server.get(&format!("/api/consumer/scan/{code}")).await;
    let told = &scan["traceability"];
    assert_eq!(
        (
            &scan["success"],
            &scan["already_reviewed"],
            &scan["average_rating"],
            &scan["total_reviews"]
        ),
        (&json!(true), &json!(false), &json!(null), &json!(0))
    );
    for (field, value) in [
        ("lot_code", json!(LOT)),
        ("qr_code", json!(code)),
        ("site_name", json!("Lantic")),
        ("region", json!("Bretagne")),
        ("production_date", json!("2026-11-22")),
        ("sqal_grade", json!("B")),
        ("sqal_compliance", json!(true)),
        ("gavage_duration_days", json!(2)),
        ("average_itm", json!(3.02)),
        ("best_before_date", Value::Null),
        ("certifications", json!([])),
        ("carbon_footprint_kg", Value::Null),
        ("blockchain_hash", Value::Null),
        ("blockchain_verified", json!(false)),
    ] {
        assert_eq!(told[field], value, "{field}");
    }
    let typed = code.to_lowercase().replace('0', "o");
    assert_eq!(
        server.get(&format!("/api/consumer/scan/{typed}")).await,
        scan
    );
    let trace = server
        .get(&format!("/api/public/traceability/{code}?_t=1"))
        .await;
    assert_eq!(
        (
            &trace["quality"]["grade"],
            &trace["quality"]["score"],
            &trace["gaveur"]["name"]
        ),
        (&json!("good"), &json!(70), &json!(""))
    );
    assert_eq!(trace["timeline"][0]["status"], "completed");
    assert_eq!(trace["timeline"][1]["date"], Value::Null);
    let unknown = format!("/api/consumer/scan/{UNKNOWN}");
    assert_eq!(server.status(&unknown).await, 404);

    let recall = format!("/api/consumer/products/{code}/retirer");
    assert_eq!(
        post(&server, &recall, json!({"motif": "essai"})).await.0,
        204
    );
    for path in ["/api/consumer/scan/", "/api/public/traceability/"] {
        let (status, gone) = server.ask(&format!("{path}{code}")).await;
        assert_eq!((status, &gone["code"]), (410, &json!("gone")));
    }
    assert_eq!(rate(&server, &code, "192.0.2.1", json!({})).await.0, 410);
    server.finish().await;
}

#[actix_web::test]
async fn a_rating_is_stored_once_and_its_receipt_erases_it() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9, 0.8], false).await;
    let code = code(&server, LOT).await;
    let said = json!({
        "detailed_ratings": {"texture": 5, "aroma": 3}, "comment": "Très bon\u{200b}", "consumption_context": "gift",
        "would_recommend": true, "repurchase_intent": 4, "photo_urls": ["x"], "consumer_age_range": "30-45",
    });
    let (status, thanks) = rate(&server, &code, "192.0.2.1", said).await;
    assert_eq!(
        (status, &thanks["success"], &thanks["reward_points"]),
        (200, &json!(true), &json!(0)),
        "{thanks}"
    );
    let listed = server.get("/api/consumer/feedbacks").await;
    let only = &listed[0];
    for (field, value) in [
        ("id", thanks["feedback_id"].clone()),
        ("overall_rating", json!(4)),
        ("rating", json!(4)),
        ("texture_rating", json!(5)),
        ("flavor_rating", json!(null)),
        ("aroma_rating", json!(3)),
        ("comment", json!("Très bon")),
        ("consumption_context", json!("gift")),
        ("code_lot", json!(LOT)),
        ("simule", json!(false)),
    ] {
        assert_eq!(only[field], value, "{field}");
    }
    assert_eq!(only["time"], only["created_at"]);
    let (status, again) = rate(&server, &code, "192.0.2.1", json!({})).await;
    assert_eq!((status, &again["code"]), (409, &json!("conflict")));
    let scan = server.get(&format!("/api/consumer/scan/{code}")).await;
    assert_eq!(
        (&scan["already_reviewed"], &scan["total_reviews"]),
        (&json!(true), &json!(1))
    );

    let receipt = thanks["recu"].as_str().unwrap().to_lowercase();
    let erase = || {
        let address = server.url(&format!("/api/consumer/feedback/{receipt}"));
        send(Request::delete(address).body(String::new()).unwrap())
    };
    assert_eq!(erase().await.status(), 204);
    assert_eq!(erase().await.status(), 404);
    assert_eq!(server.get("/api/consumer/feedbacks").await, json!([]));
    // The erased one still counts for thirty days, so that nobody rates again and again.
    assert_eq!(rate(&server, &code, "192.0.2.1", json!({})).await.0, 409);
    server
        .execute("UPDATE consumer_votes SET expire_le = now() - interval '1 s'")
        .await;
    assert_eq!(rate(&server, &code, "192.0.2.1", json!({})).await.0, 200);
    server.finish().await;
}

#[actix_web::test]
async fn a_rating_that_cannot_be_used_names_its_field_and_one_that_is_too_long_is_not_read() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9], false).await;
    let code = code(&server, LOT).await;
    for (fields, field) in [
        (json!({"overall_rating": 6}), "overall_rating"),
        (json!({"product_id": "FG_LL_20261122_999999"}), "product_id"),
        (json!({"comment": "a".repeat(1_001)}), "comment"),
    ] {
        let (status, refused) = rate(&server, &code, "192.0.2.1", fields).await;
        assert_eq!(
            (status, &refused["champ"]),
            (400, &json!(field)),
            "{refused}"
        );
    }
    assert_eq!(rate(&server, UNKNOWN, "192.0.2.1", json!({})).await.0, 404);
    let long = json!({"device_type": "a".repeat(17_000)});
    let (status, refused) = rate(&server, &code, "192.0.2.1", long).await;
    assert_eq!((status, &refused["code"]), (413, &json!("too_large")));
    assert_eq!(server.count("SELECT count(*) FROM consumer_votes").await, 0);
    server.finish().await;
}

#[actix_web::test]
async fn of_fifty_equal_ratings_at_once_one_is_stored() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9], false).await;
    let code = code(&server, LOT).await;
    let all = (0..50).map(|_| rate(&server, &code, "192.0.2.1", json!({})));
    let statuses: Vec<_> = join_all(all).await.iter().map(|answer| answer.0).collect();
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(200), count(409)), (1, 49), "{statuses:?}");
    let stored = "SELECT count(*) FROM consumer_feedbacks";
    assert_eq!(server.count(stored).await, 1);
    server.finish().await;
}

#[actix_web::test]
async fn addresses_are_told_apart_by_a_trusted_proxy_alone_and_are_stored_nowhere() {
    let database = {
        let server = TestServer::start_with(&PROXY).await;
        inspected(&server, LOT, &[0.9], false).await;
        let code = code(&server, LOT).await;
        let each = [
            ("192.0.2.1", 200),
            ("192.0.2.2", 200),
            ("192.0.2.1", 409),
            ("2001:db8:1:2::1", 200),
            ("2001:db8:1:2::ff", 409),
            ("2001:db8:1:3::1", 200),
        ];
        for (from, expected) in each {
            let (status, answer) = rate(&server, &code, from, json!({})).await;
            assert_eq!(status, expected, "{from}: {answer}");
        }
        let rows = server
            .rows("SELECT consumer_votes::text AS row FROM consumer_votes UNION ALL SELECT consumer_feedbacks::text FROM consumer_feedbacks")
            .await;
        let stored = json!(rows).to_string();
        assert!(
            !stored.contains("192.0.2") && !stored.contains("db8:"),
            "{stored}"
        );
        server.finish().await
    };
    let server = TestServer::start_on(database, &[]).await;
    let code = code(&server, LOT).await;
    // Of a proxy that nobody trusts all are one.
    assert_eq!(rate(&server, &code, "192.0.2.8", json!({})).await.0, 200);
    assert_eq!(rate(&server, &code, "192.0.2.9", json!({})).await.0, 409);
    server.finish().await;
}

#[actix_web::test]
async fn who_asks_too_often_is_told_when_to_come_back_and_a_simulator_is_not_stopped() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9; 40], false).await;
    inspected(&server, "LL2611002", &[0.9; 40], true).await;
    let rate_all = async |lot: &str| {
        let mut statuses = Vec::new();
        for product in crate::support::products(&server, lot).await {
            let code = product["qr_code"].as_str().unwrap();
            statuses.push(rate(&server, code, "192.0.2.1", json!({})).await.0);
        }
        statuses
    };
    let real = rate_all(LOT).await;
    assert_eq!(real, [[200; 30].as_slice(), &[429; 10]].concat());
    assert_eq!(rate_all("LL2611002").await, [200; 40]);
    let unknown = async |from: &'static str| {
        let request = Request::get(server.url(&format!("/api/consumer/scan/{UNKNOWN}")));
        let request = request.header("x-forwarded-for", from);
        send(request.body(String::new()).unwrap()).await
    };
    for _ in 0..20 {
        assert_eq!(unknown("192.0.2.7").await.status(), 404);
    }
    let refused = unknown("192.0.2.7").await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "3");
    assert_eq!(unknown("192.0.2.8").await.status(), 404);
    server.finish().await;
}

#[actix_web::test]
async fn screens_are_told_of_a_rating_but_neither_its_comment_nor_the_code() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9], true).await;
    let code = code(&server, LOT).await;
    let mut screen = welcomed(&server, "/ws/realtime/").await;
    let mut farmer = server.connect("/ws/gaveur/1").await;
    farmer.send(json!({"type": "heartbeat"})).await;
    farmer.next_of("heartbeat_ack").await;
    let mut of_meals = welcomed(&server, "/ws/realtime/").await;
    let filters = json!({"type": "subscribe", "filters": {"data_type": "gavage_only"}});
    of_meals.send(filters).await;
    of_meals.next_of("subscribe_ack").await;
    for number in 1..=5 {
        let from = format!("192.0.2.{number}");
        let said = json!({"comment": "secret", "overall_rating": number});
        assert_eq!(rate(&server, &code, &from, said).await.0, 200);
        let told = screen.next_of("consumer_feedback").await;
        let mean = if number == 5 { json!(3.0) } else { Value::Null };
        for (field, value) in [
            ("code_lot", json!(LOT)),
            ("site_code", json!("LL")),
            ("gaveur_id", json!(1)),
            ("overall_rating", json!(number)),
            ("grade", json!("A+")),
            ("n_lot", json!(number)),
            ("moyenne_lot", mean.clone()),
            ("simule", json!(true)),
        ] {
            assert_eq!(told["data"][field], value, "{field}");
        }
        assert!(told["seq"].is_u64());
        let avis = farmer.next_of("avis").await;
        assert_eq!(
            (&avis["data"]["n"], &avis["data"]["moyenne"]),
            (&json!(number), &mean)
        );
        let both = format!("{told}{avis}");
        assert!(!both.contains("secret") && !both.contains(&code), "{both}");
    }
    // A screen of meals alone is not told.
    of_meals.send(json!({"type": "heartbeat"})).await;
    let next = of_meals
        .next_of_either("consumer_feedback", "heartbeat_ack")
        .await;
    assert_eq!(next["type"], "heartbeat_ack");
    for client in [screen, farmer, of_meals] {
        client.close().await;
    }
    assert_eq!(page(&server, &format!("/c/{code}")).await.status(), 200);
    server.finish().await;
}
