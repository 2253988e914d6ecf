//! What many ratings amount to, compared with our own computation.

use crate::{
    common::server::TestServer,
    quality::post,
    support::{code, inspected, page, products, rate},
};
use serde_json::{Value, json};

const LOT: &str = "LL2611001";
const OTHER: &str = "LL2611002";
const PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

/// Rates one product with each of these stars, from an address each.
async fn rate_all(server: &TestServer, lot: &str, stars: &[i64]) {
    let code = code(server, lot).await;
    for (number, stars) in stars.iter().enumerate() {
        let from = format!("198.51.{}.{}", number / 200, 1 + number % 200);
        let said =
            json!({"overall_rating": stars, "would_recommend": *stars > 3, "comment": "bon"});
        assert_eq!(rate(server, &code, &from, said).await.0, 200);
    }
}

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 0.006, "{found} {expected}");
}

#[actix_web::test]
async fn the_figures_of_a_lot_are_those_of_its_list_of_ratings_and_real_ones_stand_alone() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9], false).await;
    inspected(&server, OTHER, &[0.9], true).await;
    let stars: Vec<i64> = (0..40).map(|number| [5, 4, 3, 5, 1][number % 5]).collect();
    rate_all(&server, LOT, &stars).await;
    rate_all(&server, OTHER, &[1, 1, 1, 1, 1]).await;
    let stats = server.get("/api/consumer/stats?par=lot").await;
    assert_eq!(stats["simule"], false);
    assert_eq!(stats["lignes"].as_array().unwrap().len(), 1);
    let row = &stats["lignes"][0];
    assert_eq!((&row["cle"], &row["n"]), (&json!(LOT), &json!(40)));
    assert_eq!(
        row["repartition"],
        json!({"1": 8, "2": 0, "3": 8, "4": 8, "5": 16})
    );
    let n = stars.len() as f64;
    let mean = stars.iter().sum::<i64>() as f64 / n;
    let squares: f64 = stars.iter().map(|star| (*star as f64 - mean).powi(2)).sum();
    let sd = (squares / (n - 1.0)).sqrt();
    near(&row["moyenne"], mean);
    near(&row["ecart_type"], sd);
    // The quantile for 39 degrees of freedom, from a printed table.
    near(&row["ic95"][0], mean - 2.0227 * sd / n.sqrt());
    near(&row["ic95"][1], mean + 2.0227 * sd / n.sqrt());
    near(&row["nps"], 100.0 * (16.0 - 8.0) / 40.0);
    near(&row["recommande_pct"], 60.0);
    assert_eq!(row["recommande_n"], 40);

    let by = async |par: &str| server.get(&format!("/api/consumer/stats?par={par}")).await;
    for (par, key) in [("gaveur", "1"), ("site", "LL"), ("grade", "A+")] {
        let found = by(par).await;
        assert_eq!(found["lignes"][0]["cle"], key, "{found}");
        assert_eq!(found["lignes"][0]["n"], 40);
    }
    assert_eq!(server.status("/api/consumer/stats?par=canard").await, 400);
    let old = server
        .get(&format!("/api/consumer/producer/lot/{LOT}/stats?period=7d"))
        .await;
    assert_eq!(old["analytics"]["total_feedbacks"], 40);
    near(&old["analytics"]["average_overall_rating"], mean);
    assert_eq!(old["recent_comments"].as_array().unwrap().len(), 20);
    let of_site = server.get("/api/consumer/producer/site/LL/stats").await;
    assert_eq!(
        (&of_site["figures"]["n"], &of_site["simule"]),
        (&json!(40), &json!(false))
    );
    server.finish().await;
}

#[actix_web::test]
async fn too_few_lots_are_told_to_be_too_few_and_too_few_ratings_have_no_mean() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9], true).await;
    rate_all(&server, LOT, &[5, 4, 3, 3]).await;
    let stats = server.get("/api/consumer/stats?par=mois").await;
    let row = &stats["lignes"][0];
    assert_eq!(
        (
            &stats["simule"],
            &row["n"],
            &row["moyenne"],
            &row["ic95"],
            &row["nps"]
        ),
        (
            &json!(true),
            &json!(4),
            &json!(null),
            &json!(null),
            &json!(null)
        )
    );
    let none = server.get("/api/consumer/correlations").await;
    assert_eq!(
        (&none["lots"], &none["avis_par_lot"]),
        (&json!(0), &json!(null))
    );
    server
        .execute("UPDATE consumer_votes SET expire_le = now() - interval '1 s'")
        .await;
    rate_all(&server, LOT, &[2]).await;
    let one = server.get("/api/consumer/correlations").await;
    assert_eq!(
        (&one["lots"], &one["avis_par_lot"]["min"]),
        (&json!(1), &json!(5))
    );
    let relations = one["relations"].as_array().unwrap();
    assert_eq!(relations.len(), 70);
    assert_eq!(
        (&relations[0]["rho"], &relations[0]["lecture"]),
        (&json!(null), &json!("il manque 19 lots"))
    );
    let asked = json!({"motif": "essai"});
    let code = code(&server, LOT).await;
    assert_eq!(
        post(
            &server,
            &format!("/api/consumer/products/{code}/retirer"),
            asked
        )
        .await
        .0,
        204
    );
    assert_eq!(products(&server, LOT).await.len(), 0);
    server.finish().await;
}

#[actix_web::test]
async fn ratings_are_exported_in_the_order_of_their_times() {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9], false).await;
    rate_all(&server, LOT, &[5, 2]).await;
    let table = page(&server, "/api/exports/avis.csv").await;
    assert_eq!(table.status(), 200);
    let lines: Vec<_> = table.body().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("\u{feff}Heure;Lot;Site;Gaveur n°;Produit;Grade;Note"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains(";LL2611001;LL;1;FG_LL_20261122_000001;A+;5;"),
        "{}",
        lines[1]
    );
    assert!(lines[2].ends_with(";non"), "{}", lines[2]);
    server.finish().await;
}
