//! From a commit to every screen: snapshot, deltas in order, each gaveur only his own lots.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::{DEADLINE, TestServer, until},
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

/// A screen that has received its welcome and snapshot; returns the snapshot too.
async fn screen(server: &TestServer, path: &str) -> (Client, Value) {
    let mut screen = server.connect(path).await;
    let snapshot = screen.next_of("snapshot").await;
    (screen, snapshot)
}

#[actix_web::test]
async fn a_screen_gets_a_welcome_that_counts_screens_then_the_snapshot_then_the_deltas_without_a_gap()
 {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    for number in 0..5 {
        producer.ask(meal("LL2611001", 1, number)).await;
    }
    let mut gaveur = server.connect("/ws/gaveur/4").await;
    gaveur.settled().await;
    for (count, path) in [(1, "/ws/realtime/"), (2, "/ws/realtime")] {
        let mut screen = server.connect(path).await;
        let welcome = screen.next().await;
        assert_eq!(
            (&welcome["type"], &welcome["active_connections"]),
            (&json!("connection_established"), &json!(count))
        );
        assert!(
            welcome["message"].is_string() && welcome["timestamp"].as_str().unwrap().ends_with('Z')
        );
        let snapshot = screen.next().await;
        assert_eq!(snapshot["type"], "snapshot");
        assert_eq!(snapshot["lots"][0]["jour"], 2);
        let mut seq = snapshot["seq"].as_u64().unwrap();
        assert!(seq >= 5);
        // A meal that is sent again is not shown again.
        let mut meals = 10 * (count - 1);
        for number in meals..meals + 10 {
            producer.ask(meal("LL2611002", 4, number)).await;
        }
        while meals < 10 * count {
            let frame = screen.next().await;
            // The site figures that belong to the snapshot have no `seq`.
            let Some(next) = frame["seq"].as_u64() else {
                continue;
            };
            assert_eq!(next, seq + 1, "{frame}");
            seq = next;
            if frame["type"] == "gavage_realtime" {
                assert_eq!(
                    (&frame["data"]["jour"], &frame["data"]["code_lot"]),
                    (&json!(meals / 2), &json!("LL2611002"))
                );
                meals += 1;
            }
        }
        // Keeps the connection open, so that the second screen counts as the second.
        std::mem::forget(screen);
    }
    assert_eq!(
        gaveur.next().await["type"],
        "gavage",
        "a gaveur has no welcome"
    );
    server.stop().await;
}

