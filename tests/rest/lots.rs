use crate::{
    common::database::TestDatabase,
    feed::{self, Fed, fed, hours_ago},
    support::{ask, assert_holds, json},
};
use actix_web::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json as value};

fn codes(lots: &Value) -> Vec<&str> {
    let lots = lots.as_array().unwrap().iter();
    lots.map(|lot| lot["code_lot"].as_str().unwrap()).collect()
}

/// Three lots: gaveur 1 feeds one and has finished one, gaveur 3 feeds one.
fn three_lots() -> Vec<Fed> {
    let mut finished = fed("LL2601001", 12, "soir", hours_ago(30));
    finished.pret_abattage = true;
    let mut other = fed("MT2601003", 2, "soir", hours_ago(1));
    other.gaveur_id = 3;
    vec![finished, fed("LL2601002", 3, "matin", hours_ago(2)), other]
}

#[actix_web::test]
async fn lots_are_listed_with_the_most_recently_updated_first() {
    let database = TestDatabase::create().await;
    feed::store(&database, &three_lots()).await;
    let lots = json(&database, "/api/lots/").await;
    assert_eq!(codes(&lots), ["MT2601003", "LL2601002", "LL2601001"]);
    let newest = json(&database, "/api/lots?limit=1").await;
    assert_eq!(codes(&newest), ["MT2601003"]);
}

#[actix_web::test]
async fn both_vocabularies_choose_the_lots_that_are_being_fed() {
    let database = TestDatabase::create().await;
    feed::store(&database, &three_lots()).await;
    for word in ["en_gavage", "en_cours"] {
        let lots = json(&database, &format!("/api/lots/?statut={word}")).await;
        assert_eq!(codes(&lots), ["MT2601003", "LL2601002"]);
        let own = json(&database, &format!("/api/lots/gaveur/1?statut={word}")).await;
        assert_eq!(codes(&own), ["LL2601002"]);
    }
    let finished = json(&database, "/api/lots/?statut=pret_abattage").await;
    assert_eq!(codes(&finished), ["LL2601001"]);
}

#[actix_web::test]
async fn a_gaveur_sees_his_own_lots_only() {
    let database = TestDatabase::create().await;
    feed::store(&database, &three_lots()).await;
    assert_eq!(
        codes(&json(&database, "/api/lots/gaveur/1").await),
        ["LL2601002", "LL2601001"]
    );
    assert_eq!(json(&database, "/api/lots/gaveur/99").await, value!([]));
}

#[actix_web::test]
async fn a_lot_is_found_by_its_code_and_by_its_id() {
    let database = TestDatabase::create().await;
    let time = "2026-01-05T07:30:00Z".parse().unwrap();
    feed::store(&database, &[fed("LL2601002", 3, "matin", time)]).await;
    let lot = json(&database, "/api/lots/LL2601002").await;
    let id = lot["id"].as_i64().unwrap();
    assert_eq!(json(&database, &format!("/api/lots/{id}")).await, lot);
    let mut fields = lot.clone();
    for generated in ["id", "created_at"] {
        fields.as_object_mut().unwrap().remove(generated).unwrap();
    }
    let expected = value!({
        "code_lot": "LL2601002", "gaveur_id": 1, "gaveur_nom": "Jean Martin", "site_code": "LL", "genetique": "Mulard",
        "debut_lot": "2026-01-02", "nb_canards_initial": 1000, "nb_canards_actuel": 1000, "jour_actuel": 3, "moment_actuel": "matin",
        "poids_moyen_actuel": 5000.0, "taux_mortalite": 0.5, "pret_abattage": false, "statut": "en_gavage", "simule": false,
        "dernier_releve": "2026-01-05T07:30:00Z", "updated_at": "2026-01-05T07:30:00Z",
    });
    assert_holds(&fields, &expected, "the lot");
}

#[actix_web::test]
async fn a_code_made_of_digits_is_found_before_the_lot_with_that_id() {
    let database = TestDatabase::create().await;
    feed::store(&database, &three_lots()).await;
    let client = database.client().await;
    let renamed = "UPDATE lots_gavage SET code_lot = (SELECT id::text FROM lots_gavage WHERE code_lot = 'LL2601001') WHERE code_lot = 'MT2601003'
        RETURNING code_lot";
    let code: String = client.query_one(renamed, &[]).await.unwrap().get(0);
    let lot = json(&database, &format!("/api/lots/{code}")).await;
    assert_eq!(
        (&lot["code_lot"], &lot["gaveur_id"]),
        (&value!(code), &value!(3))
    );
}

#[actix_web::test]
async fn the_meals_of_a_lot_are_told_oldest_first_whatever_their_order_of_arrival() {
    let database = TestDatabase::create().await;
    let mut unweighed = fed("LL2601002", -1, "soir", hours_ago(40));
    (
        unweighed.poids_moyen,
        unweighed.dose_theorique,
        unweighed.simule,
    ) = (None, None, true);
    let meals = [
        fed("LL2601002", 10, "soir", hours_ago(2)),
        fed("LL2601002", 2, "matin", hours_ago(10)),
        unweighed,
        fed("LL2601002", 10, "matin", hours_ago(9)),
        fed("LL2601009", 1, "matin", hours_ago(9)),
    ];
    let ids = feed::store(&database, &meals).await;
    let told = json(&database, "/api/lots/LL2601002/repas").await;
    let told = told.as_array().unwrap();
    let told_ids: Vec<_> = told
        .iter()
        .map(|meal| meal["id"].as_i64().unwrap())
        .collect();
    assert_eq!(told_ids, [ids[2], ids[1], ids[3], ids[0]]);
    let mut first = told[0].clone();
    assert!(
        first
            .as_object_mut()
            .unwrap()
            .remove("recu_le")
            .unwrap()
            .is_string()
    );
    // It was stored hours after its time.
    let at = |field: &str| {
        told[0][field]
            .as_str()
            .unwrap()
            .parse::<Timestamp>()
            .unwrap()
    };
    let ahead = at("time").duration_since(at("recu_le")).as_secs();
    assert!(ahead < -7_200, "{ahead}");
    let expected = value!({
        "id": ids[2], "time": meals[2].time.to_string(), "code_lot": "LL2601002", "gaveur_id": 1, "gaveur_nom": "Jean Martin",
        "site": "LL", "genetique": "Mulard", "jour": -1, "moment": "soir", "dose_theorique": null, "dose_reelle": 410.0,
        "ecart_dose": null, "poids_moyen": null, "nb_canards_vivants": 1000, "taux_mortalite": 0.5, "temperature_stabule": 21.5,
        "humidite_stabule": 62.0, "timestamp": feed::words_of(&meals[2]), "horloge_douteuse": false, "pret_abattage": false, "simule": true,
        "horloge_ecart_s": ahead, "corrected_at": null, "origine": "flux",
    });
    assert_eq!(first, expected);
    assert_eq!(told[1]["ecart_dose"], 2.5);
}

#[actix_web::test]
async fn an_unknown_lot_is_a_404_that_names_it() {
    let database = TestDatabase::create().await;
    for path in [
        "/api/lots/LL9999999",
        "/api/lots/123456789012345678901234567890",
        "/api/lots/0/repas",
    ] {
        let answer = ask(&database, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.detail().starts_with("there is no lot"), "{path}");
    }
}
