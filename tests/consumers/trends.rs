//! Whether something is liked better than before, compared with our own computation from the list of its ratings.

use crate::{
    common::server::TestServer,
    support::{inspected, products},
};
use serde_json::{Value, json};

const LOT: &str = "LL2611001";
const RARELY_RATED: &str = "LL2611002";

/// Rates the one product of a lot so many times on each of the last sixty days, lately better than before.
async fn rate_for_sixty_days(server: &TestServer, lot: &str, a_day: i32) {
    let rated = format!(
        "INSERT INTO consumer_feedbacks (time, feedback_id, product_id, lot_id, code_lot, site_code, gaveur_id, overall_rating, simule, recu)
         SELECT now() - day * interval '1 day', nextval('consumer_feedbacks_n'), product_id, lot_id, code_lot, site_code, gaveur_id,
            least(5, 1 + (day * 7 + number * 3 + day * day) % 5 + (day < 7)::int), simule, ''
         FROM consumer_products CROSS JOIN generate_series(0, 59) AS day CROSS JOIN generate_series(1, {a_day}) AS number
         WHERE code_lot = '{lot}'"
    );
    server.execute(&rated).await;
}

async fn today(server: &TestServer) -> Vec<Value> {
    let today = "SELECT ((now() AT TIME ZONE 'UTC')::date)::text AS day";
    server.rows(today).await
}

/// Number, mean and variance of the stars that are so many days old.
fn moments(rows: &[Value], ages: std::ops::Range<i64>) -> (f64, f64, f64) {
    let of_age = |row: &&Value| ages.contains(&row["age"].as_i64().unwrap());
    let stars = rows.iter().filter(of_age);
    let stars: Vec<f64> = stars.map(|row| row["star"].as_f64().unwrap()).collect();
    let n = stars.len() as f64;
    let mean = stars.iter().sum::<f64>() / n;
    let squares: f64 = stars.iter().map(|star| (star - mean).powi(2)).sum();
    (n, mean, squares / (n - 1.0))
}

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 0.006, "{found} {expected}");
}

#[actix_web::test]
async fn a_trend_is_the_difference_of_the_last_days_and_as_many_before_and_null_below_twenty_ratings_of_either()
 {
    let server = TestServer::start().await;
    for (lot, a_day) in [(LOT, 4), (RARELY_RATED, 2)] {
        inspected(&server, lot, &[0.9], true).await;
        rate_for_sixty_days(&server, lot, a_day).await;
    }
    let label = products(&server, LOT).await.remove(0);
    let of_product = format!(
        "/api/consumer/product/{}/stats?period=all",
        label["product_id"].as_str().unwrap()
    );
    let of_lot = |lot: &str| format!("/api/consumer/producer/lot/{lot}/stats?period=7d");
    let ratings = format!(
        "SELECT ((now() AT TIME ZONE 'UTC')::date - (time AT TIME ZONE 'UTC')::date)::bigint AS age, overall_rating::bigint AS star
         FROM consumer_feedbacks WHERE code_lot = '{LOT}'"
    );
    // Asked again if midnight came between.
    let (product, lot, rows) = loop {
        let day = today(&server).await;
        let asked = (
            server.get(&of_product).await,
            server.get(&of_lot(LOT)).await,
            server.rows(&ratings).await,
        );
        if today(&server).await == day {
            break asked;
        }
    };
    let (n, now, variance) = moments(&rows, 0..7);
    let (n_before, before, variance_before) = moments(&rows, 7..14);
    assert_eq!((n, n_before), (28.0, 28.0));
    let (_, month, _) = moments(&rows, 0..30);
    let (_, month_before, _) = moments(&rows, 30..60);
    // The quantile for some 54 degrees of freedom, from a printed table.
    let half = 2.005 * (variance / n + variance_before / n_before).sqrt();
    for stats in [&product, &lot] {
        near(&stats["analytics"]["trend_7d"], now - before);
        near(&stats["analytics"]["trend_30d"], month - month_before);
        let week = &stats["tendances"][0];
        assert_eq!(
            (&week["a"], &week["b"]),
            (&json!("7d"), &json!("7d avant")),
            "{week}"
        );
        near(&week["ic95"][0], now - before - half);
        near(&week["ic95"][1], now - before + half);
    }
    assert!(
        now - before > 0.3,
        "the lot is liked better: {now} {before}"
    );
    let rarely = server.get(&of_lot(RARELY_RATED)).await;
    assert_eq!(rarely["analytics"]["total_feedbacks"], 14);
    assert_eq!(rarely["analytics"]["trend_7d"], Value::Null);
    assert!(rarely["analytics"]["trend_30d"].is_f64(), "{rarely}");
    assert_eq!(rarely["tendances"].as_array().unwrap().len(), 1);
    server.finish().await;
}
