//! A lot's steps in its life cycle, as screens are told of them.

use super::support::{post, supervision};
use crate::common::{
    client::Client,
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

/// Feeds a lot to its end, and has it controlled.
async fn live(server: &TestServer) {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for number in 0..4 {
        let last = json!({"pret_abattage": number == 3});
        let ack = producer.ask(with(meal(LOT, 1, number), last)).await;
        assert_eq!(ack["type"], "ack");
    }
    producer.close().await;
    for (verb, body) in [
        ("claim", json!({"station": "ESP32_LL_01"})),
        ("finish", json!({"par": "Jean"})),
    ] {
        let path = format!("/api/sqal/pending-lots/{LOT}/{verb}");
        assert_eq!(post(server, &path, body).await.0, 200);
    }
}

fn steps(frames: &[Value]) -> Vec<(Value, Value, Value)> {
    let step = |frame: &Value| {
        let data = &frame["data"];
        (
            data["de"].clone(),
            data["vers"].clone(),
            data["par"].clone(),
        )
    };
    frames.iter().map(step).collect()
}

fn whole_life() -> Vec<(Value, Value, Value)> {
    let step = |de: Value, vers: &str, par: Value| (de, json!(vers), par);
    vec![
        step(Value::Null, "en_gavage", Value::Null),
        step(json!("en_gavage"), "pret_abattage", Value::Null),
        step(
            json!("pret_abattage"),
            "controle_qualite",
            json!("ESP32_LL_01"),
        ),
        step(json!("controle_qualite"), "clos", Value::Null),
    ]
}

#[actix_web::test]
async fn every_step_of_a_lot_reaches_supervision_and_its_gaveur_once_in_order_and_no_other_gaveur()
{
    let server = TestServer::start().await;
    let mut screen = supervision(&server).await;
    let mut gaveur = server.connect("/ws/gaveur/1").await;
    let mut other = server.connect("/ws/gaveur/2").await;
    live(&server).await;
    let frames = screen.published("lot").await;
    assert_eq!(steps(&frames), whole_life());
    let places: Vec<_> = frames.iter().map(|frame| frame["seq"].as_u64()).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
    for frame in &frames {
        let data = &frame["data"];
        assert_eq!(
            (&data["code_lot"], &data["site"], &data["gaveur_id"]),
            (&json!(LOT), &json!("LL"), &json!(1))
        );
        assert_eq!(data["lot_id"], frames[0]["data"]["lot_id"]);
        assert_eq!(data["le"], frame["timestamp"]);
    }
    assert_eq!(steps(&gaveur.published("lot").await), whole_life());
    assert_eq!(other.published("lot").await, Vec::<Value>::new());
    for client in [screen, gaveur, other] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_screen_that_returns_is_told_of_the_steps_that_it_missed() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/?uid=u&sid=a").await;
    let epoch = screen.next_of("resume").await["epoch"].clone();
    let last_seq = screen.next_of("snapshot").await["seq"].clone();
    screen.close().await;
    live(&server).await;
    let epoch = epoch.as_str().unwrap();
    let path = format!("/ws/realtime/?uid=u&sid=a&epoch={epoch}&last_seq={last_seq}");
    let mut screen = server.connect(&path).await;
    assert_eq!(screen.next_of("resume").await["recovered"], true);
    assert_eq!(steps(&screen.take("lot", 4).await), whole_life());
    screen.close().await;
    server.finish().await;
}

/// Number of lots in the snapshot of a new screen, and the counts of ended lots of the first site.
async fn wall(server: &TestServer) -> (usize, [Value; 3]) {
    let mut screen: Client = server.connect("/ws/realtime/").await;
    let snapshot = screen.next_of("snapshot").await;
    let site = &snapshot["sites"][0];
    let counts = ["prets", "en_controle", "clos_aujourdhui"].map(|name| site[name].clone());
    screen.close().await;
    (snapshot["lots"].as_array().unwrap().len(), counts)
}

#[actix_web::test]
async fn a_closed_lot_leaves_the_wall_and_is_counted_for_the_day_by_a_restarted_server_too() {
    let server = TestServer::start().await;
    live(&server).await;
    let left = (0, [json!(0), json!(0), json!(1)]);
    assert_eq!(wall(&server).await, left);
    let server = TestServer::start_on(server.finish().await, &[]).await;
    assert_eq!(wall(&server).await, left);
    server.finish().await;
}
