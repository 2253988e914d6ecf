//! A database with years of readings, and how it answers a statement.

use super::questions::Question;
use crate::common::database::{Kind, TestDatabase};
use tokio_postgres::Client;

/// `$lots` lots of 14 days and 28 readings with ten livers each, of five gaveurs, started evenly over the last `$days` days.
const FILL: &str = include_str!("fill.sql");

/// What the writer would have done for the finished lots, for all at once.
const SUM_UP_LOTS: &str =
    "UPDATE lots_gavage lot SET bilan_fait = true, mais_g_par_canard = mais.g_par_canard
    FROM lot_mais mais WHERE mais.lot_id = lot.id AND lot.pret_abattage";

/// 700, or `GAVEURS_TEST_LOTS`; 71,429 give two million readings.
pub fn lots() -> u32 {
    let given = std::env::var("GAVEURS_TEST_LOTS");
    given.map_or(700, |number| number.parse().unwrap())
}

/// Two years.
pub const DAYS: u32 = 729;

pub async fn filled(kind: Kind, days: u32) -> TestDatabase {
    let database = TestDatabase::create_on(kind).await;
    let client = database.client().await;
    let fill = FILL
        .replace("$lots", &lots().to_string())
        .replace("$days", &days.to_string());
    client
        .batch_execute("SET statement_timeout = 0")
        .await
        .unwrap();
    for statement in fill.split(";\n") {
        client.batch_execute(statement).await.unwrap();
    }
    if kind == Kind::TimescaleDb {
        refresh_and_compress(&client).await;
    }
    client.batch_execute(SUM_UP_LOTS).await.unwrap();
    // As autovacuum would do.
    for statement in ["VACUUM ANALYZE", "SET statement_timeout = '10s'"] {
        client.batch_execute(statement).await.unwrap();
    }
    drop(client);
    database
}

/// Does what the background jobs do, in short statements: while the WebAssembly engine works, no other test gets an answer.
async fn refresh_and_compress(client: &Client) {
    for aggregate in [
        "gavage_lot_jour_materialise",
        "gavage_site_heure_materialise",
        "sqal_station_heure_materialise",
        "consumer_lot_jour_materialise",
    ] {
        let refresh = format!("CALL refresh_continuous_aggregate('{aggregate}', NULL, NULL)");
        client.batch_execute(&refresh).await.unwrap();
    }
    let fresh = "DELETE FROM stale_buckets WHERE source = 'gavage_data' AND bucket <> time_bucket('1 day', now());
        DELETE FROM stale_buckets WHERE source = 'sensor_samples' AND bucket <> time_bucket('1 hour', now());
        DELETE FROM stale_buckets WHERE source = 'consumer_feedbacks' AND bucket <> time_bucket('1 day', now())";
    client.batch_execute(fresh).await.unwrap();
    let old = "SELECT show_chunks(name::regclass, older_than => INTERVAL '7 days')::text
        FROM unnest(ARRAY['gavage_data', 'sensor_samples']) AS name";
    for row in client.query(old, &[]).await.unwrap() {
        let compress = format!("SELECT compress_chunk('{}')", row.get::<_, &str>(0));
        client.batch_execute(&compress).await.unwrap();
    }
}

/// How often a statement is planned before it is run; by then PostgreSQL has settled on a plan, as in a running server.
const PLANNED: usize = 6;

/// What a statement does once it is planned. Unlike its time this does not depend on what else the machine does.
pub struct Explained {
    pub plan: String,
    /// Pages of 8 KiB that it reads, from memory or disk.
    pub pages: u64,
    /// Rows that the steps of the plan pass on, all together.
    pub rows: u64,
    /// ms, for information.
    pub time: f64,
}

pub async fn explained(database: &TestDatabase, question: &Question, scope: &[&str]) -> Explained {
    let client = database.client().await;
    let prepare = format!("PREPARE question AS {}", question.sql);
    let arguments = arguments(&client, question, scope).await;
    let explain = |options| format!("EXPLAIN ({options}) EXECUTE question {arguments}");
    client.batch_execute(&prepare).await.unwrap();
    for _ in 0..PLANNED {
        client.batch_execute(&explain("COSTS OFF")).await.unwrap();
    }
    let run = explain("ANALYZE, COSTS OFF, TIMING OFF, BUFFERS");
    let rows = client.query(&run, &[]).await.unwrap();
    client.batch_execute("DEALLOCATE question").await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let plan = lines.join("\n");
    Explained {
        pages: pages(&plan),
        rows: passed_on(&plan),
        time: number_after(&plan, "Execution Time: ").expect("EXPLAIN ANALYZE gives it"),
        plan,
    }
}

/// The root of a plan comes first, and its pages are those of the whole plan.
fn pages(plan: &str) -> u64 {
    let (executed, _) = plan.split_once("\nPlanning").expect("EXPLAIN gives it");
    let buffers = executed.lines().find(|line| line.contains("Buffers: "));
    let read = |which| number_after(buffers?, which);
    [" hit=", " read="]
        .into_iter()
        .filter_map(read)
        .sum::<f64>() as u64
}

fn passed_on(plan: &str) -> u64 {
    let of_step =
        |line| Some(number_after(line, "(actual rows=")? * number_after(line, " loops=")?);
    plan.lines().filter_map(of_step).sum::<f64>() as u64
}

fn number_after(text: &str, label: &str) -> Option<f64> {
    let (_, rest) = text.split_once(label)?;
    let end = rest.find(|c: char| c != '.' && !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().ok()
}

/// EXECUTE does not accept queries as arguments, so they are evaluated first.
pub async fn arguments(client: &Client, question: &Question, scope: &[&str]) -> String {
    let mut literals = Vec::new();
    for param in scope.iter().chain(question.params) {
        let literal = format!("SELECT quote_nullable(({param})::text)");
        let row = client.query_one(&literal, &[]).await.unwrap();
        literals.push(row.get::<_, String>(0));
    }
    if literals.is_empty() {
        String::new()
    } else {
        format!("({})", literals.join(", "))
    }
}
