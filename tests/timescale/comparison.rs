//! The same feed into both databases: every answer is the same, whatever the background jobs have done meanwhile.

use crate::{
    common::database::{Kind, TestDatabase},
    feed::Fed,
    jobs::{run_job, write},
    naive::random_feed,
    support::ask,
};
use actix_web::http::StatusCode;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

/// When the server stored or told something differs from one database to the other.
const CLOCKS: [&str; 4] = ["recu_le", "created_at", "updated_at", "date_generation"];

fn without_clocks(answer: &mut Value) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(without_clocks),
        Value::Object(fields) => {
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

fn questions(meals: &[Fed]) -> Vec<String> {
    let mut questions: Vec<_> = [
        "/api/lots/?limit=1000",
        "/api/lots/?statut=en_cours",
        "/api/euralis/sites",
        "/api/euralis/gavages/recent?limit=500",
    ]
    .map(str::to_owned)
    .into();
    for gaveur_id in 0..5 {
        questions.push(format!("/api/gavage/gaveur/{gaveur_id}?limit=3"));
        questions.push(format!("/api/gavage/gaveur/{gaveur_id}?limit=500"));
        questions.push(format!("/api/analytics/weekly-report/{gaveur_id}"));
        questions.push(format!("/api/lots/gaveur/{gaveur_id}"));
    }
    let lots: std::collections::BTreeSet<_> = meals.iter().map(|meal| &meal.code_lot).collect();
    for lot in lots {
        questions.push(format!("/api/lots/{lot}"));
        questions.push(format!("/api/lots/{lot}/historique"));
    }
    questions
}

/// A lot that has not come yet is a 404 on both.
async fn answer(database: &TestDatabase, question: &str) -> (StatusCode, Value) {
    let answer = ask(database, question).await;
    let mut body = answer.json();
    without_clocks(&mut body);
    (answer.status, body)
}

async fn assert_same_answers(databases: &[TestDatabase; 2], meals: &[Fed], when: &str) {
    for question in questions(meals) {
        let plain = answer(&databases[0], &question).await;
        let timescale = answer(&databases[1], &question).await;
        assert_eq!(plain, timescale, "{when}: {question}");
    }
}

/// Some of the meals again with other figures, and some as they were.
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

#[actix_web::test]
async fn both_databases_give_the_same_answers_before_and_after_every_job() {
    for seed in 200..202 {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let databases = [
            TestDatabase::create_on(Kind::PostgreSql).await,
            TestDatabase::create_on(Kind::TimescaleDb).await,
        ];
        let meals = random_feed(seed);
        let (early, late) = meals.split_at(meals.len() / 2);
        let size = rng.random_range(1..40);
        let steps = [
            (early.to_vec(), None),
            (corrections(rng, early), Some("refresh_stale_buckets")),
            (late.to_vec(), None),
            (corrections(rng, &meals), Some("policy_compression")),
            (corrections(rng, &meals), Some("refresh_stale_buckets")),
            (corrections(rng, &meals), None),
        ];
        for (step, (fed, job)) in steps.iter().enumerate() {
            for database in &databases {
                write(database, fed, size).await;
            }
            assert_same_answers(&databases, &meals, &format!("seed {seed}, step {step}")).await;
            if let Some(job) = job {
                run_job(&databases[1], job).await;
                assert_same_answers(&databases, &meals, &format!("seed {seed}, {job}")).await;
            }
        }
    }
}
