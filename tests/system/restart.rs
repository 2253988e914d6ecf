//! A server that starts on a database with data.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

/// The snapshot and the site figures after it, without the values that differ between runs of the server.
async fn wall(server: &TestServer) -> (Value, Value, Value) {
    let mut screen = server.connect("/ws/realtime/").await;
    let mut snapshot = screen.next_of("snapshot").await;
    let sites = screen.next_of("site_stats").await;
    let life = json!({"epoch": snapshot["epoch"].take(), "seq": snapshot["seq"].take()});
    for lot in snapshot["lots"].as_array_mut().unwrap() {
        let recu_le: jiff::Timestamp = lot["recu_le"].take().as_str().unwrap().parse().unwrap();
        assert!(jiff::Timestamp::now().duration_since(recu_le).as_secs() < 60);
    }
    let mut sites = sites["sites"].clone();
    for site in sites.as_array_mut().unwrap() {
        site["dernier_releve"].take();
    }
    screen.close().await;
    (snapshot["lots"].take(), sites, life)
}

async fn feed(producer: &mut Client) {
    producer.next().await;
    for number in 0..7 {
        for (lot, gaveur, name) in [
            ("LL2611001", 1, "Jean Martin"),
            ("LS2611001", 2, "Sophie Dubois"),
            ("MT2611001", 77, "Anne Noël"),
        ] {
            let fields = json!({"gaveur_nom": name, "poids_moyen": 4000.1 + f64::from(number), "nb_canards_vivants": 500 + gaveur, "simule": gaveur == 1});
            producer.ask(with(meal(lot, gaveur, number), fields)).await;
        }
    }
    producer
        .ask(with(
            meal("LS2611002", 2, 24),
            json!({"gaveur_nom": "Sophie Dubois", "pret_abattage": true}),
        ))
        .await;
    let unweighed = json!({"poids_moyen": null, "taux_mortalite": null, "simule": true});
    producer.ask(with(meal("LL2611001", 1, 7), unweighed)).await;
}

#[actix_web::test]
async fn a_restarted_server_shows_the_wall_that_it_left() {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    feed(&mut producer).await;
    producer.close().await;
    let (lots, sites, life) = wall(&server).await;
    assert_eq!(lots.as_array().unwrap().len(), 4);
    assert_eq!(lots[0]["jour"], 3);

    let server = TestServer::start_on(server.finish().await, &[]).await;
    let (again, sites_again, next_life) = wall(&server).await;
    assert_eq!(again, lots);
    assert_eq!(sites_again, sites);
    assert_ne!(next_life["epoch"], life["epoch"]);
    assert_eq!(next_life["seq"], 0);

    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let next = with(meal("LL2611001", 1, 8), json!({"simule": true}));
    assert_eq!(producer.ask(next).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 4);
    producer.close().await;
    server.finish().await;
}
