//! Late readings, corrections, compression and retention, compared with the aggregates that reports read.

use crate::{
    common::database::TestDatabase,
    feed::{Fed, fed, hours_ago},
    jobs::{COMPRESSED_CHUNKS, count, reading_of, run_job, store_of, write},
    scans::{self, Scan},
    support::json,
};
use serde_json::{Value, json as value};

const STALE: &str = "SELECT count(*) FROM stale_buckets WHERE source = 'gavage_data'";
const AGGREGATED: &str = "SELECT count(*) FROM gavage_lot_jour_materialise";

/// A lot that was fed for 12 days and ended `days` days ago.
fn lot(code_lot: &str, days: i64) -> Vec<Fed> {
    let at = |jour: i64, hour: i64| hours_ago((days + 12 - jour) * 24 - hour);
    (0..12)
        .flat_map(|jour| [(jour, "matin", at(jour, 0)), (jour, "soir", at(jour, 11))])
        .map(|(jour, moment, time)| fed(code_lot, jour as i32, moment, time))
        .collect()
}

async fn report(database: &TestDatabase) -> Value {
    json(database, "/api/analytics/weekly-report/1").await["statistiques"].clone()
}

async fn history(database: &TestDatabase) -> Value {
    json(database, "/api/gavage/gaveur/1?limit=100").await
}

#[actix_web::test]
async fn a_refresh_takes_the_days_that_changed_and_no_answer_changes() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 1), 5).await;
    let before = (report(&database).await, history(&database).await);
    assert_eq!(count(&database, AGGREGATED).await, 0);
    run_job(&database, "refresh_stale_buckets").await;
    assert!(count(&database, AGGREGATED).await >= 12);
    assert_eq!(count(&database, STALE).await, 0);
    assert_eq!((report(&database).await, history(&database).await), before);
}

#[actix_web::test]
async fn today_stays_stale_because_it_goes_on_changing() {
    let database = TestDatabase::create().await;
    write(&database, &[fed("LL2601001", 0, "matin", hours_ago(0))], 1).await;
    run_job(&database, "refresh_stale_buckets").await;
    assert_eq!(count(&database, STALE).await, 1);
    assert_eq!(report(&database).await["gavages_total"], 1);
}

#[actix_web::test]
async fn a_late_correction_shows_at_once_and_survives_a_refresh() {
    let database = TestDatabase::create().await;
    let meals = lot("LL2601001", 2);
    write(&database, &meals, 24).await;
    run_job(&database, "refresh_stale_buckets").await;
    let mut corrected = meals[20].clone();
    corrected.dose_reelle = 123.0;
    write(&database, &[corrected], 1).await;

    let shown = history(&database).await;
    assert_eq!(shown[1]["dose_matin"], 123.0);
    run_job(&database, "refresh_stale_buckets").await;
    assert_eq!(count(&database, STALE).await, 0);
    assert_eq!(history(&database).await, shown);
}

#[actix_web::test]
async fn a_correction_by_hand_and_a_deletion_show_at_once_too() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 2), 24).await;
    run_job(&database, "refresh_stale_buckets").await;
    let client = database.client().await;
    let by_hand = "UPDATE gavage_data SET dose_reelle = 99 WHERE jour = 11 AND moment = 'matin';
        DELETE FROM gavage_data WHERE jour = 11 AND moment = 'soir'";
    client.batch_execute(by_hand).await.unwrap();
    drop(client);
    let day = history(&database).await[0].clone();
    assert_eq!(
        (&day["dose_matin"], &day["dose_soir"]),
        (&value!(99.0), &Value::Null)
    );
}

#[actix_web::test]
async fn a_refresh_by_the_extension_s_own_procedure_hides_nothing() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 1), 24).await;
    let client = database.client().await;
    let refresh = "CALL refresh_continuous_aggregate('gavage_lot_jour_materialise', NULL, NULL)";
    client.batch_execute(refresh).await.unwrap();
    drop(client);
    write(&database, &[fed("LL2601001", 12, "matin", hours_ago(1))], 1).await;
    assert_eq!(history(&database).await[0]["jour"], 12);
}

