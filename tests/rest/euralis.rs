use crate::{
    common::database::TestDatabase,
    feed::{self, fed, hours_ago},
    support::json,
};
use serde_json::{Value, json as value};

#[actix_web::test]
async fn a_site_without_lots_shows_no_invented_figure() {
    let database = TestDatabase::create().await;
    let sites = json(&database, "/api/euralis/sites").await;
    let codes: Vec<_> = sites
        .as_array()
        .unwrap()
        .iter()
        .map(|site| site["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["LL", "LS", "MT"]);
    let expected = value!({
        "code": "LS", "nom": "La Séguinière", "region": "Pays de la Loire", "lots_en_cours": 0, "gaveurs": 0, "canards_vivants": null,
        "poids_moyen": null, "taux_mortalite": null, "dernier_releve": null, "alertes_ouvertes": 0,
        "alertes_critiques": 0, "simule": false, "id": 2, "nb_gaveurs_actifs": 0,
    });
    assert_eq!(sites[1], expected);
}

#[actix_web::test]
async fn the_figures_of_a_site_are_weighted_by_head_count_over_the_lots_being_fed() {
    let database = TestDatabase::create().await;
    let mut small = fed("LL2601001", 3, "matin", hours_ago(3));
    (
        small.nb_canards_vivants,
        small.poids_moyen,
        small.taux_mortalite,
    ) = (Some(100), Some(4000.0), Some(2.0));
    let mut large = fed("LL2601002", 3, "matin", hours_ago(2));
    (
        large.nb_canards_vivants,
        large.poids_moyen,
        large.taux_mortalite,
    ) = (Some(900), Some(5000.0), None);
    (large.gaveur_id, large.simule) = (4, true);
    let mut unweighed = fed("LL2601003", 3, "matin", hours_ago(5));
    (
        unweighed.nb_canards_vivants,
        unweighed.poids_moyen,
        unweighed.taux_mortalite,
    ) = (Some(500), None, None);
    let mut uncounted = fed("LL2601004", 3, "matin", hours_ago(5));
    uncounted.nb_canards_vivants = None;
    let mut finished = fed("LL2601005", 12, "soir", hours_ago(1));
    finished.pret_abattage = true;
    let last = large.time;
    feed::store(&database, &[small, large, unweighed, uncounted, finished]).await;
    let expected = value!({
        "code": "LL", "nom": "Lantic", "region": "Bretagne", "lots_en_cours": 4, "gaveurs": 2, "canards_vivants": 1500,
        "poids_moyen": 4900.0, "taux_mortalite": 2.0, "dernier_releve": last.to_string(), "alertes_ouvertes": 0,
        "alertes_critiques": 0, "simule": true, "id": 1, "nb_gaveurs_actifs": 2,
    });
    assert_eq!(json(&database, "/api/euralis/sites").await[0], expected);
}

fn keys(meals: &Value) -> Vec<(String, i64)> {
    let meals = meals.as_array().unwrap().iter();
    meals
        .map(|meal| {
            (
                meal["code_lot"].as_str().unwrap().to_owned(),
                meal["jour"].as_i64().unwrap(),
            )
        })
        .collect()
}

#[actix_web::test]
async fn recent_meals_of_all_lots_are_told_newest_first() {
    let database = TestDatabase::create().await;
    let mut other = fed("MT2601003", 2, "soir", hours_ago(2));
    other.gaveur_id = 3;
    let meals = [
        fed("LL2601001", 1, "matin", hours_ago(3)),
        other,
        fed("LL2601001", 2, "matin", hours_ago(1)),
    ];
    feed::store(&database, &meals).await;
    let recent = json(&database, "/api/euralis/gavages/recent?limit=2").await;
    assert_eq!(
        keys(&recent),
        [("LL2601001".to_owned(), 2), ("MT2601003".to_owned(), 2)]
    );
    assert_eq!(recent[1]["gaveur_nom"], "Pierre Leroy");
    assert_eq!(
        json(&database, "/api/euralis/gavages/recent/")
            .await
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[actix_web::test]
async fn a_correction_shows_when_it_was_made() {
    let database = TestDatabase::create().await;
    feed::store(&database, &[fed("LL2601001", 1, "matin", hours_ago(3))]).await;
    let corrected = "UPDATE gavage_data SET corrected_at = '2026-02-01T10:00:00Z'";
    database
        .client()
        .await
        .batch_execute(corrected)
        .await
        .unwrap();
    let recent = json(&database, "/api/euralis/gavages/recent").await;
    assert_eq!(recent[0]["corrected_at"], "2026-02-01T10:00:00Z");
}
