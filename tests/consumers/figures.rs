//! What many ratings amount to, compared with our own computation.

use crate::{
    common::{closed_lots::with_closed_lots, http, server::TestServer},
    quality::post,
    support::{code, inspected, page, products, rate},
};
use gaveurs::domain::{access::Role, grant::Grant, key::Key, site::Site};
use serde_json::{Value, json};
use ureq::http::Request;

const LOT: &str = "LL2611001";
const OTHER: &str = "LL2611002";
const PROXY: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

/// Rates one product with each of these stars, from an address each.
async fn rate_all(server: &TestServer, lot: &str, stars: &[i64]) {
    let code = code(server, lot).await;
    for (number, stars) in stars.iter().enumerate() {
        let from = format!("198.51.{}.{}", number / 200, 1 + number % 200);
        let said = json!({
            "overall_rating": stars, "would_recommend": *stars > 3, "comment": "bon", "repurchase_intent": stars,
            "detailed_ratings": {"texture": 6 - stars},
        });
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
    // .75 more of each, and 3 more in all.
    let (middle, sum) = (8.0 / 43.0, (16.75 + 8.75) / 43.0_f64);
    let half = 1.96 * ((sum - middle * middle) / 43.0_f64).sqrt();
    near(&row["nps_ic95"][0], 100.0 * (middle - half));
    near(&row["nps_ic95"][1], 100.0 * (middle + half));
    // Wilson's: the shares at which 24 of 40 are 1.96 standard errors away.
    let z2 = 1.96_f64.powi(2);
    let half = 1.96 * (0.6 * 0.4 / n + z2 / (4.0 * n * n)).sqrt();
    for (place, half) in [-half, half].into_iter().enumerate() {
        let bound = (0.6 + z2 / (2.0 * n) + half) / (1.0 + z2 / n);
        near(&row["recommande_ic95"][place], 100.0 * bound);
    }
    assert_eq!(
        (&row["rachat"]["n"], &row["aspects"]["texture"]["n"]),
        (&json!(40), &json!(40))
    );
    near(&row["rachat"]["moyenne"], mean);
    near(&row["aspects"]["texture"]["moyenne"], 6.0 - mean);
    assert_eq!(row["aspects"]["aroma"], json!({"n": 0, "moyenne": null}));

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
    assert_eq!(relations.len(), 90);
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

async fn as_bearer(server: &TestServer, key: Option<&Key>, path: &str) -> (u16, Value) {
    let mut request = Request::get(server.url(path));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {}", key.reveal()));
    }
    let answer = http::send(request.body(()).unwrap()).await.unwrap();
    let body = serde_json::from_str(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}

#[actix_web::test]
async fn figures_are_for_everybody_from_five_ratings_on_and_comments_only_for_supervision_and_the_lots_gaveur()
 {
    let server = TestServer::start_with(&PROXY).await;
    inspected(&server, LOT, &[0.9], false).await;
    let label = products(&server, LOT).await.remove(0);
    rate_all(&server, LOT, &[5, 4, 3, 1]).await;
    let flags = ["--auth", "on", "--trusted-proxies", "127.0.0.1"];
    let server = TestServer::start_on(server.finish().await, &flags).await;
    let farmer = async |id| {
        let grant = Grant {
            gaveur_id: Some(id),
            ..Grant::new(Role::Gaveur)
        };
        server.key(&grant, None).await
    };
    let supervisor = async |site| {
        let grant = Grant {
            sites: [site].into(),
            ..Grant::new(Role::Superviseur)
        };
        server.key(&grant, None).await
    };
    let (own, other) = (farmer(1).await, farmer(2).await);
    let (here, elsewhere) = (supervisor(Site::Ll).await, supervisor(Site::Mt).await);
    let inspector = server.key(&Grant::new(Role::TechnicienSqal), None).await;
    let simulator = server.key(&Grant::new(Role::Simulateur), None).await;
    let of_product = format!(
        "/api/consumer/product/{}/stats",
        label["product_id"].as_str().unwrap()
    );
    let of_lot = format!("/api/consumer/producer/lot/{LOT}/stats");
    let of_site = "/api/consumer/producer/site/LL/stats";
    // How many comments a caller reads on each of the three; `None` if he is told nothing.
    let read = async |key: Option<&Key>| {
        let mut read = Vec::new();
        for path in [&of_product, &of_lot, of_site] {
            let (status, stats) = as_bearer(&server, key, path).await;
            assert!(
                status == 404 || stats["figures"]["n"].as_i64() >= Some(4),
                "{stats}"
            );
            read.push((status == 200).then(|| stats["recent_comments"].as_array().unwrap().len()));
        }
        read
    };
    assert_eq!(read(None).await, [None; 3]);
    assert_eq!(read(Some(&other)).await, [None; 3]);
    assert_eq!(read(Some(&inspector)).await, [None; 3]);
    assert_eq!(read(Some(&elsewhere)).await, [None; 3]);
    assert_eq!(read(Some(&own)).await, [Some(4), Some(4), None]);
    assert_eq!(read(Some(&here)).await, [Some(4); 3]);

    let fifth = json!({"overall_rating": 2, "comment": "bon"});
    let code = label["qr_code"].as_str().unwrap();
    assert_eq!(rate(&server, code, "192.0.2.9", fifth).await.0, 200);
    for stranger in [None, Some(&other), Some(&inspector), Some(&elsewhere)] {
        assert_eq!(read(stranger).await, [Some(0); 3]);
    }
    let (_, stats) = as_bearer(&server, None, &of_product).await;
    near(&stats["analytics"]["average_overall_rating"], 3.0);
    assert_eq!(
        stats["figures"]["repartition"],
        json!({"1": 1, "2": 1, "3": 1, "4": 1, "5": 1})
    );
    let unknown = "/api/consumer/product/FG_LL_20261122_999999/stats";
    assert_eq!(as_bearer(&server, Some(&here), unknown).await.0, 404);

    let recent = "/api/consumer/producer/comments/recent";
    for (key, status) in [
        (None, 401),
        (Some(&inspector), 403),
        (Some(&simulator), 403),
    ] {
        assert_eq!(as_bearer(&server, key, recent).await.0, status);
    }
    for (key, count) in [(&own, 5), (&other, 0), (&here, 5), (&elsewhere, 0)] {
        let (_, comments) = as_bearer(&server, Some(key), recent).await;
        assert_eq!(comments.as_array().unwrap().len(), count);
    }
    server.finish().await;
}

/// The place of each value among all, that of equal ones their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count() as f64;
        let same = values.iter().filter(|other| *other == value).count() as f64;
        below + (same + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(x), mean(y));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| of(x - a, y - b)).sum()
    };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[actix_web::test]
