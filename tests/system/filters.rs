//! Filters of a screen, and what it is sent then.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

const FED: [(&str, i32); 4] = [
    ("LL2611001", 1),
    ("LL2611002", 4),
    ("LS2611001", 2),
    ("MT2611001", 1),
];

/// A server with a screen and a producer.
struct Room {
    server: TestServer,
    screen: Client,
    producer: Client,
    fed: i32,
}

impl Room {
    async fn open() -> Self {
        let server = TestServer::start().await;
        let mut screen = server.connect("/ws/realtime/").await;
        screen.next_of("snapshot").await;
        let mut producer = server.connect("/ws/gavage").await;
        producer.next().await;
        Room {
            server,
            screen,
            producer,
            fed: 0,
        }
    }

    async fn subscribe(&mut self, filters: Value) {
        self.screen
            .send(json!({"type": "subscribe", "filters": filters}))
            .await;
        let ack = self.screen.next_of("subscribe_ack").await;
        assert_eq!(ack["filters"], filters, "the echo");
    }

    /// Feeds every lot one more meal and returns the lots that the screen got.
    async fn shown(&mut self) -> Vec<String> {
        for (lot, gaveur) in FED {
            self.producer.ask(meal(lot, gaveur, self.fed)).await;
        }
        self.fed += 1;
        // The supervisor has published everything that is acked, and confirms a filter after it.
        self.screen.send(json!({"type": "unsubscribe"})).await;
        let mut lots = Vec::new();
        loop {
            let frame = self.screen.next().await;
            match frame["type"].as_str().unwrap() {
                "gavage_realtime" => {
                    lots.push(frame["data"]["code_lot"].as_str().unwrap().to_owned())
                }
                "unsubscribe_ack" => break,
                _ => {}
            }
        }
        lots
    }

    async fn close(self) {
        self.screen.close().await;
        self.producer.close().await;
        self.server.finish().await;
    }
}

#[actix_web::test]
async fn each_filter_lets_through_what_it_names_and_all_of_them_must_hold() {
    let mut room = Room::open().await;
    let all = ["LL2611001", "LL2611002", "LS2611001", "MT2611001"];
    let none: [&str; 0] = [];
    let cases = [
        (json!({"site_code": "LL"}), &["LL2611001", "LL2611002"][..]),
        (json!({"code_lot": "LS2611001"}), &["LS2611001"]),
        (json!({"gaveur_id": 1}), &["LL2611001", "MT2611001"]),
        (json!({"gaveur_id": "1"}), &["LL2611001", "MT2611001"]),
        (json!({"site_code": "LL", "gaveur_id": 1}), &["LL2611001"]),
        (json!({"site_code": "LS", "gaveur_id": 1}), &none),
        (
            json!({"site_code": "MT", "code_lot": "MT2611001", "gaveur_id": 1, "data_type": "gavage_only"}),
            &["MT2611001"],
        ),
        (json!({"data_type": "gavage_only"}), &all),
        (json!({"data_type": "sqal_only"}), &none),
        // These two apply to quality stations only.
        (json!({"device_id": "ESP32_LL_01"}), &all),
        (json!({"min_grade": "A+"}), &all),
        (
            json!({"site_code": null, "code_lot": null, "gaveur_id": null}),
            &all,
        ),
        (json!({"inconnu": 1}), &all),
        (json!({}), &all),
        (json!(null), &all),
        (json!([1]), &all),
        (json!("LL"), &all),
        (json!(7), &all),
    ];
    for (filters, expected) in cases {
        room.subscribe(filters.clone()).await;
        assert_eq!(room.shown().await, expected, "{filters}");
    }
    room.close().await;
}

#[actix_web::test]
async fn a_later_subscribe_replaces_the_filters_of_an_earlier_one() {
    let mut room = Room::open().await;
    room.subscribe(json!({"site_code": "LL", "gaveur_id": 1}))
        .await;
    room.subscribe(json!({"code_lot": "LL2611002"})).await;
    assert_eq!(room.shown().await, ["LL2611002"]);
    room.close().await;
}

#[actix_web::test]
async fn after_unsubscribe_everything_is_shown_again() {
    let mut room = Room::open().await;
    room.subscribe(json!({"site_code": "MT"})).await;
    room.screen.send(json!({"type": "unsubscribe"})).await;
    room.screen.next_of("unsubscribe_ack").await;
    assert_eq!(room.shown().await.len(), 4);
    room.close().await;
}

#[actix_web::test]
async fn nothing_that_the_filter_excludes_comes_after_its_confirmation() {
    let mut room = Room::open().await;
    let address = room.server.address();
    let enough = Arc::new(AtomicBool::new(false));
    let fed_enough = enough.clone();
    let feeding = actix_web::rt::spawn(async move {
        let mut producer = Client::connect(address, "/ws/gavage").await;
        producer.next().await;
        // Meals that are sent again are shown if they are corrected.
        for dose in [400, 401].into_iter().cycle() {
            if fed_enough.load(Ordering::Relaxed) {
                break;
            }
            let lots = ["LL2611001", "LS2611001"].into_iter().cycle();
            let corrected = |(lot, n)| with(meal(lot, 2, n), json!({"dose_reelle": dose}));
            let array: Value = lots.zip(0..20).map(corrected).collect();
            producer.ask(array).await;
        }
        producer.close().await;
    });
    for site in ["LL", "LS"].into_iter().cycle().take(10) {
        room.screen.next_of("gavage_realtime").await;
        room.subscribe(json!({"site_code": site})).await;
        let frame = room.screen.next_of("gavage_realtime").await;
        assert_eq!(frame["data"]["site"], site);
    }
    enough.store(true, Ordering::Relaxed);
    feeding.await.unwrap();
    room.close().await;
}

#[actix_web::test]
async fn what_is_not_understood_is_ignored_and_a_heartbeat_is_answered() {
    let server = TestServer::start().await;
    for path in ["/ws/realtime", "/ws/gaveur/1"] {
        let mut screen = server.connect(path).await;
        if path == "/ws/realtime" {
            screen.next_of("snapshot").await;
            screen.next_of("site_stats").await;
        }
        let deep = format!(
            "{{\"type\":\"subscribe\",\"filters\":{}{}}}",
            "[".repeat(500),
            "]".repeat(500)
        );
        for noise in [
            "",
            "bonjour",
            "{",
            "null",
            "[]",
            "12",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"ack"}"#,
            r#"{"type":"HEARTBEAT"}"#,
            r#"{"typ":"heartbeat"}"#,
            r#"["heartbeat"]"#,
            r#"{"type":"subscribe","filters":{"code_lot":"\ud800"}}"#,
            r#"{"type":"subscribe","filters":{"gaveur_id":1e999}}"#,
            r#"{"type":"subscribe","filters":NaN}"#,
            &deep,
        ] {
            screen.send(noise).await;
        }
        let answer = screen.ask(r#"{"type":"heartbeat","n":1}"#).await;
        assert_eq!(answer["type"], "heartbeat_ack");
        assert!(answer["timestamp"].as_str().unwrap().ends_with('Z'));
        screen.close().await;
    }
    server.finish().await;
}
