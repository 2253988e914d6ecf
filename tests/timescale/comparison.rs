//! The same data in both databases: every answer is the same, whatever background jobs have run.

use crate::{
    common::database::{Kind, TestDatabase},
    feed::Fed,
    jobs::{run_job, write},
    naive::random_feed,
    naive_sums::date,
    scans::{self, Scan},
    support::ask,
    totals,
};
use actix_web::http::StatusCode;
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// Times set by the server, which differ between the two databases.
const CLOCKS: [&str; 7] = [
    "recu_le",
    "created_at",
    "updated_at",
    "date_generation",
    "depuis",
    "en_attente_depuis",
    // Counted from the arrival.
    "horloge_ecart_s",
];

fn without_clocks(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(without_clocks),
        Value::Object(fields) => {
            // When the overview was asked for; a meal's `timestamp` stays.
            if fields.contains_key("stats_24h") {
                fields.remove("timestamp");
            }
            CLOCKS.iter().for_each(|clock| {
                fields.remove(*clock);
            });
            if let Some(corrected_at) = fields.get_mut("corrected_at") {
                *corrected_at = Value::Bool(!corrected_at.is_null());
            }
            fields.values_mut().for_each(without_clocks);
        }
        _ => {}
    }
}

/// Queries of quality control over windows that include aggregated hours.
const OF_SAMPLES: [&str; 9] = [
    "/api/sqal/dashboard/overview",
    "/api/sqal/stats/sites",
    "/api/sqal/stats/hourly?heures=600",
    "/api/sqal/stats/grade-distribution",
    "/api/sqal/stats/grade-distribution?heures=30",
    "/api/sqal/stats/grade-distribution?heures=600&device_id=ESP32_LL_01",
    "/api/sqal/samples?limit=1000&device_id=ESP32_LL_01",
    "/api/sqal/samples?grade=REJECT",
    "/api/sqal/pending-lots",
];

const OF_SUPERVISION: [&str; 10] = [
    "/api/euralis/dashboard/kpis",
    "/api/euralis/dashboard/charts/production",
    "/api/euralis/dashboard/charts/itm",
    "/api/euralis/sites/compare?metrique=itm",
    "/api/euralis/sites/compare?metrique=production&periode=10",
    "/api/euralis/sites/LL/stats?periode=5",
    "/api/euralis/sites/LS/stats",
    "/api/euralis/sites/MT/stats",
    "/api/euralis/gaveurs/performances",
    "/api/euralis/gaveurs/1/analytics",
];

fn questions(meals: &[Fed]) -> Vec<String> {
    let mut questions: Vec<_> = [
        "/api/lots/?limit=1000",
        "/api/lots/?statut=en_cours",
        "/api/euralis/sites",
        "/api/euralis/gavages/recent?limit=500",
    ]
    .map(str::to_owned)
    .into();
    questions.extend(OF_SAMPLES.map(str::to_owned));
    questions.extend(OF_SUPERVISION.map(str::to_owned));
    for gaveur_id in 0..5 {
        questions.push(format!("/api/gavage/gaveur/{gaveur_id}?limit=3"));
        questions.push(format!("/api/gavage/gaveur/{gaveur_id}?limit=500"));
        questions.push(format!("/api/analytics/weekly-report/{gaveur_id}"));
        questions.push(format!("/api/lots/gaveur/{gaveur_id}"));
    }
    let lots: std::collections::BTreeSet<_> = meals.iter().map(|meal| &meal.code_lot).collect();
    for lot in lots {
        questions.push(format!("/api/lots/{lot}"));
        questions.push(format!("/api/lots/{lot}/repas"));
        questions.push(format!("/api/lots/{lot}/qualite"));
        questions.push(format!("/api/sqal/samples?code_lot={lot}"));
    }
    questions
}

/// A lot that does not exist yet is a 404 on both.
async fn answer(database: &TestDatabase, question: &str) -> (StatusCode, Value) {
    let answer = ask(database, question).await;
    let mut body = answer.json();
    without_clocks(&mut body);
    (answer.status, body)
}

async fn assert_same_answers(databases: &[TestDatabase; 2], meals: &[Fed], when: &str) {
    for question in questions(meals) {
        // Queries both within one calendar day, on which some answers depend.
        loop {
            let today = date(Timestamp::now());
            let plain = answer(&databases[0], &question).await;
            let timescale = answer(&databases[1], &question).await;
            if date(Timestamp::now()) == today {
                assert_eq!(plain, timescale, "{when}: {question}");
                break;
            }
        }
    }
}

/// Some of the meals again with other values, and some unchanged.
fn corrections(rng: &mut ChaCha8Rng, meals: &[Fed]) -> Vec<Fed> {
    let mut again: Vec<_> = meals
        .iter()
        .filter(|_| rng.random_bool(0.2))
        .cloned()
        .collect();
    for meal in again.iter_mut().filter(|meal| meal.jour % 3 != 0) {
        meal.dose_reelle += 7.5;
        meal.poids_moyen = meal.poids_moyen.map(|poids| poids + 11.0);
    }
    again
}

/// Data for both databases, and the jobs that run in one of them afterwards.
struct Step {
    meals: Vec<Fed>,
    scans: Vec<Scan>,
    jobs: &'static [&'static str],
}

fn steps(seed: u64, rng: &mut ChaCha8Rng, meals: &[Fed]) -> Vec<Step> {
    const REFRESH: &[&str] = &["refresh_stale_buckets", "refresh_stale_sample_hours"];
    let (early, late) = meals.split_at(meals.len() / 2);
    let scans = scans::random_scans(seed, early);
    let parts: Vec<&[Scan]> = scans.chunks(scans.len().div_ceil(4)).collect();
    let step = |meals: Vec<Fed>, part: usize, jobs| Step {
        meals,
        scans: parts[part].to_vec(),
        jobs,
    };
    let no_scans = |meals, jobs| Step {
        meals,
        scans: Vec::new(),
        jobs,
    };
    vec![
        step(early.to_vec(), 0, &[]),
        step(corrections(rng, early), 1, REFRESH),
        step(late.to_vec(), 2, &[]),
        no_scans(corrections(rng, meals), &["policy_compression"]),
        step(corrections(rng, meals), 3, REFRESH),
        no_scans(corrections(rng, meals), &[]),
    ]
}

#[actix_web::test]
async fn both_databases_give_the_same_answers_before_and_after_every_job() {
    for seed in 200..202 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let databases = [
            TestDatabase::create_on(Kind::PostgreSql).await,
            TestDatabase::create_on(Kind::TimescaleDb).await,
        ];
        let meals = totals::finished(random_feed(seed));
        let size = rng.random_range(1..40);
        for (number, step) in steps(seed, rng, &meals).iter().enumerate() {
            for database in &databases {
                write(database, &step.meals, size).await;
                scans::store(database, &step.scans).await;
                totals::assert_as_the_meals_say(database).await;
            }
            assert_same_answers(&databases, &meals, &format!("seed {seed}, step {number}")).await;
            for job in step.jobs {
                run_job(&databases[1], job).await;
            }
            if !step.jobs.is_empty() {
                let when = format!("seed {seed}, after the jobs of step {number}");
                assert_same_answers(&databases, &meals, &when).await;
            }
        }
    }
}
