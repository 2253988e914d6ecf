//! Quality control over random feeds, compared with figures computed in memory.

use crate::{
    common::database::TestDatabase,
    naive_sums::world,
    scans,
    support::{ask, assert_holds, json},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json as value};
use std::collections::BTreeSet;

#[actix_web::test]
async fn the_quality_of_every_lot_of_a_random_feed_is_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 330..333 {
        database.empty().await;
        let world = world(&database, seed).await;
        let lots: BTreeSet<String> = world
            .meals
            .iter()
            .map(|meal| meal.code_lot.clone())
            .collect();
        let lots: Vec<String> = lots.into_iter().collect();
        for lot in &lots {
            let quality = json(&database, &format!("/api/lots/{lot}/qualite")).await;
            assert_holds(&quality, &world.quality(lot), &format!("seed {seed}"));
            assert_eq!(quality["statut"], Value::Null);
        }
        scans::queue(&database, &lots).await;
        let queue = json(&database, "/api/sqal/pending-lots?status=pending").await;
        let expected: Vec<Value> = lots.iter().map(|lot| world.quality(lot)).collect();
        assert_holds(&queue, &value!(expected), &format!("seed {seed}"));
        let newest = json(&database, "/api/sqal/lots?limit=2").await;
        let last: Vec<Value> = expected.into_iter().rev().take(2).collect();
        assert_holds(&newest, &value!(last), &format!("seed {seed}"));
        let quality = json(&database, &format!("/api/lots/{}/qualite", lots[0])).await;
        assert_eq!(quality["statut"], "pending");
    }
}

#[actix_web::test]
async fn the_figures_of_stations_are_what_a_naive_computation_says() {
    let database = TestDatabase::create().await;
    for seed in 340..344 {
        database.empty().await;
        let world = world(&database, seed).await;
        let hours = |hours| Timestamp::now() - SignedDuration::from_hours(hours);
        let lot = world.meals[0].code_lot.clone();
        let station = world.scans[0].device_id.clone();
        let said = json(&database, "/api/sqal/dashboard/overview").await;
        assert_holds(
            &said,
            &world.overview(Timestamp::now()),
            &format!("seed {seed}"),
        );
        let said = json(&database, "/api/sqal/stats/sites").await;
        assert_holds(&said, &world.by_site(hours(24)), &format!("seed {seed}"));
        for window in [1, 3, 30, 2160] {
            let grades = format!("/api/sqal/stats/grade-distribution?heures={window}");
            let said = json(&database, &grades).await;
            assert_holds(&said, &world.grades(hours(window), None, None), &grades);
            let said = json(&database, &format!("{grades}&device_id={station}")).await;
            assert_holds(
                &said,
                &world.grades(hours(window), Some(&station), None),
                &grades,
            );
            let said = json(&database, &format!("{grades}&code_lot={lot}")).await;
            assert_holds(
                &said,
                &world.grades(hours(window), None, Some(&lot)),
                &grades,
            );
            // Whole hours: all queries must fall within one hour.
            loop {
                let now = Timestamp::now();
                let path = format!("/api/sqal/stats/hourly?heures={window}");
                let said = json(&database, &path).await;
                let newest = json(&database, &format!("{path}&limit=3")).await;
                if now.as_second() / 3600 == Timestamp::now().as_second() / 3600 {
                    let expected = world.hours(now - SignedDuration::from_hours(window));
                    assert_holds(&said, &expected, &format!("seed {seed}, {path}"));
                    let all = expected.as_array().unwrap();
                    let last = &all[all.len().saturating_sub(3)..];
                    assert_holds(&newest, &value!(last), &format!("seed {seed}, {path}"));
                    break;
                }
            }
        }
        for query in [format!("code_lot={lot}"), format!("device_id={station}")] {
            let said = json(&database, &format!("/api/sqal/samples?limit=1000&{query}")).await;
            let own = world.scans.iter().filter(|scan| {
                if query.starts_with("code") {
                    scan.code_lot.as_ref() == Some(&lot)
                } else {
                    scan.device_id == station
                }
            });
            let mut own: Vec<_> = own.collect();
            own.sort_by(|a, b| b.time.cmp(&a.time).then(a.sample_id.cmp(&b.sample_id)));
            let expected: Vec<_> = own
                .iter()
                .map(|s| value!({"sample_id": s.sample_id}))
                .collect();
            assert_holds(&said, &value!(expected), &query);
        }
    }
}

#[actix_web::test]
async fn the_hours_of_a_station_are_what_a_naive_computation_says_and_an_unknown_one_is_not_found()
{
    let database = TestDatabase::create().await;
    let world = world(&database, 351).await;
    let station = world.scans[0].device_id.clone();
    for window in [1, 30, 2160] {
        let path = format!("/api/sqal/stations/{station}?heures={window}");
        let said = json(&database, &path).await;
        let since = Timestamp::now() - SignedDuration::from_hours(window);
        assert_holds(&said, &world.station(since, &station), &path);
        let recent = Timestamp::now() - SignedDuration::from_mins(5);
        let recent = world
            .scans
            .iter()
            .filter(|s| s.device_id == station && s.time >= recent)
            .count();
        let rate = (recent as f64 / 5.0 * 10.0).round() / 10.0;
        let rate = value!({"minutes": 5, "echantillons": recent, "par_minute": rate});
        assert_eq!(said["cadence"], rate, "{path}");
        let mean = said["mesures"][1]["moyenne"].as_f64();
        let masses: Vec<_> = world
            .scans
            .iter()
            .filter(|s| s.device_id == station && s.time >= since)
            .filter_map(|s| s.masse_g)
            .collect();
        let expected =
            (!masses.is_empty()).then(|| masses.iter().sum::<f64>() / masses.len() as f64);
        assert!(
            mean.zip(expected)
                .map_or(mean == expected, |(mean, expected)| (mean - expected).abs()
                    < 1e-9),
            "{mean:?} {expected:?}"
        );
    }
    let unknown = ask(&database, "/api/sqal/stations/ESP32_XX_99").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.detail().contains("ESP32_XX_99"));
}
