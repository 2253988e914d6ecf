//! `/ws/sensors/`: an acked sample is stored, and a stored sample is shown.

use super::support::{assert_holds, golden, recorded, sample, scored, station, supervision};
use crate::common::server::TestServer;
use serde_json::{Value, json};

#[actix_web::test]
async fn a_station_is_welcomed_answered_and_known_to_be_there() {
    let server = TestServer::start().await;
    let mut client = server.connect("/ws/sensors/").await;
    assert_eq!(client.next().await["type"], "connection_established");
    let hello = json!({"type": "esp32_hello", "device_id": "ESP32_MT_01", "location": "Ligne A", "firmware_version": "1.0.0", "ip_address": "10.0.0.7"});
    assert_eq!(client.ask(&hello).await["type"], "hello_ack");
    client
        .send(json!({"type": "heartbeat", "device_id": "ESP32_MT_01", "uptime": 12}))
        .await;
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
    let ack = client.ask(sample("S-1", "ESP32_MT_01")).await;
    assert_eq!(ack["type"], "ack");
    let devices = server
        .rows("SELECT device_id, site_code, location, firmware_version, ip_address, echantillons_total FROM sqal_devices")
        .await;
    let known = json!({"device_id": "ESP32_MT_01", "site_code": "MT", "location": "Ligne B", "firmware_version": "1.0.0",
        "ip_address": "10.0.0.7", "echantillons_total": 1});
    assert_eq!(devices, [known]);
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_sample_is_acked_once_stored_and_shown_as_the_golden_frame_says() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut client = station(&server).await;
    let ack = client.ask(golden("sensor_data.json")).await;
    assert_eq!(
        (
            &ack["type"],
            &ack["sample_id"],
            &ack["status"],
            &ack["fusion_score"],
            &ack["fusion_grade"]
        ),
        (
            &json!("ack"),
            &json!("GOLD-0001"),
            &json!("saved"),
            &json!(0.81),
            &json!("A")
        )
    );
    let shown = screen.next_of("sensor_update").await;
    assert_holds(&shown, &golden("sensor_update.json"), "frame");
    let sample = &shown["sample"];
    assert_eq!(
        (
            &sample["site_code"],
            &sample["code_lot"],
            &sample["final_grade"]
        ),
        (&json!("LS"), &Value::Null, &json!("A"))
    );
    assert_eq!(
        (
            &sample["nb_defauts"],
            &sample["sellable"],
            &sample["qr_allowed"]
        ),
        (&json!(2), &json!(true), &json!(true))
    );
    assert!((sample["masse_foie_g"].as_f64().unwrap() - 532.498_336_75).abs() < 1e-6);
    assert!(shown["seq"].is_number());
    screen.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_recorded_frame_is_shown_as_it_was_recorded_graded_by_its_score_and_to_be_verified() {
    let (Some(data), Some(update)) = (
        recorded("sensor_data_21kB.json"),
        recorded("sensor_update_for_21kB.json"),
    ) else {
        return;
    };
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut client = station(&server).await;
    for name in ["esp32_hello.json", "esp32_heartbeat.json"] {
        client.send(recorded(name).unwrap()).await;
    }
    assert_eq!(client.next().await["type"], "hello_ack");
    let ack = client.ask(&data).await;
    assert_eq!(
        (&ack["status"], &ack["fusion_grade"], &ack["final_grade"]),
        (&json!("saved"), &json!("C"), &json!("C"))
    );
    let shown = screen.next_of("sensor_update").await;
    assert_holds(&shown, &update, "frame");
    let sample = &shown["sample"];
    assert_eq!(
        (
            &sample["final_grade"],
            &sample["station_grade"],
            &sample["desaccord"],
            &sample["nb_defauts"]
        ),
        (&json!("C"), &json!("C"), &json!(false), &json!(13))
    );
    assert_eq!(
        (&sample["a_verifier"], &sample["motifs_a_verifier"]),
        (
            &json!(true),
            &json!(["rejet_tof", "rejet_spectral", "defauts_nombreux"])
        )
    );
    let latest = server.get("/api/sqal/samples/latest").await;
    assert_holds(&latest, &update, "latest");
    assert_eq!(latest["sample"], *sample);
    screen.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_frame_of_145_kb_is_taken_and_one_beyond_the_limit_closes_with_1009() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let mut large = sample("S-LARGE", "ESP32_LL_01");
    let bins: Vec<Vec<Vec<f64>>> = vec![vec![vec![0.188_714_702_663_619_14; 96]; 8]; 8];
    large["vl53l8ch"]["bins_analysis"] = json!({"histograms": bins});
    let text = large.to_string();
    assert!(
        text.len() > 120_000 && text.len() < 200_000,
        "{}",
        text.len()
    );
    let padded = format!(
        "{}{}",
        " ".repeat(145_000_usize.saturating_sub(text.len())),
        text
    );
    assert_eq!(client.ask(padded).await["sample_id"], "S-LARGE");
    let latest = server
        .get("/api/sqal/samples/latest?device_id=ESP32_LL_01")
        .await;
    let kept = &latest["vl53l8ch"]["analysis"]["bins_analysis"]["histograms"];
    assert!(*kept == json!(bins), "the bins are not what was sent");
    client.send(" ".repeat(300_000)).await;
    assert_eq!(u16::from(client.ended().await.unwrap().code), 1009);
    server.finish().await;
}

#[actix_web::test]
async fn a_sample_that_comes_again_is_acked_again_stored_once_and_shown_once() {
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut client = station(&server).await;
    let again = sample("S-1", "ESP32_LL_01");
    // At once, so that they share a transaction, and once more later.
    for _ in 0..5 {
        client.send(&again).await;
    }
    client.take("ack", 5).await;
    assert_eq!(client.ask(&again).await["sample_id"], "S-1");
    client.ask(sample("S-2", "ESP32_LL_01")).await;
    let shown = screen.take("sensor_update", 2).await;
    assert_eq!(
        (&shown[0]["sample_id"], &shown[1]["sample_id"]),
        (&json!("S-1"), &json!("S-2"))
    );
    assert_eq!(server.count("SELECT count(*) FROM sensor_samples").await, 2);
    assert_eq!(
        server
            .count("SELECT echantillons_total FROM sqal_devices")
            .await,
        2
    );
    screen.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_sample_without_a_time_that_comes_again_is_stored_once_too() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let mut undated = sample("S-1", "ESP32_LL_01");
    undated.as_object_mut().unwrap().remove("timestamp");
    for _ in 0..3 {
        assert_eq!(client.ask(undated.clone()).await["type"], "ack");
    }
    assert_eq!(server.count("SELECT count(*) FROM sensor_samples").await, 1);
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn an_id_that_another_station_or_another_time_had_is_another_sample() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let mut screen = supervision(&server).await;
    let first = sample("S-1", "ESP32_LL_01");
    let other_station = sample("S-1", "ESP32_LL_02");
    let mut later = first.clone();
    later["timestamp"] = json!("2026-11-22T06:01:43.123456789Z");
    // Two ids that are equal as doubles.
    let [mut long, mut longer] = [first.clone(), first.clone()];
    long["sample_id"] = json!("12345678901234567890");
    longer["sample_id"] = json!("12345678901234567891");
    let numbers = [long, longer].map(|frame| {
        frame
            .to_string()
            .replace("\"1234567890123456789", "1234567890123456789")
    });
    let numbers = numbers.map(|text| text.replace("7890\"", "7890").replace("7891\"", "7891"));
    // At once, so that they share a transaction, and once more.
    for _ in 0..2 {
        for text in [&first, &other_station, &later]
            .map(Value::to_string)
            .iter()
            .chain(&numbers)
        {
            client.send(text).await;
        }
        let acks = client.take("ack", 5).await;
        assert!(acks.iter().all(|ack| ack["status"] == "saved"));
    }
    let stored = "SELECT count(*) FROM sensor_samples JOIN sensor_matrices USING (sample_id, device_id, time)";
    assert_eq!(server.count(stored).await, 5);
    screen.take("sensor_update", 5).await;
    assert!(screen.so_far("sensor_update").await.is_empty());
    screen.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_sample_without_the_data_of_any_sensor_is_an_error_and_is_never_stored() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let mut claim = sample("S-1", "ESP32_LL_01");
    claim.as_object_mut().unwrap().remove("vl53l8ch");
    claim["as7341"] = json!({});
    let answer = client.ask(claim).await;
    assert_eq!(answer["type"], "error");
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .starts_with("field `vl53l8ch` is missing or empty")
    );
    assert_eq!(
        server.count("SELECT count(*) FROM sensor_sample_ids").await,
        0
    );
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn claim_grade_of_the_score_and_doubts_are_kept_and_the_strict_rule_rejects_on_a_doubt() {
    for (flags, grade) in [
        (&[][..], "A"),
        (&["--quality-rule", "strict"][..], "REJECT"),
    ] {
        let server = TestServer::start_with(flags).await;
        let mut client = station(&server).await;
        let mut doubted = scored("S-1", "ESP32_LL_01", 0.8);
        doubted["fusion"]["final_grade"] = json!("Grade B - Bonne qualité");
        doubted["vl53l8ch"]["grade"] = json!("REJET - Qualité insuffisante");
        doubted["fusion"]["combined_defects"] = json!(["a", "b", "c", "d", "e", "f"]);
        assert_eq!(client.ask(doubted).await["final_grade"], grade);
        let kept = json!({"station_grade": "B", "score_grade": "A", "final_grade": grade, "sellable": grade == "A",
            "a_verifier": ["rejet_tof", "defauts_nombreux"]});
        let columns = "SELECT station_grade, score_grade, final_grade, sellable, a_verifier FROM sensor_samples";
        assert_eq!(server.rows(columns).await, [kept]);
        let shown = server.get("/api/sqal/samples").await[0].clone();
        assert_eq!(
            (
                &shown["score_grade"],
                &shown["a_verifier"],
                &shown["motifs_a_verifier"]
            ),
            (
                &json!("A"),
                &json!(true),
                &json!(["rejet_tof", "defauts_nombreux"])
            )
        );
        client.close().await;
        server.finish().await;
    }
}

#[actix_web::test]
async fn an_old_sample_is_stored_and_marked_is_not_the_latest_and_raises_no_alert() {
    let server = TestServer::start_with(&["--doubtful-clock-days", "60"]).await;
    let mut client = station(&server).await;
    let now = jiff::Timestamp::now();
    let dated = |id: &str, time: String| {
        let mut frame = scored(id, "ESP32_LL_01", 0.2);
        frame["timestamp"] = json!(time);
        frame
    };
    assert_eq!(
        client
            .ask(dated("S-1", "2024-05-01T08:00:00Z".to_owned()))
            .await["type"],
        "ack"
    );
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 0);
    assert_eq!(
        server
            .status("/api/sqal/samples/latest?device_id=ESP32_LL_01")
            .await,
        404
    );
    let wrong = client
        .ask(dated("S-2", "2000-01-01T00:00:09Z".to_owned()))
        .await;
    assert!(
        wrong["error"]
            .as_str()
            .unwrap()
            .starts_with("field `timestamp` is before the year 2020")
    );
    client.ask(dated("S-3", now.to_string())).await;
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 1);
    let latest = server
        .get("/api/sqal/samples/latest?device_id=ESP32_LL_01")
        .await;
    assert_eq!(latest["sample_id"], "S-3");
    let listed = server.get("/api/sqal/samples").await;
    let marks: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["horloge_douteuse"])
        .collect();
    assert_eq!(marks, [false, true]);
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn what_cannot_be_used_gets_an_error_that_names_it_and_the_station_goes_on() {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let nan = sample("S-1", "ESP32_LL_01")
        .to_string()
        .replace("0.81", "NaN");
    for (text, word) in [
        ("{".to_owned(), "JSON"),
        ("[]".to_owned(), "array"),
        (r#"{"type":"danse"}"#.to_owned(), "`type`"),
        (json!({"sample_id": "x"}).to_string(), "`device_id`"),
        (nan, "`final_score`"),
    ] {
        let answer = client.ask(&text).await;
        assert_eq!(answer["type"], "error", "{text:.40}");
        assert!(answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    assert_eq!(
        client.ask(sample("S-1", "ESP32_LL_01")).await["type"],
        "ack"
    );
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_station_that_sends_and_leaves_at_once_without_reading_is_stored() {
    let server = TestServer::start().await;
    for number in 0..20 {
        let mut client = server.connect("/ws/sensors/").await;
        client
            .send(sample(&format!("S-{number}"), "ESP32_LL_01"))
            .await;
        client.close().await;
    }
    crate::common::server::until("20 samples are stored", async || {
        server.count("SELECT count(*) FROM sensor_samples").await == 20
    })
    .await;
    assert_eq!(server.metric("gaveurs_errors_total").await, 0.0);
    server.finish().await;
}

#[actix_web::test]
async fn filters_of_a_screen_apply_to_samples() {
    let server = TestServer::start().await;
    let mut screens = Vec::new();
    for filters in [
        json!({"device_id": "ESP32_MT_01"}),
        json!({"site_code": "LL"}),
        json!({"min_grade": "B"}),
        json!({"data_type": "gavage_only"}),
        json!({"data_type": "sqal_only"}),
        json!({"code_lot": "LL2611009"}),
    ] {
        let mut screen = supervision(&server).await;
        screen
            .ask(json!({"type": "subscribe", "filters": filters}))
            .await;
        screens.push(screen);
    }
    let mut client = station(&server).await;
    let mut of_lot = scored("S-3", "ESP32_LL_01", 0.9);
    of_lot["code_lot"] = json!("LL2611009");
    for frame in [
        scored("S-1", "ESP32_LL_01", 0.62),
        scored("S-2", "ESP32_MT_01", 0.50),
        of_lot,
    ] {
        client.ask(frame).await;
    }
    let expected: [&[&str]; 6] = [
        &["S-2"],
        &["S-1", "S-3"],
        &["S-1", "S-3"],
        &[],
        &["S-1", "S-2", "S-3"],
        &["S-3"],
    ];
    let mut last = supervision(&server).await;
    client.ask(sample("S-4", "ESP32_LS_01")).await;
    last.next_of("sensor_update").await;
    for (screen, expected) in screens.iter_mut().zip(expected) {
        let shown = screen.so_far("sensor_update").await;
        let ids: Vec<_> = shown
            .iter()
            .map(|frame| frame["sample_id"].as_str().unwrap())
            .filter(|id| *id != "S-4")
            .collect();
        assert_eq!(ids, expected);
    }
    for client in screens.into_iter().chain([client, last]) {
        client.close().await;
    }
    server.finish().await;
}
