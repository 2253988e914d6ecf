//! Plans of the REST statements with many readings. See docs/performance.md for the run with two million.

use crate::{
    common::database::{Kind, TestDatabase},
    feed::{fed, hours_ago},
    filled::{DAYS, Explained, explained, filled, lots},
    jobs::{count, write},
    questions::{EVERYTHING, OF_ONE_LOT, QUESTIONS},
};
use std::collections::BTreeSet;
use tokio::time::Instant;

/// Pages that a statement may read and rows that its steps may pass on: half as many again as the greediest on 700 lots. Its time is printed and
/// not judged, because it depends on what else the machine does. See docs/performance.md for times.
const PAGES: u64 = 5_000;
const ROWS: u64 = 60_000;
/// Tables of readings and samples, whose chunks no statement may scan completely.
const RAW: [&str; 3] = ["gavage_data", "sensor_samples", "sensor_matrices"];
const PARTS: usize = 8;
/// The scopes of an operator, a supervisor and a farmer, and how many chunks a statement may read. The rows of one site in three lie three times
/// as far apart, those of one farmer in five five times.
const CALLERS: [([&str; 2], usize); 3] = [
    (EVERYTHING, PARTS),
    (["ARRAY['LS']", "NULL"], 3 * PARTS),
    (["NULL", "1"], 5 * PARTS),
];

/// The chunks of a raw table that were actually read.
async fn parts(database: &TestDatabase, table: &str, plan: &str) -> BTreeSet<String> {
    let sql = "SELECT id FROM _timescaledb_catalog.hypertable WHERE table_name = $1";
    let row = database
        .client()
        .await
        .query_one(sql, &[&table])
        .await
        .unwrap();
    let name = format!(" on _hyper_{}_", row.get::<_, i32>(0));
    let executed = plan.lines().filter(|line| !line.contains("never executed"));
    let chunk = |line: &str| {
        let number = line.split_once(&name)?.1;
        Some(number.split('_').next()?.to_owned())
    };
    executed.filter_map(chunk).collect()
}

async fn chunks(database: &TestDatabase, table: &str) -> i64 {
    let sql = format!(
        "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = '{table}'"
    );
    count(database, &sql).await
}

async fn assert_few_chunks(database: &TestDatabase, name: &str, plan: &str, most: usize) {
    for table in RAW {
        let parts = parts(database, table, plan).await.len();
        assert!(
            parts <= most,
            "{name} reads {parts} chunks of {table}:\n{plan}"
        );
    }
}

/// Prints what each statement does and returns those that do too much.
async fn greedy(database: &TestDatabase, kind: Kind) -> Vec<String> {
    let mut greedy = Vec::new();
    let questions = |caller| QUESTIONS.iter().map(move |question| (caller, question));
    for ((scope, most), question) in CALLERS.into_iter().flat_map(questions) {
        let asked = explained(database, question, &scope).await;
        if kind == Kind::TimescaleDb {
            assert_few_chunks(database, question.name, &asked.plan, most).await;
        }
        greedy.extend(described(question.name, &scope.join(", "), &asked));
    }
    greedy
}

/// Prints what a statement does, and returns it if it is too much.
fn described(name: &str, scope: &str, asked: &Explained) -> Option<String> {
    let Explained {
        pages, rows, time, ..
    } = asked;
    let line = format!("{name:34} {scope:18} {pages:6} pages {rows:6} rows {time:8.1} ms");
    println!("{line}");
    (*pages > PAGES || *rows > ROWS).then_some(line)
}

#[actix_web::test]
async fn every_statement_of_rest_reads_few_pages_and_rows_on_postgresql() {
    let database = filled(Kind::PostgreSql, DAYS).await;
    let greedy = greedy(&database, Kind::PostgreSql).await;
    assert!(greedy.is_empty(), "{} lots: {greedy:#?}", lots());
}

#[actix_web::test]
async fn every_statement_of_rest_reads_few_pages_rows_and_chunks_on_timescaledb() {
    let database = filled(Kind::TimescaleDb, DAYS).await;
    for table in ["gavage_data", "sensor_samples"] {
        assert!(chunks(&database, table).await > 100, "{table}");
    }
    let greedy = greedy(&database, Kind::TimescaleDb).await;
    assert!(greedy.is_empty(), "{} lots: {greedy:#?}", lots());
    what_is_asked_of_one_lot_reads_few_chunks(&database).await;
}

/// Other changes wait for a commit of the writer.
async fn what_is_asked_of_one_lot_reads_few_chunks(database: &TestDatabase) {
    for question in &OF_ONE_LOT {
        let asked = explained(database, question, &[]).await;
        assert_few_chunks(database, question.name, &asked.plan, PARTS).await;
        assert_eq!(described(question.name, "", &asked), None);
    }
}

#[actix_web::test]
async fn a_batch_of_corrections_reaches_compressed_chunks_in_one_transaction() {
    let database = filled(Kind::TimescaleDb, 120).await;
    // The meals of a closed lot are not corrected any more.
    let fed_again = "UPDATE lots_gavage SET statut = 'pret_abattage' WHERE statut = 'clos'";
    database
        .client()
        .await
        .batch_execute(fed_again)
        .await
        .unwrap();
    let chosen = "SELECT lot.code_lot, repas.jour, repas.moment, lot.gaveur_id, repas.time FROM repas JOIN lots_gavage lot ON lot.id = repas.lot_id
        WHERE time BETWEEN $1 AND $2 ORDER BY repas.lot_id, jour, moment LIMIT 500";
    for (what, days) in [("compressed", 100), ("not compressed", 5)] {
        let (from, to) = (hours_ago(24 * days), hours_ago(24 * (days - 3)));
        let rows = database
            .client()
            .await
            .query(chosen, &[&from, &to])
            .await
            .unwrap();
        let corrected: Vec<_> = rows
            .iter()
            .map(|row| {
                let moment = if row.get::<_, &str>(2) == "matin" {
                    "matin"
                } else {
                    "soir"
                };
                let mut meal = fed(row.get(0), row.get(1), moment, row.get(4));
                meal.gaveur_id = row.get(3);
                meal.dose_reelle = 377.0;
                meal
            })
            .collect();
        let before = count(&database, CORRECTED).await;
        let begun = Instant::now();
        write(&database, &corrected, 500).await;
        println!(
            "{} corrections in chunks that are {what}: {:?}",
            rows.len(),
            begun.elapsed()
        );
        assert!(!rows.is_empty());
        assert_eq!(
            count(&database, CORRECTED).await - before,
            rows.len() as i64,
            "{what}"
        );
    }
}

const CORRECTED: &str =
    "SELECT count(*) FROM gavage_data WHERE dose_reelle = 377 AND corrected_at IS NOT NULL";
