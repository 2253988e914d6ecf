//! `/ws/gavage`: acked readings are stored, and readings are parsed leniently.

use crate::common::{
    client::Client,
    readings::{meal, reading, with},
    server::TestServer,
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    assert_eq!(producer.next().await["type"], "connection_established");
    producer
}

#[actix_web::test]
async fn an_ack_says_that_the_reading_is_in_the_database() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let mut ack = producer.ask(reading("LL2611001", 1, 3, "soir")).await;
    let stored = "SELECT count(*) FROM gavage_data WHERE code_lot = 'LL2611001' AND jour = 3 AND moment = 'soir'";
    assert_eq!(server.count(stored).await, 1);
    let timestamp = ack["timestamp"].take();
    assert!(timestamp.as_str().unwrap().ends_with('Z'), "{timestamp}");
    assert_eq!(
        ack,
        json!({"type": "ack", "code_lot": "LL2611001", "jour": 3, "moment": "soir", "timestamp": null, "status": "saved",
            "poids_moyen": 5000.5, "taux_mortalite": 0.5})
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_batch_is_acked_once_with_its_count() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let batch: Vec<_> = (0..25).map(|n| meal("MT2611001", 3, n)).collect();
    let ack = producer.ask(json!(batch)).await;
    assert_eq!(
        (&ack["type"], &ack["count"], &ack["status"]),
        (&json!("ack"), &json!(25), &json!("saved"))
    );
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 25);
    let next = producer.ask(meal("MT2611001", 3, 25)).await;
    assert_eq!(next["jour"], 12, "one ack for the batch: {next}");
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_batch_with_one_bad_element_is_refused_whole_and_the_element_named() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let mut batch: Vec<_> = (0..5).map(|n| meal("MT2611001", 3, n)).collect();
    batch[3]["humidite_stabule"] = json!("humide");
    let error = producer.ask(json!(batch)).await;
    assert_eq!(error["type"], "error");
    let sentence = error["error"].as_str().unwrap();
    assert!(sentence.contains("[3].humidite_stabule"), "{sentence}");
    assert_eq!(
        producer.ask(meal("LL2611001", 1, 0)).await["code_lot"],
        "LL2611001"
    );
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 1);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn timestamps_are_read_with_or_without_a_zone_and_kept_as_they_were_said() {
    let server = TestServer::start_with(&["--zone", "Europe/Paris"]).await;
    let mut producer = producer(&server).await;
    let said = [
        ("2026-01-31T08:15:00.25", "2026-01-31T07:15:00.25+00:00"),
        ("2026-07-31 08:15:00", "2026-07-31T06:15:00+00:00"),
        ("2026-01-31T08:15:00Z", "2026-01-31T08:15:00+00:00"),
        (
            "2026-01-31T08:15:00[Indian/Reunion]",
            "2026-01-31T04:15:00+00:00",
        ),
        ("2026-01-31T08:15:00+05:30", "2026-01-31T02:45:00+00:00"),
        (
            "2026-01-31 08:15:00.123456-01:00",
            "2026-01-31T09:15:00.123456+00:00",
        ),
    ];
    for (number, (text, _)) in (0..).zip(said) {
        let message = with(meal("LL2611001", 1, number), json!({"timestamp": text}));
        assert_eq!(producer.ask(message).await["type"], "ack", "{text}");
    }
    let rows = server
        .rows("SELECT horodatage, time FROM gavage_data ORDER BY jour, moment")
        .await;
    let expected: Vec<_> = said
        .iter()
        .map(|(text, time)| json!({"horodatage": text, "time": time}))
        .collect();
    assert_eq!(rows, expected);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn numbers_as_text_whole_floats_and_unknown_keys_are_accepted() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let lenient = json!({"gaveur_id": "1", "jour": 4.0, "dose_theorique": 400, "dose_reelle": " 402.5 ", "poids_moyen": "5000.5",
        "nb_canards_vivants": 48.0, "taux_mortalite": 0, "humidite_stabule": "6e1", "couleur": {"jaune": [1, null]}});
    let ack = producer.ask(with(meal("LL2611001", 1, 0), lenient)).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let rows = server
        .rows("SELECT gaveur_id, jour, dose_theorique, dose_reelle, poids_moyen, nb_canards_vivants, taux_mortalite, humidite_stabule FROM gavage_data")
        .await;
    assert_eq!(
        rows,
        [
            json!({"gaveur_id": 1, "jour": 4, "dose_theorique": 400, "dose_reelle": 402.5, "poids_moyen": 5000.5,
            "nb_canards_vivants": 48, "taux_mortalite": 0, "humidite_stabule": 60})
        ]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_null_measure_is_stored_and_shown_as_not_measured() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    let mut producer = producer(&server).await;
    let measures = [
        "dose_theorique",
        "poids_moyen",
        "nb_canards_vivants",
        "taux_mortalite",
        "temperature_stabule",
        "humidite_stabule",
    ];
    let nothing: Value = measures
        .iter()
        .map(|field| (field.to_string(), Value::Null))
        .collect();
    let ack = producer.ask(with(meal("LL2611001", 1, 0), nothing)).await;
    assert_eq!(
        (&ack["type"], &ack["poids_moyen"]),
        (&json!("ack"), &Value::Null)
    );
    let shown = screen.next_of("gavage_realtime").await;
    for field in measures {
        assert_eq!(shown["data"].get(field), Some(&Value::Null), "{field}");
    }
    let row = &server.rows("SELECT * FROM gavage_data").await[0];
    assert!(measures.iter().all(|field| row[field].is_null()), "{row}");
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 0);
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn what_a_producer_measured_reaches_the_screens_to_the_last_digit() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime").await;
    screen.next_of("snapshot").await;
    let mut producer = producer(&server).await;
    // The Python simulator's value of 0.1 + 0.2, and other sums without a short decimal form.
    let digits = [
        "0.30000000000000004",
        "402.50000000000006",
        "5000.499999999999",
        "21.400000000000002",
        "59.99999999999999",
    ];
    let fields = [
        "taux_mortalite",
        "dose_reelle",
        "poids_moyen",
        "temperature_stabule",
        "humidite_stabule",
    ];
    let mut text = meal("LL2611001", 1, 0).to_string();
    for (field, digits) in fields.iter().zip(digits) {
        let at = text.find(&format!("\"{field}\":")).unwrap() + field.len() + 3;
        let end = at + text[at..].find([',', '}']).unwrap();
        text.replace_range(at..end, digits);
    }
    assert_eq!(producer.ask(&text).await["type"], "ack");
    let frame = screen.next_text_of("gavage_realtime").await;
    for (field, digits) in fields.iter().zip(digits) {
        assert!(
            frame.contains(&format!("\"{field}\":{digits}")),
            "{field}: {frame}"
        );
    }
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn an_unknown_gaveur_is_registered_from_the_reading_and_a_known_one_keeps_its_name() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let stranger = json!({"gaveur_nom": "Anne Noël"});
    producer.ask(with(meal("MT2611001", 77, 0), stranger)).await;
    let renamed = json!({"gaveur_nom": "Quelqu'un d'autre"});
    producer.ask(with(meal("LL2611001", 1, 0), renamed)).await;
    let gaveurs = server
        .rows("SELECT id, nom, site_code FROM gaveurs_euralis WHERE id IN (1, 77) ORDER BY id")
        .await;
    assert_eq!(
        gaveurs,
        [
            json!({"id": 1, "nom": "Jean Martin", "site_code": "LL"}),
            json!({"id": 77, "nom": "Anne Noël", "site_code": "MT"})
        ]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_binary_frame_gets_an_error_and_the_connection_lives() {
    let server = TestServer::start().await;
    for path in ["/ws/gavage", "/ws/gavage/"] {
        let mut producer = server.connect(path).await;
        producer.next().await;
        producer.send_message(Message::binary(vec![1, 2, 3])).await;
        assert_eq!(producer.next().await["type"], "error");
        assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");
        producer.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_screen_that_is_opened_after_an_ack_shows_what_was_acked() {
    let server = TestServer::start().await;
    let mut crowd = producer(&server).await;
    let mut lone = producer(&server).await;
    for round in 0..20 {
        // Other producers keep the supervisor busy.
        let lots = (0..4).flat_map(|lot| (0..50).map(move |n| (lot, round * 50 + n)));
        let array: Vec<_> = lots
            .map(|(lot, number)| meal(&format!("MT261100{lot}"), 3, number))
            .collect();
        crowd.send(json!(array)).await;
        let code_lot = format!("LL26110{round:02}");
        assert_eq!(lone.ask(meal(&code_lot, 1, 0)).await["type"], "ack");
        let mut screen = server.connect("/ws/realtime").await;
        let snapshot = screen.next_of("snapshot").await;
        let lots = snapshot["lots"].as_array().unwrap();
        assert!(
            lots.iter().any(|lot| lot["code_lot"] == code_lot),
            "{code_lot}"
        );
        screen.close().await;
    }
    crowd.take("ack", 20).await;
    crowd.close().await;
    lone.close().await;
    server.finish().await;
}
