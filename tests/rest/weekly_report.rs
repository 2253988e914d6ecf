use crate::{
    common::database::TestDatabase,
    feed::{self, ago, fed, hours_ago, raise_alert},
    naive,
    support::{json, paris},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json as value};

async fn report(database: &TestDatabase, gaveur_id: i32) -> Value {
    json(
        database,
        &format!("/api/analytics/weekly-report/{gaveur_id}"),
    )
    .await
}

#[actix_web::test]
async fn the_report_of_a_random_feed_is_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 100..112 {
        database.empty().await;
        let meals = naive::random_feed(seed);
        feed::store(&database, &meals).await;
        for gaveur_id in 1..4 {
            let report = report(&database, gaveur_id).await;
            let now = report["date_generation"].as_str().unwrap().parse().unwrap();
            let (mut statistiques, top) = naive::weekly(&meals, gaveur_id, now);
            statistiques["alertes_critiques"] = value!(0);
            statistiques["alertes_importantes"] = value!(0);
            assert_eq!(
                report["statistiques"], statistiques,
                "seed {seed}, gaveur {gaveur_id}"
            );
            assert_eq!(
                report["top_performers"], top,
                "seed {seed}, gaveur {gaveur_id}"
            );
        }
    }
}

#[actix_web::test]
async fn an_unknown_gaveur_gets_zeros_and_no_null() {
    let database = TestDatabase::create().await;
    let report = report(&database, 99).await;
    assert_eq!(report["gaveur_id"], 99);
    assert_eq!(report["top_performers"], value!([]));
    let figures = report["statistiques"].as_object().unwrap();
    assert_eq!(figures.len(), 7);
    assert!(
        figures.values().all(|figure| figure.as_f64() == Some(0.0)),
        "{figures:?}"
    );
}

#[actix_web::test]
async fn the_period_is_the_last_seven_local_days_and_the_generation_time_is_utc() {
    let database = TestDatabase::create().await;
    let report = report(&database, 1).await;
    let generated = report["date_generation"].as_str().unwrap();
    assert!(generated.ends_with('Z'), "{generated}");
    let generated: Timestamp = generated.parse().unwrap();
    let last = generated.to_zoned(paris()).date();
    let first = (generated - SignedDuration::from_hours(168))
        .to_zoned(paris())
        .date();
    assert_eq!(report["periode"], format!("{first}/{last}"));
}

#[actix_web::test]
async fn alerts_are_counted_by_severity_in_the_window_and_readings_do_not_multiply_them() {
    let database = TestDatabase::create().await;
    let meals: Vec<_> = (0..5)
        .map(|jour| {
            fed(
                "LL2601001",
                jour,
                "matin",
                hours_ago(120 - 24 * i64::from(jour)),
            )
        })
        .collect();
    feed::store(&database, &meals).await;
    for (gaveur_id, severite, hours) in [
        (1, "critical", 1),
        (1, "critical", 167),
        (1, "critical", 169),
        (1, "warning", 2),
        (1, "info", 2),
        (2, "warning", 2),
    ] {
        raise_alert(&database, gaveur_id, severite, hours_ago(hours)).await;
    }
    let figures = report(&database, 1).await["statistiques"].clone();
    assert_eq!(
        (
            &figures["alertes_critiques"],
            &figures["alertes_importantes"]
        ),
        (&value!(2), &value!(1))
    );
    assert_eq!(figures["gavages_total"], 5);
}

#[actix_web::test]
async fn the_window_ends_now_and_begins_seven_days_ago() {
    let database = TestDatabase::create().await;
    let minute = SignedDuration::from_mins(1);
    let week = SignedDuration::from_hours(168);
    feed::store(
        &database,
        &[
            fed("LL2601001", 0, "matin", ago(week + minute)),
            fed("LL2601001", 0, "soir", ago(week - minute)),
            fed("LL2601001", 1, "matin", ago(minute)),
            fed("LL2601001", 1, "soir", ago(-minute)),
        ],
    )
    .await;
    assert_eq!(
        report(&database, 1).await["statistiques"]["gavages_total"],
        2
    );
}

#[actix_web::test]
async fn a_finished_lot_counts_among_the_fed_ducks_and_not_among_the_active_ones() {
    let database = TestDatabase::create().await;
    let mut finished = fed("LL2601001", 12, "soir", hours_ago(3));
    finished.pret_abattage = true;
    finished.nb_canards_vivants = Some(700);
    let mut silent = fed("LL2601002", 5, "soir", hours_ago(200));
    silent.nb_canards_vivants = Some(50);
    feed::store(
        &database,
        &[finished, silent, fed("LL2601003", 1, "matin", hours_ago(2))],
    )
    .await;
    let figures = report(&database, 1).await["statistiques"].clone();
    assert_eq!(
        (&figures["canards_actifs"], &figures["canards_gaves"]),
        (&value!(1050), &value!(1700))
    );
}
