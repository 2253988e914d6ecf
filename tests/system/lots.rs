//! The current state of a lot, as other programs query it.

use crate::common::{
    readings::{meal, reading, with},
    server::TestServer,
};
use serde_json::json;

#[actix_web::test]
async fn the_state_of_a_lot_is_that_of_its_most_advanced_meal() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for (jour, moment, weight) in [
        (0, "matin", 4000.0),
        (4, "soir", 5200.0),
        (2, "matin", 4500.0),
        (4, "matin", 5100.0),
    ] {
        producer
            .ask(with(
                reading("LS2611001", 2, jour, moment),
                json!({"poids_moyen": weight}),
            ))
            .await;
    }
    let state = "SELECT jour_actuel, moment_actuel, poids_moyen_actuel, pret_abattage, statut FROM lots_gavage";
    assert_eq!(
        server.rows(state).await,
        [
            json!({"jour_actuel": 4, "moment_actuel": "soir", "poids_moyen_actuel": 5200, "pret_abattage": false, "statut": "en_gavage"})
        ]
    );
    // A correction of the front changes the state.
    producer
        .ask(with(
            reading("LS2611001", 2, 4, "soir"),
            json!({"poids_moyen": 5150}),
        ))
        .await;
    assert_eq!(server.rows(state).await[0]["poids_moyen_actuel"], 5150);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn ready_for_slaughter_ends_feeding_for_good() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer.ask(meal("LS2611001", 2, 22)).await;
    producer
        .ask(with(
            meal("LS2611001", 2, 23),
            json!({"pret_abattage": true}),
        ))
        .await;
    producer.ask(meal("LS2611001", 2, 23)).await;
    let lots = server
        .rows("SELECT pret_abattage, statut FROM lots_gavage")
        .await;
    assert_eq!(
        lots,
        [json!({"pret_abattage": true, "statut": "pret_abattage"})]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_preparation_day_begins_a_lot() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let message = with(
        reading("LS2611001", 2, -1, "soir"),
        json!({"timestamp": "2026-01-31T23:30:00Z"}),
    );
    assert_eq!(producer.ask(message).await["jour"], -1);
    let lots = server
        .rows("SELECT jour_actuel, debut_lot, nb_canards_initial FROM lots_gavage")
        .await;
    // The date is that of the configured zone.
    assert_eq!(
        lots,
        [json!({"jour_actuel": -1, "debut_lot": "2026-02-01", "nb_canards_initial": 1005})]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_query_of_the_operators_gives_the_lots_that_moved_last() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for lot in [
        "MT2512001",
        "LS2512003",
        "LL2512001",
        "MT2512004",
        "LS2512004",
        "MT2512005",
        "MT2512006",
        "MT2512007",
    ] {
        producer.ask(meal(lot, 3, 5)).await;
    }
    producer
        .ask(with(
            meal("LS2512003", 3, 6),
            json!({"pret_abattage": true, "taux_mortalite": 1.25}),
        ))
        .await;
    let query = "SELECT code_lot, gaveur_id, jour_actuel, poids_moyen_actuel, taux_mortalite, pret_abattage FROM lots_gavage WHERE code_lot LIKE 'MT%' OR code_lot LIKE 'LS%2512003' ORDER BY updated_at DESC LIMIT 5";
    let rows = server.rows(query).await;
    let codes: Vec<_> = rows
        .iter()
        .map(|row| row["code_lot"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "LS2512003",
            "MT2512007",
            "MT2512006",
            "MT2512005",
            "MT2512004"
        ]
    );
    assert_eq!(
        rows[0],
        json!({"code_lot": "LS2512003", "gaveur_id": 3, "jour_actuel": 3, "poids_moyen_actuel": 5180.5, "taux_mortalite": 1.25, "pret_abattage": true})
    );
    producer.close().await;
    server.finish().await;
}