#[actix_web::test]
async fn a_delta_holds_the_sixteen_fields_of_the_message_unchanged() {
    let server = TestServer::start().await;
    let (mut screen, _) = screen(&server, "/ws/realtime").await;
    let mut gaveur = server.connect("/ws/gaveur/1/").await;
    gaveur.settled().await;
    let mut producer = producer(&server).await;
    let mut sent = meal("LL2611001", 1, 3);
    producer.ask(&sent).await;
    sent["pret_abattage"] = json!(false);
    assert_eq!(screen.next_of("gavage_realtime").await["data"], sent);
    let frame = gaveur.next().await;
    assert_eq!(
        (&frame["type"], &frame["data"], &frame["seq"]),
        (&json!("gavage"), &sent, &json!(1))
    );
    for client in [screen, gaveur, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn nothing_is_shown_before_it_is_committed_nor_when_it_is_refused() {
    let server = TestServer::start().await;
    let whim = "ALTER TABLE gavage_data ADD CONSTRAINT whim CHECK (dose_reelle <> 333)";
    server
        .database
        .client()
        .await
        .batch_execute(whim)
        .await
        .unwrap();
    let (mut screen, _) = screen(&server, "/ws/realtime").await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE gavage_data IN EXCLUSIVE MODE")
        .await
        .unwrap();
    let mut producer = producer(&server).await;
    for dose in [333, 400] {
        producer
            .send(with(
                meal("LL2611001", 1, dose),
                json!({"dose_reelle": dose}),
            ))
            .await;
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("the writer waits for the lock", async || {
        server.count(waiting).await == 1
    })
    .await;
    assert!(screen.so_far("gavage_realtime").await.is_empty());
    held.commit().await.unwrap();
    let shown = screen.next_of("gavage_realtime").await;
    assert_eq!(
        (&shown["data"]["dose_reelle"], &shown["seq"]),
        (&json!(400.0), &json!(1))
    );
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn of_three_lots_everything_sent_is_stored_and_shown_and_each_gaveur_gets_exactly_his_own() {
    let server = TestServer::start().await;
    let (mut screen, _) = screen(&server, "/ws/realtime/").await;
    let lots = [("LL2611001", 1), ("LS2611002", 2), ("MT2611003", 3)];
    let mut gaveurs = Vec::new();
    for path in [
        "/ws/gaveur/1",
        "/ws/gaveur/2/",
        "/ws/gaveur/3?token=abc",
        "/ws/gaveur/4",
    ] {
        let mut gaveur = server.connect(path).await;
        gaveur.settled().await;
        gaveurs.push(gaveur);
    }
    let feed = |(lot, gaveur): (&'static str, i32)| {
        let address = server.address();
        actix_web::rt::spawn(async move {
            for number in 0..28 {
                // A connection per message, like the oldest simulators.
                let mut producer = Client::connect(address, "/ws/gavage").await;
                producer.send(meal(lot, gaveur, number)).await;
                producer.close().await;
            }
        })
    };
    for feeding in lots.map(feed) {
        feeding.await.unwrap();
    }
    let shown = screen.take("gavage_realtime", 84).await;
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 84);
    // The last frame of each stream is for every screen, so when it has arrived no other frame can be in transit.
    let mut last = producer(&server).await;
    for (gaveur, lot) in [
        (1, "LL2611009"),
        (2, "LS2611009"),
        (3, "MT2611009"),
        (4, "LL2611008"),
    ] {
        last.ask(meal(lot, gaveur, 0)).await;
    }
    for (gaveur, client) in (1..).zip(&mut gaveurs) {
        let mut got = Vec::new();
        for seq in 1.. {
            let frame = client.next().await;
            assert_eq!(frame["seq"], seq);
            // A weight that does not grow raises alerts, and a lot begins.
            if frame["type"] == "alerte" || frame["type"] == "lot" {
                continue;
            }
            assert_eq!(frame["type"], "gavage");
            if frame["data"]["code_lot"]
                .as_str()
                .unwrap()
                .ends_with(['8', '9'])
            {
                break;
            }
            got.push(frame["data"].clone());
        }
        let of_his: Vec<_> = shown
            .iter()
            .map(|frame| &frame["data"])
            .filter(|data| data["gaveur_id"] == gaveur)
            .collect();
        assert_eq!(got.iter().collect::<Vec<_>>(), of_his, "gaveur {gaveur}");
        assert_eq!(got.len(), if gaveur < 4 { 28 } else { 0 });
    }
    for client in gaveurs.into_iter().chain([last, screen]) {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_figures_of_the_sites_are_weighted_by_head_count_and_come_at_most_once_a_second() {
    let server = TestServer::start().await;
    let (mut screen, _) = screen(&server, "/ws/realtime").await;
    let remembered = screen.next().await;
    assert_eq!(
        (&remembered["type"], remembered.get("seq")),
        (&json!("site_stats"), None)
    );
    assert_eq!(remembered["sites"][0]["poids_moyen"], Value::Null);
    let mut producer = producer(&server).await;
    let lots = [
        ("LL2611001", 300, 5000.0, 1.0),
        ("LL2611002", 100, 6000.0, 3.0),
        ("LS2611001", 50, 4444.4, 0.25),
    ];
    let begun = Instant::now();
    let mut heard = Vec::new();
    for number in 0.. {
        for (lot, heads, weight, mortality) in lots {
            // The last possible meal of a lot is corrected again and again.
            let dose = 400 + number % 2;
            let figures = json!({
                "nb_canards_vivants": heads, "poids_moyen": weight, "taux_mortalite": mortality, "dose_reelle": dose,
            });
            producer
                .ask(with(meal(lot, 1, number.min(59)), figures))
                .await;
        }
        heard.extend(
            screen
                .so_far("site_stats")
                .await
                .into_iter()
                .map(|frame| (Instant::now(), frame)),
        );
        if heard.len() == 3 {
            break;
        }
        assert!(begun.elapsed() < DEADLINE);
    }
    // Three frames span two intervals. A frame may be received late, but by no more than one turn of the loop.
    assert!(
        begun.elapsed() > Duration::from_millis(1_900),
        "{:?}",
        begun.elapsed()
    );
    let sites = &heard[2].1["sites"];
    let figures = |site: &Value| {
        json!([
            site["site_code"],
            site["lots"],
            site["canards_vivants"],
            site["poids_moyen"],
            site["taux_mortalite"]
        ])
    };
    assert_eq!(figures(&sites[0]), json!(["LL", 2, 400, 5250.0, 1.5]));
    assert_eq!(figures(&sites[1]), json!(["LS", 1, 50, 4444.4, 0.25]));
    assert_eq!(figures(&sites[2]), json!(["MT", 0, null, null, null]));
    for client in [screen, producer] {
        client.close().await;
    }
    server.finish().await;
}
