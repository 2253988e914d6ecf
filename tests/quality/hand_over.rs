//! From the last meal of a lot to the end of its quality control.

use super::support::{post, sample, scored, station, supervision, welcomed};
use crate::common::{
    client::Client,
    readings::{meal, with},
    server::TestServer,
};
use serde_json::{Value, json};

/// Feeds a lot to its end: four meals, 1,610 g of maize per duck.
async fn fed(server: &TestServer, lot: &str, gaveur: i32) {
    let mut producer = welcomed(server, "/ws/gavage").await;
    for number in 0..4 {
        let last = json!({"pret_abattage": number == 3, "simule": true});
        assert_eq!(
            producer.ask(with(meal(lot, gaveur, number), last)).await["type"],
            "ack"
        );
    }
    producer.close().await;
}

async fn claim(server: &TestServer, lot: &str, body: Value) -> (u16, Value) {
    post(server, &format!("/api/sqal/pending-lots/{lot}/claim"), body).await
}

async fn finish(server: &TestServer, lot: &str) -> (u16, Value) {
    let path = format!("/api/sqal/pending-lots/{lot}/finish");
    post(server, &path, json!({"par": "Jean"})).await
}

/// Sends a sample and returns the lot in the screen's frame.
async fn lot_of(client: &mut Client, screen: &mut Client, frame: Value) -> Value {
    client.ask(frame).await;
    screen.next_of("sensor_update").await["sample"]["code_lot"].take()
}

