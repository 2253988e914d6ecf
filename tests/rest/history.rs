use crate::{
    common::database::TestDatabase,
    feed::{self, fed, hours_ago},
    naive,
    support::{ask, json},
};
use serde_json::{Value, json as value};

fn without_lot_ids(mut days: Value) -> Vec<Value> {
    for day in days.as_array_mut().unwrap() {
        let day = day.as_object_mut().unwrap();
        assert_eq!(day["canard_id"], day["lot_id"]);
        assert!(day.remove("lot_id").unwrap().as_i64().unwrap() > 0);
        day.remove("canard_id");
    }
    days.as_array().unwrap().clone()
}

#[actix_web::test]
async fn the_history_of_a_random_feed_is_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 0..8 {
        database.empty().await;
        let meals = naive::random_feed(seed);
        let ids = feed::store(&database, &meals).await;
        for gaveur_id in 1..4 {
            for limit in [1, 3, 10, 500] {
                let path = format!("/api/gavage/gaveur/{gaveur_id}?limit={limit}");
                let days = without_lot_ids(json(&database, &path).await);
                let expected = naive::history(&meals, &ids, gaveur_id, limit);
                assert_eq!(days, expected, "seed {seed}, {path}");
            }
        }
    }
}

#[actix_web::test]
async fn a_day_shows_its_fields_in_the_order_of_the_contract() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 0, "matin", hours_ago(5))]).await;
    let answer = ask(&database, "/api/gavage/gaveur/1").await;
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let fields = "id, time, canard_id, lot_id, code_lot, jour, dose_matin, dose_soir, dose_theorique_matin, dose_theorique_soir, heure_gavage_matin, heure_gavage_soir, poids_matin, poids_soir, temperature_stabule, humidite_stabule, gain_poids, ecart_dose_matin, ecart_dose_soir, lot_mais_id, remarques";
    let places: Vec<_> = fields
        .split(", ")
        .map(|field| text.find(&format!("\"{field}\":")).expect(field))
        .collect();
    assert!(places.is_sorted(), "{text}");
    assert_eq!(answer.json()[0].as_object().unwrap().len(), places.len());
}

#[actix_web::test]
async fn a_meal_not_fed_yet_is_null_and_the_first_day_has_no_gain() {
    let database = TestDatabase::create().await;
    let meal = fed(
        "LL2601001",
        0,
        "matin",
        "2026-01-31T23:15:09.5Z".parse().unwrap(),
    );
    feed::store(&database, &[meal]).await;
    let day = &json(&database, "/api/gavage/gaveur/1").await[0];
    assert_eq!(day["time"], "2026-01-31T23:15:09.5Z");
    assert_eq!(day["heure_gavage_matin"], "00:15:09");
    assert_eq!(
        (&day["dose_matin"], &day["dose_soir"]),
        (&value!(410.0), &Value::Null)
    );
    assert_eq!(
        (&day["ecart_dose_matin"], &day["ecart_dose_soir"]),
        (&value!(2.5), &Value::Null)
    );
    assert_eq!(
        (&day["heure_gavage_soir"], &day["gain_poids"]),
        (&Value::Null, &Value::Null)
    );
}

#[actix_web::test]
async fn the_id_of_a_day_does_not_change_when_its_other_meal_arrives() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 0, "soir", hours_ago(5))]).await;
    let before = json(&database, "/api/gavage/gaveur/1").await;
    feed::store(&database, &[fed("LL2601001", 0, "matin", hours_ago(15))]).await;
    let after = json(&database, "/api/gavage/gaveur/1").await;
    assert_eq!(before[0]["id"], after[0]["id"]);
    assert_eq!(after.as_array().unwrap().len(), 1);
    assert_eq!(after[0]["dose_matin"], 410.0);
}

#[actix_web::test]
async fn ten_days_are_told_unless_asked_otherwise() {
    let database = TestDatabase::create().await;
    let meals: Vec<_> = (0..12)
        .map(|jour| {
            fed(
                "LL2601001",
                jour,
                "matin",
                hours_ago(400 - 24 * i64::from(jour)),
            )
        })
        .collect();
    feed::store(&database, &meals).await;
    let days = json(&database, "/api/gavage/gaveur/1").await;
    let jours: Vec<_> = days
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["jour"].as_i64().unwrap())
        .collect();
    assert_eq!(jours, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
}

#[actix_web::test]
async fn an_unknown_gaveur_has_an_empty_history() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 0, "matin", hours_ago(5))]).await;
    assert_eq!(json(&database, "/api/gavage/gaveur/99").await, value!([]));
}
