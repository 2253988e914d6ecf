//! A database with years of readings, and the statements that REST runs on it.

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

/// The first two parameters of a statement for a caller who may see everything.
pub const EVERYTHING: [&str; 2] = ["NULL", "NULL"];

/// A statement of the REST API, and its parameters after the scope, as SQL.
pub struct Question {
    pub name: &'static str,
    pub sql: &'static str,
    pub params: &'static [&'static str],
}

macro_rules! question {
    ($file:literal, $($param:literal),* $(,)?) => {
        Question {
            name: $file,
            sql: include_str!(concat!("../../sql/queries/", $file, ".sql")),
            params: &[$($param),*],
        }
    };
}

/// Every statement of a GET, some with more than one set of parameters. Lot 6 ended two years ago.
pub const QUESTIONS: [Question; 92] = [
    question!("gavage_lot_jour/list_days", "1", "10"),
    question!("gavage_lot_jour/list_days", "1", "100"),
    question!("gavage_lot_jour/list_days", "99", "10"),
    question!(
        "gavage_data/sum_up_window",
        "1",
        "now() - INTERVAL '7 days'",
        "now()"
    ),
    question!("gavage_data/list_by_lot", "7"),
    question!("gavage_data/list_by_lot", "700"),
    question!("gavage_lot_jour/list_peers", "7", "100"),
    question!("gavage_lot_jour/list_peers", "300", "100"),
    question!("repas_versions/list_by_lot", "7", "1000"),
    question!("repas_saisis/list_by_lot", "7"),
    question!("courbes/list_by_lot", "7"),
    question!("courbes/list_plans", "1000"),
    question!("courbes/find", "7"),
    question!("corrections/list_followed", "1", "NULL", "50"),
    question!("corrections/list_followed", "NULL", "7", "50"),
    question!("corrections/list_answered", "1", "NULL", "50"),
    question!("corrections/list_answered", "NULL", "7", "50"),
    question!("lots_evenements/list_by_lot", "7"),
    question!(
        "gaveurs_euralis/list_capacity",
        "now()::date",
        "now()::date + 9",
        "10",
        "NULL"
    ),
    question!(
        "lots_gavage/list_compared",
        "7",
        "now() - INTERVAL '180 days'",
        "400",
        "5",
        "18",
        "25",
        "50",
        "75"
    ),
    question!(
        "lots_gavage/list_closed_since",
        "now() - INTERVAL '14 days'",
        "1000"
    ),
    question!(
        "lots_gavage/list_rated_since",
        "now() - INTERVAL '180 days'",
        "now() - INTERVAL '14 days'",
        "1000"
    ),
    question!(
        "recommandations/list",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "200"
    ),
    question!(
        "recommandations/list",
        "ARRAY['envoyee']",
        "NULL",
        "'LS'",
        "NULL",
        "NULL",
        "200"
    ),
    question!(
        "recommandations/list_pairs",
        "now() - INTERVAL '365 days'",
        "2000"
    ),
    question!("recommandations_etapes/list", "7"),
    question!(
        "lot_foies/count_masses",
        "301",
        "ARRAY[300, 500, 700]::double precision[]"
    ),
    question!("consumer_feedbacks/list", "100"),
    question!(
        "consumer_feedbacks/list_comments",
        "301",
        "NULL",
        "NULL",
        "20"
    ),
    question!(
        "consumer_feedbacks/list_between",
        "now() - INTERVAL '30 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "consumer_lot_jour/sum_up",
        "now() - INTERVAL '30 days'",
        "now()",
        "'lot'"
    ),
    question!("consumer_lot_jour/sum_up", "NULL", "NULL", "'site'"),
    question!("consumer_lot_jour/sum_up", "NULL", "NULL", "'mois'"),
    question!("consumer_lot_jour/list_for_correlation", "120"),
    question!("consumer_products/list", "NULL", "NULL", "100"),
    question!("consumer_products/list", "7", "NULL", "100"),
    question!("consumer_products/list", "NULL", "'LL0000006'", "100"),
    question!("gavage_data/list_recent", "10"),
    question!("gavage_data/list_recent", "500"),
    question!(
        "gavage_site_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (29 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 30) n",
        "NULL"
    ),
    question!(
        "gavage_site_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (29 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 30) n",
        "'LS'"
    ),
    question!(
        "gavage_site_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (364 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 365) n",
        "'LS'"
    ),
    question!(
        "sqal_station_heure/sum_up_days",
        "SELECT array_agg(date_trunc('day', now()) - (29 - n) * INTERVAL '1 day' ORDER BY n) FROM generate_series(0, 30) n",
        "NULL"
    ),
    question!(
        "sqal_station_heure/count_grades",
        "now() - INTERVAL '1 hour'",
        "NULL",
        "NULL"
    ),
    question!(
        "sqal_station_heure/count_grades",
        "now() - INTERVAL '90 days'",
        "'ESP32_LL_01'",
        "NULL"
    ),
    question!(
        "sqal_station_heure/count_grades",
        "now() - INTERVAL '90 days'",
        "NULL",
        "'LL0000006'"
    ),
    question!(
        "sqal_station_heure/list_hours",
        "now() - INTERVAL '24 hours'",
        "NULL",
        "NULL",
        "5000"
    ),
    question!(
        "sqal_station_heure/sum_up_sites",
        "now() - INTERVAL '24 hours'"
    ),
    question!(
        "sqal_station_heure/sum_up",
        "now() - INTERVAL '24 hours'",
        "now() - INTERVAL '1 hour'",
        "now()"
    ),
    question!(
        "sensor_samples/list",
        "NULL",
        "NULL",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/list",
        "'LL0000006'",
        "NULL",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/list",
        "NULL",
        "'ESP32_LL_01'",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/list",
        "NULL",
        "'unknown'",
        "NULL",
        "50",
        "NULL",
        "NULL"
    ),
    question!(
        "sensor_samples/sum_up_station",
        "now() - INTERVAL '7 days'",
        "'ESP32_LL_01'",
        "now() - INTERVAL '5 minutes'"
    ),
    question!("sensor_samples/latest", "NULL"),
    question!("sensor_samples/latest", "'ESP32_LL_01'"),
    question!(
        "sqal_devices/list",
        "now()",
        "NULL",
        "NULL",
        "500",
        "0",
        "NULL"
    ),
    question!("sqal_pending_lots/list", "'pending'", "100", "false"),
    question!("sqal_pending_lots/list", "NULL", "50", "true"),
    question!("lot_foies/get", "7"),
    question!(
        "lot_foies/list_weighed",
        "now() - INTERVAL '30 days'",
        "NULL",
        "NULL"
    ),
    question!(
        "lot_foies/list_weighed",
        "now() - INTERVAL '90 days'",
        "NULL",
        "1"
    ),
    question!("lots_gavage/list", "NULL", "NULL", "NULL", "1000", "0"),
    question!(
        "lots_gavage/list",
        "ARRAY['en_gavage']",
        "NULL",
        "'LS'",
        "100",
        "0"
    ),
    question!("lots_gavage/list", "NULL", "1", "NULL", "1000", "0"),
    question!("lots_gavage/get", "'LL0000006'", "NULL"),
    question!("lots_gavage/sum_up_feeding",),
    question!("lots_gavage/sum_feeding_ducks", "1"),
    question!("sites_euralis/list", "NULL"),
    question!("gaveurs_euralis/list", "NULL"),
    question!("lots_gavage/count_by_gaveur", "NULL"),
    question!(
        "lots_gavage/list_figures",
        "ARRAY[20, 22, 23, 24, 26, 27, 28, 30]"
    ),
    question!(
        "lots_gavage/list_ended",
        "now() - INTERVAL '30 days'",
        "NULL",
        "NULL",
        "NULL"
    ),
    question!(
        "lots_gavage/list_ended",
        "now() - INTERVAL '400 days'",
        "NULL",
        "NULL",
        "now() - INTERVAL '218 days'"
    ),
    question!(
        "gavage_lot_jour/count_conformity",
        "now() - INTERVAL '30 days'",
        "now()",
        "NULL"
    ),
    question!(
        "gavage_lot_jour/count_conformity",
        "now() - INTERVAL '365 days'",
        "now() - INTERVAL '335 days'",
        "NULL"
    ),
    question!(
        "gavage_lot_jour/list_doses",
        "now() - INTERVAL '30 days'",
        "now()",
        "NULL",
        "40"
    ),
    question!(
        "gavage_data/list_mortality",
        "now() - INTERVAL '28 days'",
        "now()",
        "NULL",
        "300",
        "now() - INTERVAL '42 days'"
    ),
    question!(
        "alertes/sum_up_responses",
        "now() - INTERVAL '365 days'",
        "now()",
        "NULL"
    ),
    question!(
        "lots_gavage/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "gavage_data/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "gavage_data/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "now() - INTERVAL '100 days'",
        "1",
        "500"
    ),
    question!(
        "gavage_data/list_between",
        "now() - INTERVAL '729 days'",
        "now()",
        "NULL",
        "'LL0000006'",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "lot_foies/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "lot_foies/list_between",
        "now() - INTERVAL '729 days'",
        "now()",
        "NULL",
        "'LL0000300'",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!(
        "alertes/list_between",
        "now() - INTERVAL '366 days'",
        "now()",
        "NULL",
        "NULL",
        "NULL",
        "NULL",
        "500"
    ),
    question!("lot_foies/measure", "ARRAY[20, 22, 23, 24, 26, 27, 28, 30]"),
    question!("alertes/count_of_quality",),
    question!("alertes/find", "1", "NULL"),
    question!(
        "alertes/list",
        "NULL",
        "NULL",
        "NULL",
        "true",
        "NULL",
        "NULL",
        "NULL",
        "100",
        "NULL",
        "NULL",
        "NULL"
    ),
    question!("alertes/count_of_gaveur", "1"),
    question!(
        "alertes/count_in_window",
        "1",
        "now() - INTERVAL '7 days'",
        "now()"
    ),
];

/// Of a lot that was finished two years ago: what the writer does when it is over, and what a label of it tells.
pub const OF_ONE_LOT: [Question; 3] = [
    question!("lot_mais/keep", "ARRAY[7::bigint]"),
    question!(
        "consumer_products/tell",
        "(SELECT min(product_id) FROM consumer_products WHERE lot_id = 7)",
        "NULL",
        "NULL"
    ),
    question!("lots_histoires/freeze", "7"),
];

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
