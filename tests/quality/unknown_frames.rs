//! Random frames of both sizes are sent, shown, stored and judged.

use super::{
    generated::{Generated, generate},
    support::{station, supervision},
};
use crate::common::server::TestServer;
use serde_json::{Value, json};

fn near(value: &Value, expected: f64) -> bool {
    value
        .as_f64()
        .is_some_and(|value| (value - expected).abs() < 1e-6)
}

/// The cooperative's rule, in the simplest form.
fn rule(frame: &Generated) -> (f64, &'static str) {
    let score = 0.60 * frame.tof_score + 0.40 * frame.spectral_score;
    let grade = match score {
        score if score >= 0.85 => "A+",
        score if score >= 0.75 => "A",
        score if score >= 0.60 => "B",
        score if score >= 0.45 => "C",
        _ => "REJECT",
    };
    (score, grade)
}

fn expect_shown(shown: &Value, frame: &Generated, told: &str) {
    let raw = &shown["vl53l8ch"]["raw"];
    for (name, cells) in &frame.matrices {
        let expected = cells
            .as_ref()
            .map(|cells| cells.chunks(8).map(<[i64]>::to_vec).collect::<Vec<_>>());
        assert_eq!(raw[name], json!(expected), "{name}, {told}");
    }
    for (name, count) in &frame.channels {
        let channel = &shown["as7341"]["raw"][name];
        assert_eq!(channel.as_f64(), *count, "{name}, {told}");
    }
    let (score, grade) = rule(frame);
    let sample = &shown["sample"];
    assert!(near(&sample["final_score"], score), "{score} {told}");
    assert_eq!(sample["final_grade"], grade, "{told}");
    assert_eq!(sample["nb_defauts"], frame.defects, "{told}");
    let to_verify = frame.sensor_rejects || frame.defects >= 5;
    assert_eq!(sample["a_verifier"], to_verify, "{told}");
    assert_eq!(
        sample["station_grade"],
        json!(frame.claimed_grade),
        "{told}"
    );
    assert_eq!(sample["sellable"], json!(grade != "REJECT"), "{told}");
    assert_eq!(
        sample["qr_allowed"],
        json!(["A+", "A", "B"].contains(&grade)),
        "{told}"
    );
    let mass = frame.volume_mm3.map(|volume| volume / 1_000.0 * 0.947);
    match mass {
        Some(grams) => assert!(near(&sample["masse_foie_g"], grams), "{told}"),
        None => assert_eq!(sample["masse_foie_g"], Value::Null, "{told}"),
    }
    assert_eq!(
        (&sample["site_code"], &sample["code_lot"]),
        (&json!("MT"), &Value::Null)
    );
}

#[actix_web::test]
async fn frames_of_both_sizes_in_every_known_shape_are_shown_stored_and_judged_as_they_say() {
    const SEED: u64 = 7;
    const FRAMES: usize = 60;
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut client = station(&server).await;
    let mut sizes = Vec::new();
    for number in 0..FRAMES {
        let size = [21_000, 145_000][number % 2];
        let frame = generate(SEED, number, size);
        sizes.push(frame.text.len());
        let told = format!("seed {SEED}, frame {number}");
        let ack = client.ask(&frame.text).await;
        assert_eq!(
            (&ack["type"], &ack["sample_id"]),
            (&json!("ack"), &json!(frame.sample_id)),
            "{told}: {ack}"
        );
        let shown = screen.next_of("sensor_update").await;
        assert_eq!(shown["sample_id"], frame.sample_id, "{told}");
        expect_shown(&shown, &frame, &told);
        let latest = server
            .get("/api/sqal/samples/latest?device_id=ESP32_MT_03")
            .await;
        for part in ["vl53l8ch", "as7341", "fusion", "sample"] {
            assert!(latest[part] == shown[part], "{part}, {told}");
        }
    }
    let stored = server.count("SELECT count(*) FROM sensor_samples").await;
    assert_eq!(stored, FRAMES as i64);
    assert!(
        sizes.iter().any(|size| (15_000..60_000).contains(size)),
        "{sizes:?}"
    );
    assert!(
        sizes.iter().any(|size| (130_000..262_144).contains(size)),
        "{sizes:?}"
    );
    screen.close().await;
    client.close().await;
    server.finish().await;
}
