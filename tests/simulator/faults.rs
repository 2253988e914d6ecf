//! Lots that the control panel feeds, and the faults that it makes of them.

use crate::common::{
    client::Client,
    http::{post, send},
    server::{TestServer, until},
};
use serde_json::{Value, json};
use ureq::http::Request;

pub const FAULTS: &str = "/api/control/pannes";
/// A meal of each lot every half second.
pub const DAY_A_SECOND: u32 = 86_400;

pub async fn told(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = post(&server.url(path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

/// A server whose panel feeds lots; returns the code of the first one that is fed.
pub async fn feeding(flags: &[&str], lots: u32) -> (TestServer, String) {
    let server = TestServer::start_with(&[&["--control"], flags].concat()).await;
    let body = json!({"nb_lots": lots, "acceleration": DAY_A_SECOND});
    let (status, answer) = told(&server, "/api/control/gavage/start", body).await;
    assert_eq!(status, 200, "{answer}");
    let mut codes = Vec::new();
    until("lots are fed", async || {
        let listed = server.get(FAULTS).await["cibles"]["gavage"].clone();
        codes = listed.as_array().cloned().unwrap_or_default();
        codes.len() == lots as usize
    })
    .await;
    let first = codes[0].as_str().unwrap().to_owned();
    (server, first)
}

/// Makes a fault of one lot, and returns its number.
pub async fn make(server: &TestServer, kind: &str, lot: Option<&str>, parameters: Value) -> u64 {
    let mut target = json!({"simulateur": "gavage"});
    if let Some(lot) = lot {
        target["code_lot"] = json!(lot);
    }
    let body = json!({"type": kind, "cible": target, "duree_s": 60, "parametres": parameters});
    let (status, answer) = told(server, FAULTS, body).await;
    assert_eq!(status, 200, "{answer}");
    answer["id"].as_u64().unwrap()
}

pub async fn end(server: &TestServer, id: u64) -> u16 {
    let request = Request::delete(server.url(&format!("{FAULTS}/{id}")));
    send(request.body(()).unwrap())
        .await
        .unwrap()
        .status()
        .as_u16()
}

/// What the panel says of the lots that are fed.
pub async fn gavage(server: &TestServer) -> Value {
    server.get("/api/control/status").await["simulators"]["gavage"].clone()
}

pub async fn acked(server: &TestServer) -> u64 {
    let stats = &gavage(server).await["stats"];
    stats["messages_sent"].as_u64().unwrap()
}

pub async fn meals(server: &TestServer, lot: &str) -> i64 {
    let count = format!("SELECT count(*) FROM gavage_data WHERE code_lot = '{lot}'");
    server.count(&count).await
}

/// The meals of a lot in the order in which they came, each as its number in the life of the lot.
pub async fn in_order_of_arrival(server: &TestServer, lot: &str) -> Vec<i64> {
    let query = format!(
        "SELECT jour * 2 + (moment = 'soir')::int AS meal FROM gavage_data WHERE code_lot = '{lot}' ORDER BY id"
    );
    let rows = server.rows(&query).await;
    rows.iter()
        .map(|row| row["meal"].as_i64().unwrap())
        .collect()
}

/// The numbers of the meals of a lot that a screen is shown, as long as `goes_on`.
pub async fn shown(screen: &mut Client, lot: &str, count: usize) -> Vec<i64> {
    let mut shown = Vec::new();
    while shown.len() < count {
        let data = screen.next_of("gavage_realtime").await["data"].clone();
        if data["code_lot"] == lot {
            let evening = i64::from(data["moment"] == "soir");
            shown.push(data["jour"].as_i64().unwrap() * 2 + evening);
        }
    }
    shown
}

pub fn is_gapless(numbers: &[i64]) -> bool {
    numbers.windows(2).all(|two| two[1] == two[0] + 1)
}
