//! The alerts of a random series of samples, compared with a naive replay.

use super::support::{scored, station};
use crate::common::{client::Client, server::TestServer};
use jiff::{SignedDuration, Timestamp};
use rand::{SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const SAMPLES: i64 = 90;
const STATIONS: [&str; 2] = ["ESP32_LL_01", "ESP32_MT_01"];

/// Samples of two stations over three lots, with values below, above and equal to every threshold.
fn feed(seed: u64) -> Vec<Value> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let begun: Timestamp = "2026-11-01T08:00:00Z".parse().unwrap();
    let mut pick = |values: &[f64]| *values.choose(&mut rng).unwrap();
    let mut frame = |number: i64| {
        let score = pick(&[0.9, 0.7, 0.7, 0.61, 0.60, 0.59, 0.5, 0.45, 0.44, 0.39, 0.2]);
        let device = STATIONS[pick(&[0.0, 1.0]) as usize];
        let mut frame = scored(&format!("S-{number}"), device, score);
        frame["timestamp"] = json!((begun + SignedDuration::from_secs(number)).to_string());
        frame["code_lot"] = json!(format!("LL261100{}", 1 + number / 30));
        frame["as7341"]["oxidation_index"] = json!(pick(&[0.2, 0.69, 0.70, 0.71, 0.9]));
        frame["as7341"]["freshness_index"] = json!(pick(&[0.3, 0.49, 0.50, 0.51, 0.9]));
        frame
    };
    (0..SAMPLES).map(&mut frame).collect()
}

/// Processes the feed station by station: (station, kind, lot, sample that raised it, severity, whether it is open).
fn naive_alerts(feed: &[Value]) -> Vec<[String; 6]> {
    let mut alerts = Vec::new();
    for device in STATIONS {
        for kind in ["score_qualite", "oxydation", "fraicheur"] {
            let mut open: Option<[String; 6]> = None;
            for frame in feed.iter().filter(|frame| frame["device_id"] == device) {
                let number = |path: &str| frame.pointer(path).unwrap().as_f64().unwrap();
                let score =
                    number("/fusion/tof_score") * 0.6 + number("/fusion/spectral_score") * 0.4;
                let severity = match kind {
                    "score_qualite" if score < 0.45 => Some("critical"),
                    "score_qualite" => (score < 0.60).then_some("warning"),
                    "oxydation" => (number("/as7341/oxidation_index") > 0.70).then_some("warning"),
                    _ => (number("/as7341/freshness_index") < 0.50).then_some("warning"),
                };
                let text = |name: &str| frame[name].as_str().unwrap().to_owned();
                let ends = severity.is_none()
                    || open
                        .as_ref()
                        .is_some_and(|alert| alert[2] != text("code_lot"));
                if let Some(alert) = open.take_if(|_| ends) {
                    alerts.push(with_end(alert, "closed"));
                }
                match (severity, &mut open) {
                    (Some(severity), None) => {
                        let state = String::new();
                        open = Some([
                            device.to_owned(),
                            kind.to_owned(),
                            text("code_lot"),
                            text("sample_id"),
                            severity.to_owned(),
                            state,
                        ]);
                    }
                    (Some("critical"), Some(alert)) => alert[4] = "critical".to_owned(),
                    _ => {}
                }
            }
            alerts.extend(open.map(|alert| with_end(alert, "open")));
        }
    }
    alerts.sort();
    alerts
}

fn with_end(mut alert: [String; 6], end: &str) -> [String; 6] {
    alert[5] = end.to_owned();
    alert
}

async fn send_all(client: &mut Client, feed: &[Value]) {
    for frame in feed {
        client.send(frame).await;
    }
    client.take("ack", feed.len()).await;
}

#[actix_web::test]
async fn the_alerts_of_a_random_feed_of_samples_are_those_of_a_naive_replay() {
    for seed in 0..4 {
        alerts_are_those_of_a_naive_replay(seed).await;
    }
}

async fn alerts_are_those_of_a_naive_replay(seed: u64) {
    let server = TestServer::start().await;
    let mut client = station(&server).await;
    let feed = feed(seed);
    send_all(&mut client, &feed).await;
    let rows = server.rows("SELECT device_id, type, code_lot, sample_id, severite, (fermee_le IS NULL) AS ouverte FROM alertes").await;
    let mut stored: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let end = if row["ouverte"] == true {
                "open"
            } else {
                "closed"
            };
            [
                text("device_id"),
                text("type"),
                text("code_lot"),
                text("sample_id"),
                text("severite"),
                end.to_owned(),
            ]
        })
        .collect();
    stored.sort();
    let expected = naive_alerts(&feed);
    assert!(
        expected.len() > 20,
        "the feed is eventful: {}",
        expected.len()
    );
    assert_eq!(stored, expected, "seed {seed}");
    let listed = server.get("/api/sqal/alerts?limit=1000").await;
    assert_eq!(listed.as_array().unwrap().len(), expected.len());
    client.close().await;
    server.finish().await;
}
