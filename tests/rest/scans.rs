//! Writes samples directly into the tables.

use crate::{
    common::database::TestDatabase,
    feed::{Fed, ago},
    naive::states,
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[derive(Debug, Clone)]
pub struct Scan {
    pub sample_id: String,
    pub device_id: String,
    pub site: Option<String>,
    pub code_lot: Option<String>,
    pub time: Timestamp,
    pub score: Option<f64>,
    pub grade: Option<&'static str>,
    pub masse_g: Option<f64>,
    pub simule: bool,
}

pub const GRADES: [&str; 5] = ["A+", "A", "B", "C", "REJECT"];

/// Some lots of the feed on the stations of their sites, around the last two days, and some samples without a lot or a site. Scores and
/// masses are multiples of powers of two, whose sums are exact in any order.
pub fn random_scans(seed: u64, meals: &[Fed]) -> Vec<Scan> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed + 1000);
    let lots: Vec<String> = states(meals).keys().map(|lot| lot.to_string()).collect();
    let number = rng.random_range(40..120);
    (0..number)
        .map(|n| {
            let lot = &lots[rng.random_range(0..lots.len())];
            let station = rng.random_range(1..3);
            let minutes = match rng.random_range(0..4) {
                0 => rng.random_range(0..55),
                1 => rng.random_range(55..180),
                2 => rng.random_range(180..3 * 1440),
                _ => rng.random_range(3 * 1440..20 * 1440),
            };
            let graded = rng.random_bool(0.9);
            Scan {
                sample_id: format!("S-{seed}-{n}"),
                device_id: format!("ESP32_{}_{station:02}", &lot[..2]),
                site: rng.random_bool(0.9).then(|| lot[..2].to_owned()),
                code_lot: rng.random_bool(0.8).then(|| lot.clone()),
                // Not at the very edge of a rolling window, which moves while it is queried.
                time: ago(SignedDuration::from_mins(minutes) + SignedDuration::from_secs(30)),
                score: graded.then(|| f64::from(rng.random_range(0..=64)) / 64.0),
                grade: graded.then(|| GRADES[rng.random_range(0..5)]),
                masse_g: rng
                    .random_bool(0.9)
                    .then(|| f64::from(rng.random_range(1600..2800)) / 4.0),
                simule: rng.random_bool(0.05),
            }
        })
        .collect()
}

pub async fn store(database: &TestDatabase, scans: &[Scan]) {
    let sql = "WITH known AS (
            INSERT INTO sensor_sample_ids (sample_id, device_id, time) VALUES ($2, $3, $1)
        ), device AS (
            INSERT INTO sqal_devices AS device (device_id, site_code, derniere_activite, dernier_echantillon, echantillons_total)
            VALUES ($3, $4, $1, $1, 1)
            ON CONFLICT (device_id) DO UPDATE SET echantillons_total = device.echantillons_total + 1,
                derniere_activite = greatest(device.derniere_activite, excluded.derniere_activite),
                dernier_echantillon = greatest(device.dernier_echantillon, excluded.dernier_echantillon)
        )
        INSERT INTO sensor_samples (time, sample_id, device_id, site_code, lot_id, code_lot, final_score, final_grade, masse_foie_g, nb_defauts,
            defauts, sellable, qr_allowed, simule)
        VALUES ($1, $2, $3, $4, (SELECT id FROM lots_gavage WHERE code_lot = $5), $5, $6, $7, $8, 0, '[]', $9, false, $10)";
    let client = database.client().await;
    let statement = client.prepare_cached(sql).await.unwrap();
    for scan in scans {
        let sellable = scan.grade.is_some_and(|grade| grade != "REJECT");
        client
            .execute(
                &statement,
                &[
                    &scan.time,
                    &scan.sample_id,
                    &scan.device_id,
                    &scan.site,
                    &scan.code_lot,
                    &scan.score,
                    &scan.grade,
                    &scan.masse_g,
                    &sellable,
                    &scan.simule,
                ],
            )
            .await
            .unwrap();
    }
}

/// Puts the lots into the queue of quality control, in this order.
pub async fn queue(database: &TestDatabase, lots: &[String]) {
    let client = database.client().await;
    for (n, lot) in lots.iter().enumerate() {
        let waited = ago(SignedDuration::from_mins(1000 - n as i64));
        let sql = "INSERT INTO sqal_pending_lots (lot_id, en_attente_depuis) SELECT id, $2 FROM lots_gavage WHERE code_lot = $1";
        client.execute(sql, &[lot, &waited]).await.unwrap();
    }
}
