//! Late readings, corrections, compression and retention against the aggregates that the reports read.

use crate::{
    common::database::TestDatabase,
    feed::{Fed, fed, hours_ago},
    jobs::{COMPRESSED_CHUNKS, count, reading_of, run_job, store_of, write},
    support::json,
};
use serde_json::{Value, json as value};

const STALE: &str = "SELECT count(*) FROM stale_buckets";
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
    store_of(&database).store(&readings).await.unwrap();

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
    let old_keys = "SELECT count(*) FROM repas WHERE code_lot = 'LL2601001'";
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
