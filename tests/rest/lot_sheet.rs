//! All that the page of a lot shows.

use crate::{
    common::{database::TestDatabase, http, readings::reading, server::TestServer},
    feed::{self, Fed, fed, hours_ago},
    support::{ask_as, json},
};
use actix_web::http::{Method, StatusCode};
use gaveurs::{
    domain::{access::Role, scope::Scope},
    http::caller::Caller,
};
use serde_json::{Value, json as value};
use ureq::http::Request;

#[actix_web::test]
async fn a_correction_stands_beside_what_was_said_before_with_who_said_it() {
    let database = TestDatabase::create().await;
    let meals = [
        fed("LL2601002", 1, "matin", hours_ago(30)),
        fed("LL2601002", 1, "soir", hours_ago(18)),
        fed("LL2601002", 2, "matin", hours_ago(6)),
    ];
    feed::store(&database, &meals).await;
    let client = database.client().await;
    for sql in [
        "UPDATE gavage_data SET dose_reelle = 433, auteur = 'Jean', origine = 'saisie', corrected_at = now() WHERE jour = 1 AND moment = 'soir'",
        "UPDATE gavage_data SET dose_reelle = 422, auteur = 'Anne', corrected_at = now() WHERE jour = 1 AND moment = 'soir'",
        "DELETE FROM gavage_data WHERE jour = 1 AND moment = 'matin'",
    ] {
        client.execute(sql, &[]).await.unwrap();
    }
    let sheet = json(&database, "/api/lots/LL2601002/fiche").await;
    let meals = sheet["repas"].as_array().unwrap().iter();
    let meals: Vec<_> = meals
        .map(|m| {
            value!([
                m["jour"],
                m["moment"],
                m["dose_reelle"],
                m["auteur"],
                m["origine"]
            ])
        })
        .collect();
    let expected = [
        value!([1, "soir", 422.0, "Anne", "saisie"]),
        value!([2, "matin", 410.0, null, "flux"]),
    ];
    assert_eq!(meals, expected);
    let versions = sheet["versions"].as_array().unwrap().iter();
    let versions: Vec<_> = versions
        .map(|v| value!([v["moment"], v["dose_reelle"], v["auteur"], v["supprime"]]))
        .collect();
    let expected = [
        value!(["matin", 410.0, null, true]),
        value!(["soir", 410.0, null, false]),
        value!(["soir", 433.0, "Jean", false]),
    ];
    assert_eq!(versions, expected);
}

/// A finished lot of Bretagne with one day of these two doses.
fn finished(number: usize, morning: f64, evening: f64) -> [Fed; 2] {
    let ended = hours_ago(24 * (3 + number as i64));
    let code = format!("LL2601{number:03}");
    let mut meals = [fed(&code, 0, "matin", ended), fed(&code, 0, "soir", ended)];
    (meals[0].dose_reelle, meals[1].dose_reelle) = (morning, evening);
    meals[1].pret_abattage = true;
    meals
}

/// What the writer does for a finished lot.
const SUM_UP: &str =
    "UPDATE lots_gavage SET bilan_fait = true, mais_g_par_canard = 800 WHERE pret_abattage";

#[actix_web::test]
async fn the_corridor_of_a_lot_holds_what_twenty_peers_were_given_at_each_meal() {
    let database = TestDatabase::create().await;
    let doses: Vec<_> = (0..23_usize)
        .map(|n| (250.0 + (n * 7 % 23) as f64, 300.0 + (n * n % 41) as f64))
        .collect();
    for (number, (morning, evening)) in doses.iter().enumerate() {
        feed::store(&database, &finished(number, *morning, *evening)).await;
    }
    feed::store(&database, &[fed("LL2602001", 0, "matin", hours_ago(2))]).await;
    let client = database.client().await;
    client.execute(SUM_UP, &[]).await.unwrap();
    // Not peers: of another genetics, simulated, and not summed up because a meal is missing.
    for (lot, change) in [
        ("LL2601020", "genetique = 'Barbarie'"),
        ("LL2601021", "simule = true"),
        ("LL2601022", "mais_g_par_canard = NULL"),
    ] {
        let sql = format!("UPDATE lots_gavage SET {change} WHERE code_lot = '{lot}'");
        client.execute(&sql, &[]).await.unwrap();
    }
    let corridor = json(&database, "/api/lots/LL2602001/fiche").await["couloir"].clone();
    let of = |pick: fn(&(f64, f64)) -> f64| doses[..20].iter().map(pick).collect::<Vec<_>>();
    let expected = value!({
        "pairs": 20, "du_site": true, "minimum": 20,
        "repas": [band("matin", of(|day| day.0)), band("soir", of(|day| day.1))],
    });
    assert_eq!(corridor, expected);
    let sql = "UPDATE lots_gavage SET bilan_fait = false WHERE code_lot = 'LL2601001'";
    client.execute(sql, &[]).await.unwrap();
    let corridor = json(&database, "/api/lots/LL2602001/fiche").await["couloir"].clone();
    assert_eq!(
        (&corridor["pairs"], &corridor["repas"]),
        (&value!(19), &value!([]))
    );
}