#[actix_web::test]
async fn a_correction_reaches_a_compressed_chunk() {
    let database = TestDatabase::create().await;
    let meals = lot("LL2601001", 30);
    write(&database, &meals, 24).await;
    run_job(&database, "refresh_stale_buckets").await;
    run_job(&database, "policy_compression").await;
    assert!(count(&database, COMPRESSED_CHUNKS).await >= 1);

    let mut corrected = meals[4].clone();
    corrected.dose_reelle = 123.0;
    let readings = [reading_of(&corrected), reading_of(&meals[5])];
    let readings: Vec<_> = readings.iter().collect();
    store_of(&database).readings(&readings, None).await.unwrap();

    let day = history(&database).await[9].clone();
    assert_eq!(
        (&day["jour"], &day["dose_matin"]),
        (&value!(2), &value!(123.0))
    );
    assert_eq!(
        count(&database, "SELECT count(*) FROM gavage_data").await,
        24
    );
    let corrections = "SELECT count(*) FROM gavage_data WHERE corrected_at IS NOT NULL";
    assert_eq!(count(&database, corrections).await, 1);
}

#[actix_web::test]
async fn the_aggregates_outlive_the_readings_that_retention_drops() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 760), 24).await;
    write(&database, &lot("LL2611001", 1), 24).await;
    run_job(&database, "refresh_stale_buckets").await;
    let lot_days = count(&database, "SELECT count(*) FROM gavage_lot_jour").await;
    run_job(&database, "policy_retention").await;
    run_job(&database, "forget_dropped_meals").await;
    run_job(&database, "refresh_stale_buckets").await;
    let old = "SELECT count(*) FROM gavage_data WHERE code_lot = 'LL2601001'";
    let old_keys = "SELECT count(*) FROM repas JOIN lots_gavage lot ON lot.id = repas.lot_id WHERE lot.code_lot = 'LL2601001'";
    assert_eq!(
        (
            count(&database, old).await,
            count(&database, old_keys).await
        ),
        (0, 0)
    );
    assert_eq!(count(&database, "SELECT count(*) FROM repas").await, 24);
    assert_eq!(
        count(&database, "SELECT count(*) FROM gavage_lot_jour").await,
        lot_days
    );
}

/// A sample of a station at LL, this many hours ago.
fn scan(sample_id: &str, hours: i64, masse_g: f64) -> Scan {
    Scan {
        sample_id: sample_id.to_owned(),
        device_id: "ESP32_LL_01".to_owned(),
        site: Some("LL".to_owned()),
        code_lot: Some("LL2601001".to_owned()),
        time: hours_ago(hours),
        score: Some(0.5),
        grade: Some("C"),
        masse_g: Some(masse_g),
        simule: false,
    }
}

/// Figures of quality control for the last days: by station and hour, and of the lot.
async fn quality(database: &TestDatabase) -> (Value, Value) {
    (
        json(database, "/api/sqal/stats/hourly?heures=1000").await,
        json(database, "/api/lots/LL2601001/qualite").await,
    )
}

async fn refresh_samples(database: &TestDatabase) {
    run_job(database, "refresh_stale_sample_hours").await;
}

const STALE_HOURS: &str = "SELECT count(*) FROM stale_buckets WHERE source = 'sensor_samples'";
const AGGREGATED_HOURS: &str = "SELECT count(*) FROM sqal_station_heure_materialise";

#[actix_web::test]
async fn a_late_sample_shows_at_once_and_survives_a_refresh() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 3), 24).await;
    scans::store(&database, &[scan("S-1", 30, 500.0)]).await;
    refresh_samples(&database).await;
    assert_eq!(count(&database, STALE_HOURS).await, 0);
    assert_eq!(count(&database, AGGREGATED_HOURS).await, 1);

    scans::store(&database, &[scan("S-2", 30, 600.0)]).await;
    let shown = quality(&database).await;
    assert_eq!(
        (&shown.0[0]["echantillons"], &shown.0[0]["masse_moyenne_g"]),
        (&value!(2), &value!(550.0))
    );
    assert_eq!(shown.1["echantillons"], 2);
    refresh_samples(&database).await;
    assert_eq!(count(&database, STALE_HOURS).await, 0);
    assert_eq!(quality(&database).await, shown);
}

