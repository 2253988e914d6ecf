//! How the REST questions are answered when there are many readings.

use crate::{
    common::database::{Kind, TestDatabase},
    feed::{fed, hours_ago},
    jobs::{run_job, write},
    support::{ask, json},
};
use tokio::time::Instant;

/// Statements behind the REST answers that look at readings, with the types of their parameters filled in.
const STATEMENTS: [(&str, &str); 4] = [
    (
        "history",
        include_str!("../../sql/queries/gavage_lot_jour/list_days.sql"),
    ),
    (
        "week",
        include_str!("../../sql/queries/gavage_lot_jour/sum_up_window.sql"),
    ),
    (
        "meals of a lot",
        include_str!("../../sql/queries/gavage_data/list_by_lot.sql"),
    ),
    (
        "recent meals",
        include_str!("../../sql/queries/gavage_data/list_recent.sql"),
    ),
];

/// `$lots` lots of 14 days and 28 readings, begun evenly over the last two years, of five gaveurs.
const FILL: &str = include_str!("fill.sql");

async fn filled(kind: Kind, lots: u32) -> TestDatabase {
    let database = TestDatabase::create_on(kind).await;
    let client = database.client().await;
    client
        .batch_execute("SET statement_timeout = 0")
        .await
        .unwrap();
    client
        .batch_execute(&FILL.replace("$lots", &lots.to_string()))
        .await
        .unwrap();
    drop(client);
    if kind == Kind::TimescaleDb {
        run_job(&database, "refresh_stale_buckets").await;
        run_job(&database, "policy_compression").await;
    }
    database
        .client()
        .await
        .batch_execute("ANALYZE repas; ANALYZE gavage_data; ANALYZE lots_gavage")
        .await
        .unwrap();
    database
}

/// The plan of a statement as it was executed for gaveur 1, lot 6, this week, and 10 rows.
async fn plan(database: &TestDatabase, sql: &str) -> String {
    let client = database.client().await;
    let sql = match sql {
        sql if sql.contains("$3") => sql
            .replace("$1", "1")
            .replace("$2", "now() - INTERVAL '7 days'")
            .replace("$3", "now()"),
        sql if sql.contains("code_lot = $1") => sql.replace("$1", "'LL0000006'"),
        sql if sql.contains("LIMIT $1") => sql.replace("$1", "10"),
        sql => sql.replace("$1", "1").replace("$2", "10"),
    };
    let rows = client
        .query(
            &format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}"),
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.get::<_, String>(0))
        .collect::<Vec<_>>()
        .join("\n")
}

#[actix_web::test]
async fn no_answer_scans_the_readings_from_end_to_end() {
    let database = filled(Kind::TimescaleDb, 700).await;
    let chunks =
        "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'gavage_data'";
    let chunks: i64 = database
        .client()
        .await
        .query_one(chunks, &[])
        .await
        .unwrap()
        .get(0);
    assert!(chunks > 100, "{chunks}");
    for (name, sql) in STATEMENTS {
        let plan = plan(&database, sql).await;
        let executed = plan.lines().filter(|line| {
            line.contains("_chunk") && line.contains(" on ") && !line.contains("never executed")
        });
        let readings = executed
            .filter(|line| line.contains(" on _hyper_1_") || line.contains(" compress_hyper_"));
        let readings: Vec<_> = readings.collect();
        assert!(
            readings.len() <= 8,
            "{name} reads {} parts of {chunks} chunks:\n{plan}",
            readings.len()
        );
    }
}

#[actix_web::test]
#[ignore = "two million readings: run with --ignored --nocapture, in a release build"]
async fn print_how_long_each_answer_takes_with_two_million_readings() {
    for kind in [Kind::PostgreSql, Kind::TimescaleDb] {
        let database = filled(kind, 71_429).await;
        for path in [
            "/api/gavage/gaveur/1",
            "/api/gavage/gaveur/1?limit=500",
            "/api/analytics/weekly-report/1",
            "/api/lots/?limit=1000",
            "/api/lots/gaveur/1",
            "/api/lots/LL0000006",
            "/api/lots/LL0000006/historique",
            "/api/euralis/sites",
            "/api/euralis/gavages/recent?limit=500",
        ] {
            json(&database, path).await;
            let begun = Instant::now();
            let answer = ask(&database, path).await;
            println!(
                "{kind:?} {path}: {:?}, {} bytes",
                begun.elapsed(),
                answer.body.len()
            );
        }
        for (name, sql) in STATEMENTS {
            println!("-- {kind:?}: {name}\n{}", plan(&database, sql).await);
        }
    }
}

#[actix_web::test]
#[ignore = "prints times: run with --ignored --nocapture"]
async fn print_how_long_corrections_take_in_compressed_chunks() {
    let database = filled(Kind::TimescaleDb, 7_000).await;
    let chosen = "SELECT code_lot, jour, moment FROM repas WHERE time BETWEEN $1 AND $2 ORDER BY code_lot, jour, moment LIMIT 500";
    let client = database.client().await;
    for (what, days) in [("compressed", 100), ("not compressed", 5)] {
        let (from, to) = (hours_ago(24 * days), hours_ago(24 * (days - 3)));
        let rows = client.query(chosen, &[&from, &to]).await.unwrap();
        let corrected = rows.iter().map(|row| {
            let moment = match row.get::<_, &str>(2) {
                "matin" => "matin",
                _ => "soir",
            };
            let mut meal = fed(row.get(0), row.get(1), moment, from);
            meal.dose_reelle = 377.0;
            meal
        });
        let corrected: Vec<_> = corrected.collect();
        let begun = Instant::now();
        write(&database, &corrected, 500).await;
        println!(
            "{} corrections in chunks that are {what}: {:?}",
            rows.len(),
            begun.elapsed()
        );
    }
}