async fn a_relation_of_ratings_and_what_the_sensors_saw_is_that_of_the_ranks_of_the_lots() {
    let (server, producer) = with_closed_lots(&[]).await;
    producer.close().await;
    // Of one site and one genetics, so that nothing is centred away; real livers are not fresh by number.
    server
        .execute(
            "INSERT INTO consumer_feedbacks (time, feedback_id, product_id, lot_id, code_lot, site_code, gaveur_id, overall_rating, simule, recu)
             SELECT now(), nextval('consumer_feedbacks_n'), 'FG_LL', id, code_lot, site_code, gaveur_id,
                1 + (id * 5 + place * (id % 3)) % 5, simule, ''
             FROM lots_gavage CROSS JOIN generate_series(1, 6) AS place;
             UPDATE lots_histoires SET fraicheur = (lot_id * 7 % 24) / 24.0, oxydation = (lot_id * lot_id % 11) / 11.0",
        )
        .await;
    let lots = server
        .rows(
            "SELECT (SELECT avg(overall_rating)::double precision FROM consumer_feedbacks WHERE lot_id = lot.id) AS note, fraicheur, oxydation
             FROM lots_gavage lot JOIN lots_histoires ON lot_id = lot.id ORDER BY lot.id",
        )
        .await;
    assert_eq!(lots.len(), 24);
    let column =
        |name: &str| -> Vec<f64> { lots.iter().map(|lot| lot[name].as_f64().unwrap()).collect() };
    let told = server.get("/api/consumer/correlations").await;
    let ratings = &told["avis_par_lot"];
    assert_eq!(
        (&told["lots"], &told["minimum"], &ratings["mediane"]),
        (&json!(24), &json!(20), &json!(6))
    );
    for input in ["fraicheur", "oxydation"] {
        let mut relations = told["relations"].as_array().unwrap().iter();
        let found = relations
            .find(|one| one["sortie"] == "note" && one["entree"] == input)
            .unwrap();
        let rho = pearson(&ranks(&column("note")), &ranks(&column(input)));
        assert_eq!(found["n"], 24);
        near(&found["rho"], rho);
        near(&found["rho_brut"], rho);
        let half = 1.96 * ((1.0 + rho * rho / 2.0) / 21.0).sqrt();
        near(&found["ic95"][0], (rho.atanh() - half).tanh());
        near(&found["ic95"][1], (rho.atanh() + half).tanh());
    }
    server.finish().await;
}