#[actix_web::test]
async fn a_sample_taken_back_by_hand_is_gone_at_once() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 3), 24).await;
    scans::store(&database, &[scan("S-1", 30, 500.0), scan("S-2", 30, 600.0)]).await;
    refresh_samples(&database).await;
    let client = database.client().await;
    let by_hand = "DELETE FROM sensor_samples WHERE sample_id = 'S-2';
        UPDATE sensor_samples SET masse_foie_g = 480 WHERE sample_id = 'S-1'";
    client.batch_execute(by_hand).await.unwrap();
    drop(client);
    let quality = quality(&database).await.1;
    assert_eq!(
        (&quality["echantillons"], &quality["masse_moyenne_g"]),
        (&value!(1), &value!(480.0))
    );
}

#[actix_web::test]
async fn the_current_hour_stays_stale_because_it_goes_on_changing() {
    let database = TestDatabase::create().await;
    scans::store(&database, &[scan("S-1", 0, 500.0)]).await;
    // Another hour may have begun meanwhile.
    let stale = format!("{STALE_HOURS} AND bucket = time_bucket('1 hour', now())");
    let still_running = count(&database, &stale).await;
    refresh_samples(&database).await;
    if count(
        &database,
        "SELECT count(*) FROM sensor_samples WHERE time >= time_bucket('1 hour', now())",
    )
    .await
        == 1
    {
        assert_eq!(still_running, 1);
        assert_eq!(count(&database, STALE_HOURS).await, 1);
    }
    let grades = json(&database, "/api/sqal/stats/grade-distribution").await;
    assert_eq!(grades[3]["nombre"], 1);
}

#[actix_web::test]
async fn a_sample_that_comes_after_its_chunk_was_compressed_counts() {
    let database = TestDatabase::create().await;
    write(&database, &lot("LL2601001", 30), 24).await;
    scans::store(&database, &[scan("S-1", 30 * 24, 500.0)]).await;
    refresh_samples(&database).await;
    run_job(&database, "policy_compression").await;
    let compressed = "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sensor_samples' AND is_compressed";
    assert_eq!(count(&database, compressed).await, 1);
    scans::store(&database, &[scan("S-2", 30 * 24, 600.0)]).await;
    assert_eq!(quality(&database).await.1["masse_moyenne_g"], 550.0);
    refresh_samples(&database).await;
    assert_eq!(quality(&database).await.1["masse_moyenne_g"], 550.0);
}

#[actix_web::test]
async fn a_refresh_takes_the_days_of_ratings_too_and_a_late_or_erased_one_shows_at_once() {
    let database = TestDatabase::create().await;
    let rate = async |stars: i32, days: i32| {
        let rated = format!(
            "INSERT INTO consumer_feedbacks (time, feedback_id, product_id, lot_id, code_lot, site_code, gaveur_id, overall_rating, simule, recu)
             VALUES (now() - interval '{days} days', nextval('consumer_feedbacks_n'), 'FG_LL', 1, 'LL2601001', 'LL', 1, {stars}, false, '')"
        );
        database.client().await.batch_execute(&rated).await.unwrap();
    };
    let told = async || json(&database, "/api/consumer/stats?par=lot").await["lignes"].clone();
    let stale = "SELECT count(*) FROM stale_buckets WHERE source = 'consumer_feedbacks'";
    for (stars, days) in [(5, 3), (4, 3), (2, 2), (3, 0)] {
        rate(stars, days).await;
    }
    let before = told().await;
    assert_eq!(before[0]["n"], 4);
    run_job(&database, "refresh_stale_buckets").await;
    // Today goes on changing.
    assert_eq!(count(&database, stale).await, 1);
    let aggregated = "SELECT count(*) FROM consumer_lot_jour_materialise";
    assert_eq!(count(&database, aggregated).await, 2);
    assert_eq!(told().await, before);
    rate(1, 3).await;
    let erased = "DELETE FROM consumer_feedbacks WHERE overall_rating = 2";
    database.client().await.batch_execute(erased).await.unwrap();
    let stars = value!({"1": 1, "2": 0, "3": 1, "4": 1, "5": 1});
    assert_eq!(told().await[0]["repartition"], stars);
    run_job(&database, "refresh_stale_buckets").await;
    assert_eq!(told().await[0]["repartition"], stars);
}