#[actix_web::test]
async fn a_finished_lot_waits_is_claimed_and_ends_with_the_figures_of_its_samples() {
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    let waiting = server.get("/api/sqal/pending-lots?status=pending").await;
    assert_eq!(
        (
            &waiting[0]["code_lot"],
            &waiting[0]["gaveur_nom"],
            &waiting[0]["prise_par"],
            &waiting[0]["simule"]
        ),
        (
            &json!("LL2611001"),
            &json!("Jean Martin"),
            &Value::Null,
            &json!(true)
        )
    );
    let (status, claimed) = claim(&server, "LL2611001", json!({"station": "ESP32_LL_01"})).await;
    assert_eq!(
        (status, &claimed["statut"], &claimed["prise_par"]),
        (200, &json!("inspecting"), &json!("ESP32_LL_01"))
    );
    assert_eq!(claimed["parts"]["A"], Value::Null);
    assert_eq!(
        server.get("/api/lots/LL2611001").await["statut"],
        "controle_qualite"
    );

    let mut client = station(&server).await;
    for (number, score) in [0.9, 0.8, 0.7, 0.5, 0.2].into_iter().enumerate() {
        client
            .ask(scored(&format!("S-{number}"), "ESP32_LL_01", score))
            .await;
    }
    let (status, done) = finish(&server, "LL2611001").await;
    assert_eq!(
        (status, &done["statut"], &done["echantillons"]),
        (200, &json!("inspected"), &json!(5))
    );
    assert_eq!(
        done["grades"],
        json!({"A+": 1, "A": 1, "B": 1, "C": 1, "REJECT": 1})
    );
    assert_eq!(done["parts"]["REJECT"], 0.2);
    // 562,300.25 mm³ are 532.5 g; 4 × 402.5 g of maize over that.
    assert_eq!(
        (&done["masse_moyenne_g"], &done["itm"]),
        (&json!(532.5), &json!(3.02))
    );
    assert_eq!(server.get("/api/lots/LL2611001").await["statut"], "clos");
    assert_eq!(finish(&server, "LL2611001").await, (200, done.clone()));
    assert_eq!(server.get("/api/sqal/lots").await, json!([done]));
    assert_eq!(
        server.get("/api/sqal/pending-lots?status=pending").await,
        json!([])
    );
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn of_two_lots_of_one_code_the_one_that_waits_longest_is_claimed_and_samples_go_to_the_one_in_control()
 {
    let code = "LL2611001";
    let server = TestServer::start().await;
    fed(&server, code, 1).await;
    let mut producer = welcomed(&server, "/ws/gavage").await;
    for number in 0..4 {
        let of_the_next_start = json!({
            "timestamp": format!("2026-11-23T05:2{number}:00Z"), "nb_canards_vivants": 900, "pret_abattage": number == 3,
        });
        let message = with(meal(code, 1, number), of_the_next_start);
        assert_eq!(producer.ask(message).await["type"], "ack");
    }
    let lots = server.rows("SELECT id FROM lots_gavage ORDER BY vie").await;
    assert_eq!(lots.len(), 2);

    let mut client = station(&server).await;
    let mut named = 0;
    let mut lot_of_a_named_sample = async || {
        named += 1;
        let id = format!("S-{named}");
        let mut frame = sample(&id, "ESP32_LL_02");
        frame["code_lot"] = json!(code);
        assert_eq!(client.ask(frame).await["type"], "ack");
        let query = format!("SELECT lot_id FROM sensor_samples WHERE sample_id = '{id}'");
        server.rows(&query).await[0]["lot_id"].clone()
    };
    assert_eq!(
        lot_of_a_named_sample().await,
        lots[1]["id"],
        "none is in control: the one that ended last"
    );
    let (_, claimed) = claim(&server, code, json!({"par": "Jean"})).await;
    assert_eq!(claimed["lot_id"], lots[0]["id"]);
    assert_eq!(lot_of_a_named_sample().await, lots[0]["id"]);
    let (_, finished) = finish(&server, code).await;
    assert_eq!(
        (&finished["lot_id"], &finished["echantillons"]),
        (&lots[0]["id"], &json!(1))
    );
    let (_, claimed) = claim(&server, code, json!({"par": "Jean"})).await;
    assert_eq!(claimed["lot_id"], lots[1]["id"]);
    assert_eq!(lot_of_a_named_sample().await, lots[1]["id"]);
    producer.close().await;
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_lot_of_an_unmodified_station_that_always_rejects_by_one_sensor_gets_foies_that_may_be_sold()
 {
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    claim(&server, "LL2611001", json!({"station": "ESP32_LL_01"})).await;
    let mut client = station(&server).await;
    let defects: Vec<_> = (0..13)
        .map(|n| json!({"type": "foreign_body", "severity": 1.0, "pos": [n % 8, 4]}))
        .collect();
    for (number, score) in [0.8, 0.7, 0.5, 0.3].into_iter().enumerate() {
        let mut frame = scored(&format!("S-{number}"), "ESP32_LL_01", score);
        frame["vl53l8ch"]["grade"] = json!("REJECT");
        frame["fusion"]["vl53l8ch_grade"] = json!("REJET - Qualité insuffisante");
        frame["fusion"]["combined_defects"] = json!(defects);
        frame["fusion"]["final_grade"] = json!("B");
        assert_eq!(client.ask(frame).await["type"], "ack");
    }
    let (status, done) = finish(&server, "LL2611001").await;
    assert_eq!((status, &done["statut"]), (200, &json!("inspected")));
    assert_eq!(
        done["grades"],
        json!({"A+": 0, "A": 1, "B": 1, "C": 1, "REJECT": 1})
    );
    let sellable = "SELECT count(*) FROM sensor_samples WHERE sellable AND a_verifier = '{rejet_tof,defauts_nombreux}'";
    assert_eq!(server.count(sellable).await, 3);
    client.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn of_ten_who_claim_a_lot_at_once_one_gets_it_and_may_ask_again() {
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    let claims = (0..10).map(|number| {
        let station = format!("ESP32_LL_{number:02}");
        let server = &server;
        async move { claim(server, "LL2611001", json!({"station": station})).await }
    });
    let answers = futures_util::future::join_all(claims).await;
    let winners: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status == 200)
        .collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(
        answers.iter().filter(|(status, _)| *status == 409).count(),
        9
    );
    let winner = &winners[0].1["prise_par"];
    let (status, again) = claim(&server, "LL2611001", json!({"station": winner})).await;
    assert_eq!(
        (status, &again["prise_le"]),
        (200, &winners[0].1["prise_le"])
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_sample_belongs_to_the_lot_that_is_named_else_to_its_station_s_else_to_none() {
    let server = TestServer::start().await;
    for (lot, gaveur) in [("LL2611001", 1), ("LL2611002", 4), ("MT2611001", 3)] {
        fed(&server, lot, gaveur).await;
    }
    let (mut client, mut screen) = (station(&server).await, supervision(&server).await);
    let mut shown = async |id: &str, device: &str, fields: Value| {
        let frame = with(sample(id, device), fields);
        lot_of(&mut client, &mut screen, frame).await
    };
    assert_eq!(shown("S-1", "ESP32_LL_01", json!({})).await, Value::Null);
    claim(&server, "LL2611001", json!({"station": "ESP32_LL_01"})).await;
    assert_eq!(shown("S-2", "ESP32_LL_01", json!({})).await, "LL2611001");
    // Another station of the site is inspecting nothing.
    assert_eq!(shown("S-3", "ESP32_LL_02", json!({})).await, Value::Null);
    assert_eq!(
        shown("S-4", "ESP32_LL_01", json!({"code_lot": "MT2611001"})).await,
        "MT2611001"
    );
    let id = server.get("/api/lots/LL2611002").await["id"].clone();
    assert_eq!(
        shown("S-5", "ESP32_LL_01", json!({"lot_id": id})).await,
        "LL2611002"
    );
    // A named but unknown lot is not replaced by a guess.
    assert_eq!(
        shown("S-6", "ESP32_LL_01", json!({"lot_id": 999_999})).await,
        Value::Null
    );
    assert_eq!(
        shown("S-7", "ESP32_LL_01", json!({"code_lot": "LL9999999"})).await,
        "LL9999999"
    );
    // A person claims for every station of the site.
    claim(&server, "MT2611001", json!({"par": "Sophie"})).await;
    assert_eq!(shown("S-8", "ESP32_MT_07", json!({})).await, "MT2611001");
    assert_eq!(shown("S-9", "ESP32_LS_01", json!({})).await, Value::Null);
    client.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_station_that_claims_the_next_lot_is_done_with_the_one_before() {
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    fed(&server, "LL2611002", 4).await;
    let (mut client, mut screen) = (station(&server).await, supervision(&server).await);
    claim(&server, "LL2611001", json!({"station": "ESP32_LL_01"})).await;
    for (number, score) in [0.9, 0.2, 0.3].into_iter().enumerate() {
        client
            .ask(scored(&format!("S-{number}"), "ESP32_LL_01", score))
            .await;
    }
    let raised = screen.next_of("alert").await;
    assert_eq!(
        (
            &raised["event"],
            &raised["data"]["type"],
            &raised["data"]["gaveur_id"]
        ),
        (&json!("raised"), &json!("score_qualite"), &json!(1))
    );
    claim(&server, "LL2611002", json!({"station": "ESP32_LL_01"})).await;
    // Two of three samples are rejected, so the lot is too; its end closes its alert.
    let lots = server.get("/api/sqal/lots").await;
    let statuts: Vec<_> = lots
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| (&lot["code_lot"], &lot["statut"]))
        .collect();
    assert_eq!(
        statuts,
        [
            (&json!("LL2611002"), &json!("inspecting")),
            (&json!("LL2611001"), &json!("rejected"))
        ]
    );
    let closed = screen.next_of("alert").await;
    assert_eq!(
        (&closed["event"], &closed["data"]["id"]),
        (&json!("closed"), &raised["data"]["id"])
    );
    client.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn claims_and_ends_that_cannot_be_are_refused_with_a_reason() {
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    assert_eq!(
        claim(&server, "LL9999999", json!({"station": "X"})).await.0,
        404
    );
    assert_eq!(finish(&server, "LL9999999").await.0, 404);
    let (status, said) = finish(&server, "LL2611001").await;
    assert_eq!(
        (status, &said["detail"]),
        (409, &json!("nobody has claimed the lot LL2611001 yet"))
    );
    assert_eq!(claim(&server, "LL2611001", json!({})).await.0, 422);
    claim(&server, "LL2611001", json!({"par": "Jean"})).await;
    let (status, said) = claim(&server, "LL2611001", json!({"par": "Sophie"})).await;
    assert_eq!(
        (status, &said["detail"]),
        (409, &json!("the lot LL2611001 is being inspected by Jean"))
    );
    // No sample may be sold.
    assert_eq!(finish(&server, "LL2611001").await.1["statut"], "rejected");
    let (status, said) = claim(&server, "LL2611001", json!({"par": "Jean"})).await;
    assert_eq!(
        (status, &said["detail"]),
        (
            409,
            &json!("the control of the lot LL2611001 is over: rejected")
        )
    );
    assert_eq!(
        server.status("/api/sqal/pending-lots?status=perdu").await,
        400
    );
    // The one claim and the one end that were granted.
    assert_eq!(server.count("SELECT count(*) FROM audit").await, 2);
    server.finish().await;
}

async fn id_of(server: &TestServer, lot: &str) -> Value {
    server.get(&format!("/api/lots/{lot}")).await["id"].take()
}

#[actix_web::test]
async fn a_lot_is_claimed_and_ended_by_its_id_as_by_its_code() {
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    let id = id_of(&server, "LL2611001").await.to_string();
    let par = json!({"par": "Jean"});
    assert_eq!(finish(&server, &id).await.0, 409, "nobody has claimed it");
    let (status, claimed) = claim(&server, &id, par.clone()).await;
    assert_eq!((status, &claimed["code_lot"]), (200, &json!("LL2611001")));
    let (status, again) = claim(&server, "LL2611001", par).await;
    assert_eq!((status, &again["prise_le"]), (200, &claimed["prise_le"]));
    let (status, done) = finish(&server, &id).await;
    assert_eq!((status, &done["statut"]), (200, &json!("rejected")));
    for unknown in ["999999", "-1", "99999999999999999999"] {
        assert_eq!(finish(&server, unknown).await.0, 404, "{unknown}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_code_made_of_digits_is_a_code_before_it_is_an_id_also_when_that_lot_is_not_in_the_queue()
{
    let server = TestServer::start().await;
    fed(&server, "LL2611001", 1).await;
    let digits = id_of(&server, "LL2611001").await.to_string();
    // Another lot bears the id of the first one as its code, and is being fed.
    let named = with(meal("LL2611002", 4, 0), json!({"code_lot": digits}));
    let mut producer = welcomed(&server, "/ws/gavage").await;
    assert_eq!(producer.ask(&named).await["type"], "ack");
    let par = json!({"par": "Jean"});
    assert_eq!(claim(&server, &digits, par.clone()).await.0, 404);
    assert_eq!(finish(&server, &digits).await.0, 404);
    let last = with(
        meal("LL2611002", 4, 1),
        json!({"code_lot": digits, "pret_abattage": true}),
    );
    assert_eq!(producer.ask(last).await["type"], "ack");
    let (status, claimed) = claim(&server, &digits, par).await;
    assert_eq!((status, &claimed["gaveur_id"]), (200, &json!(4)));
    let (status, done) = finish(&server, &digits).await;
    assert_eq!((status, &done["gaveur_id"]), (200, &json!(4)));
    let first = "SELECT statut FROM lots_gavage WHERE code_lot = 'LL2611001'";
    assert_eq!(
        server.rows(first).await,
        [json!({"statut": "pret_abattage"})]
    );
    producer.close().await;
    server.finish().await;
}
