//! A lot written from the server's cache ends in the same state as one read from the database first.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::{TestServer, settings},
};
use gaveurs::app::Application;
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

async fn fed(server: &TestServer, numbers: std::ops::Range<i32>) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for number in numbers {
        assert_eq!(producer.ask(meal(LOT, 1, number)).await["type"], "ack");
    }
    producer
}

async fn change(server: &TestServer, statement: &str) {
    let client = server.database.pool().get().await.unwrap();
    assert_eq!(client.execute(statement, &[]).await.unwrap(), 1);
}

#[actix_web::test]
async fn a_lot_that_somebody_else_changed_keeps_the_change_and_takes_no_new_meal() {
    let server = TestServer::start().await;
    let mut producer = fed(&server, 0..3).await;
    change(
        &server,
        "UPDATE lots_gavage SET statut = 'controle_qualite'",
    )
    .await;
    assert_eq!(producer.ask(meal(LOT, 1, 2)).await["type"], "ack");
    assert_eq!(producer.ask(meal(LOT, 1, 3)).await["type"], "error");
    let lots = server
        .rows("SELECT statut, jour_actuel, moment_actuel FROM lots_gavage")
        .await;
    assert_eq!(
        json!(lots),
        json!([{"statut": "controle_qualite", "jour_actuel": 1, "moment_actuel": "matin"}])
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn two_servers_that_feed_one_lot_in_turn_see_what_the_other_did() {
    let server = TestServer::start().await;
    let other = Application::build(&settings(&server.database.url(), &[]))
        .await
        .unwrap();
    let mut here = fed(&server, 0..3).await;
    let mut there = Client::connect(other.address(), "/ws/gavage").await;
    there.next().await;
    let hot = |number| with(meal(LOT, 1, number), json!({"temperature_stabule": 27.0}));
    assert_eq!(there.ask(hot(3)).await["type"], "ack");
    assert_eq!(there.ask(hot(4)).await["type"], "ack");
    let alerts = "SELECT type, ferme_jour, ferme_moment FROM alertes";
    let open = json!([{"type": "temperature", "ferme_jour": null, "ferme_moment": null}]);
    assert_eq!(json!(server.rows(alerts).await), open);
    assert_eq!(here.ask(meal(LOT, 1, 5)).await["type"], "ack");
    let closed = json!([{"type": "temperature", "ferme_jour": 2, "ferme_moment": "soir"}]);
    assert_eq!(json!(server.rows(alerts).await), closed);
    assert_eq!(there.ask(meal(LOT, 1, 6)).await["type"], "ack");
    let meals = "SELECT count(*) AS meals, max(jour) AS jour FROM gavage_data";
    assert_eq!(
        json!(server.rows(meals).await),
        json!([{"meals": 7, "jour": 3}])
    );
    let lots = "SELECT jour_actuel, cardinality(pesees_g) AS pesees FROM lots_gavage";
    assert_eq!(
        json!(server.rows(lots).await),
        json!([{"jour_actuel": 3, "pesees": 7}])
    );
    here.close().await;
    there.close().await;
    other.stop().await.unwrap();
    server.finish().await;
}

#[actix_web::test]
async fn meals_beyond_a_front_that_was_set_back_by_hand_are_corrected_in_place() {
    let server = TestServer::start().await;
    fed(&server, 0..6).await.close().await;
    change(
        &server,
        "UPDATE lots_gavage SET jour_actuel = 0, moment_actuel = 'matin'",
    )
    .await;
    // One server that has cached the lot, and one that must read it.
    let server = {
        let mut producer = fed(&server, 0..0).await;
        assert_eq!(producer.ask(dose(2, 391.0)).await["type"], "ack");
        producer.close().await;
        TestServer::start_on(server.finish().await, &[]).await
    };
    let mut producer = fed(&server, 0..0).await;
    assert_eq!(producer.ask(dose(4, 392.0)).await["type"], "ack");
    let corrected =
        "SELECT jour, dose_reelle FROM gavage_data WHERE corrected_at IS NOT NULL ORDER BY jour";
    assert_eq!(
        json!(server.rows(corrected).await),
        json!([{"jour": 1, "dose_reelle": 391}, {"jour": 2, "dose_reelle": 392}])
    );
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 6);
    producer.close().await;
    server.finish().await;
}

fn dose(number: i32, grams: f64) -> Value {
    with(meal(LOT, 1, number), json!({"dose_reelle": grams}))
}