/// Quantiles of twenty doses: each lies between two neighbours, as far as its place between them.
fn band(moment: &str, mut doses: Vec<f64>) -> Value {
    doses.sort_by(f64::total_cmp);
    let between = |tenths: usize| {
        let place = 19 * tenths;
        let (low, part) = (place / 10, (place % 10) as f64 / 10.0);
        let value = doses[low] * (1.0 - part) + doses[low + 1] * part;
        (value * 10.0).round() / 10.0
    };
    value!({"jour": 0, "moment": moment, "n": 20, "p10": between(1), "p50": between(5), "p90": between(9)})
}

#[actix_web::test]
async fn the_livers_of_a_lot_are_counted_by_mass_and_its_itm_has_a_class() {
    let database = TestDatabase::create().await;
    feed::store(&database, &finished(1, 3600.0, 3600.0)).await;
    let client = database.client().await;
    client.execute(SUM_UP, &[]).await.unwrap();
    for (number, mass) in [410.0, 449.9, 450.0, 560.0, 990.0].into_iter().enumerate() {
        let sql = "INSERT INTO sensor_samples (time, sample_id, device_id, site_code, lot_id, code_lot, final_grade, masse_foie_g, nb_defauts,
                defauts, sellable, qr_allowed, simule)
            SELECT now(), $1, 'ESP32_LL_01', 'LL', id, code_lot, 'A', $2, 0, '[]', true, true, false FROM lots_gavage";
        let sample = format!("S-{number}");
        client.execute(sql, &[&sample, &mass]).await.unwrap();
    }
    let sheet = json(&database, "/api/lots/LL2601001/fiche").await;
    let masses = sheet["masses"].as_array().unwrap().iter();
    let counted: Vec<_> = masses
        .map(|class| value!([class["de_g"], class["n"]]))
        .collect();
    let expected = [
        (400.0, 2),
        (450.0, 1),
        (500.0, 0),
        (550.0, 1),
        (600.0, 0),
        (650.0, 0),
        (700.0, 0),
        (750.0, 0),
        (800.0, 1),
    ];
    let expected: Vec<_> = expected.iter().map(|(from, n)| value!([from, n])).collect();
    assert_eq!(counted, expected);
    // 800 g of maize for livers of 572 g.
    assert_eq!(sheet["qualite"]["itm"], 1.4);
    assert_eq!(sheet["itm_classe"], "A");
}

#[actix_web::test]
async fn a_farmer_finds_no_peer_among_the_lots_of_others() {
    let database = TestDatabase::create().await;
    for number in 0..20 {
        feed::store(&database, &finished(number, 250.0, 300.0)).await;
    }
    feed::store(&database, &[fed("LL2602001", 0, "matin", hours_ago(2))]).await;
    let client = database.client().await;
    client.execute(SUM_UP, &[]).await.unwrap();
    let sql = "UPDATE lots_gavage SET gaveur_id = 4 WHERE code_lot = 'LL2601007'";
    client.execute(sql, &[]).await.unwrap();
    let farmer = Caller {
        role: Role::Gaveur,
        scope: Scope::Gaveur(1),
        ..Caller::anyone()
    };
    let path = "/api/lots/LL2602001/fiche";
    let own = ask_as(database.pool(), &farmer, Method::GET, path).await;
    assert_eq!(own.json()["couloir"]["pairs"], 19);
    let foreign = "/api/lots/LL2601007/fiche";
    let foreign = ask_as(database.pool(), &farmer, Method::GET, foreign).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_page_of_an_unknown_lot_is_a_404_that_is_still_the_page() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    let reading = reading("LL2611001", 7, 0, "matin");
    producer.send(value!([reading])).await;
    producer.next_of("ack").await;
    producer.close().await;
    for (path, status) in [
        ("/lot/LL2611001", 200),
        ("/lot/LL2611002", 404),
        ("/lot/%20", 404),
    ] {
        let request = Request::get(server.url(path)).body(()).unwrap();
        let answer = http::send(request).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let page = answer.into_body();
        assert!(page.contains("/pages/lot.js"), "{path}: {page}");
    }
    server.finish().await;
}
