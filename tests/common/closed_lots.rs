//! Lots that were fed, slaughtered, controlled and closed, over sockets and requests as in earnest.

use super::{
    client::Client,
    http,
    readings::{meal, with},
    server::TestServer,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const MEALS: i32 = 20;
/// The lot that a test asks about.
pub const OWN: &str = "LL2611001";

/// How a lot was fed and what came of it.
#[derive(Clone, Copy)]
pub struct Fed {
    pub days_ago: i64,
    /// Meals a tenth above the plan.
    pub off: i32,
    pub foie_g: f64,
}

pub async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = http::post(&server.url(path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

/// Feeds a lot, and has it slaughtered, controlled and closed.
pub async fn close(server: &TestServer, producer: &mut Client, code: &str, gaveur: i32, fed: Fed) {
    let last = Timestamp::now() - SignedDuration::from_hours(24 * fed.days_ago + 1);
    let meals = (0..MEALS).map(|number| {
        let planned = 300.0 + 10.0 * f64::from(number);
        let factor = if number < fed.off { 1.1 } else { 1.0 };
        let fields = json!({
            "dose_theorique": planned, "dose_reelle": planned * factor, "taux_mortalite": 1.0,
            "timestamp": (last - SignedDuration::from_hours(12 * i64::from(MEALS - 1 - number))).to_string(),
            "pret_abattage": number == MEALS - 1,
        });
        with(meal(code, gaveur, number), fields)
    });
    let meals: Value = meals.collect();
    let ack = producer.ask(meals).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let slaughter = json!({
        "date": "2026-11-29", "accroches": 990, "poids_foie_moyen_g": fed.foie_g, "ecart_type_foie_g": 60.0, "par": "Anne",
    });
    for (path, body) in [
        (format!("/api/lots/{code}/abattage"), slaughter),
        (
            format!("/api/sqal/pending-lots/{code}/claim"),
            json!({"par": "ESP32_LL_01"}),
        ),
        (
            format!("/api/sqal/pending-lots/{code}/finish"),
            json!({"par": "ESP32_LL_01"}),
        ),
    ] {
        let (status, answer) = post(server, &path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
    }
}

/// A server that has 24 closed lots of six gaveurs; those of the first quarter were off their plans and have small livers.
pub async fn with_closed_lots(flags: &[&str]) -> (TestServer, Client) {
    let server = TestServer::start_with(flags).await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for number in 0..24 {
        let is_off = number < 6;
        let fed = Fed {
            days_ago: 20 + i64::from(number),
            off: if is_off { 5 } else { 0 },
            foie_g: if is_off { 470.0 } else { 520.0 } + f64::from(number * 7 % 11),
        };
        close(
            &server,
            &mut producer,
            &format!("LL2610{:03}", number + 1),
            11 + number % 6,
            fed,
        )
        .await;
    }
    (server, producer)
}

pub const OFF: Fed = Fed {
    days_ago: 0,
    off: 4,
    foie_g: 500.0,
};

/// Much liver of the planned maize.
pub const BEST: Fed = Fed {
    days_ago: 0,
    off: 0,
    foie_g: 560.0,
};
