//! The fields that older clients read, path by path: the consumer simulator, the tiles of the demonstration page, the page of traceability.

use crate::{
    common::server::TestServer,
    support::{code, inspected, rate},
};
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

/// Asserts that an object has these fields, which are separated by commas.
fn has(object: &Value, fields: &str) {
    for field in fields.split(',').map(str::trim) {
        assert!(object.get(field).is_some(), "{field} is missing: {object}");
    }
}

const PRODUCT: &str =
    "product_id, qr_code, lot_id, sample_id, sqal_grade, blockchain_hash, created_at";

#[actix_web::test]
async fn every_older_path_answers_with_every_field_that_older_clients_read() {
    let server = TestServer::start().await;
    inspected(&server, LOT, &[0.9], true).await;
    let code = code(&server, LOT).await;
    let listed = server.get("/api/consumer/products").await;
    has(&listed[0], PRODUCT);
    has(
        &listed[0],
        "code_lot, tof_score, as7341_score, origine, simule",
    );
    let latest = server.get("/api/consumer/latest-product").await;
    has(&latest, "code_lot, lot_id, product");
    has(&latest["product"], PRODUCT);
    has(&latest["product"], "tof_score, as7341_score");

    let scan = server.get(&format!("/api/consumer/scan/{code}")).await;
    has(
        &scan,
        "success, traceability, already_reviewed, average_rating, total_reviews, simule",
    );
    has(
        &scan["traceability"],
        "product_id, lot_code, qr_code, site_code, site_name, region, production_date, quality_control_date, packaging_date, best_before_date,
         sqal_quality_score, sqal_grade, sqal_compliance, gavage_duration_days, average_itm, certifications, production_method,
         carbon_footprint_kg, animal_welfare_score, blockchain_hash, blockchain_verified",
    );

    let trace = server
        .get(&format!("/api/public/traceability/{code}?_t=1"))
        .await;
    has(&trace, "id, product, quality, timeline, gaveur, blockchain");
    has(
        &trace["product"],
        "name, category, description, weight, production_date, product_code, certifications",
    );
    has(&trace["quality"], "score, grade, analysis");
    has(
        &trace["timeline"][0],
        "id, title, description, status, date, location",
    );
    has(
        &trace["gaveur"],
        "name, farm_name, address, location, performance_score, certifications, animals_count",
    );
    has(
        &trace["blockchain"],
        "transaction_hash, block_number, confirmations, timestamp",
    );

    // As the older simulator sends it.
    let sent = json!({
        "product_id": listed[0]["product_id"], "comment": "Excellent", "consumption_context": "home", "would_recommend": true,
        "detailed_ratings": {"texture": 5, "flavor": 5, "color": 4, "aroma": 4, "freshness": 5}, "repurchase_intent": 5,
        "consumer_age_range": "26-35", "consumer_region": "Bretagne", "device_type": "mobile",
    });
    let (status, thanks) = rate(&server, &code, "192.0.2.1", sent).await;
    assert_eq!(status, 200, "{thanks}");
    has(&thanks, "success, feedback_id, message, reward_points");
    let feedbacks = server.get("/api/consumer/feedbacks?limit=10").await;
    has(
        &feedbacks[0],
        "id, product_id, overall_rating, rating, texture_rating, flavor_rating, color_rating, aroma_rating, freshness_rating, comment,
         consumption_context, time, created_at, code_lot, simule",
    );

    let product = listed[0]["product_id"].as_str().unwrap();
    for path in [
        format!("/api/consumer/product/{product}/stats"),
        format!("/api/consumer/producer/lot/{LOT}/stats?period=30d"),
        "/api/consumer/producer/site/LL/stats?period=all".to_owned(),
    ] {
        let stats = server.get(&path).await;
        has(&stats, "period, analytics, recent_comments, insights");
        has(
            &stats["analytics"],
            "total_feedbacks, average_overall_rating, rating_distribution, avg_texture, avg_flavor, avg_color, avg_aroma, avg_freshness,
             recommendation_rate, avg_repurchase_intent, trend_7d, trend_30d",
        );
        assert_eq!(stats["recent_comments"][0]["comment"], "Excellent");
    }
    let comments = "/api/consumer/producer/comments/recent?site_code=LL&limit=20";
    has(
        &server.get(comments).await[0],
        "id, product_id, comment, time",
    );
    server.finish().await;
}
