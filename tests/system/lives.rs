//! A reused code is a new lot, and an ended lot stays ended.

use crate::common::{
    client::Client,
    readings::{meal, with},
    server::{TestServer, settings, until},
};
use gaveurs::app::Application;
use serde_json::{Value, json};

const CODE: &str = "LL2611001";

/// The `number`-th meal after the `start`-th start of a simulator that plays a day in two minutes.
fn of_start(start: i32, gaveur_id: i32, number: i32) -> Value {
    let minutes = 60 * start + number;
    let at = format!("2026-11-22T{:02}:{:02}:00Z", 5 + minutes / 60, minutes % 60);
    let message = meal(CODE, gaveur_id, number);
    with(
        message,
        json!({"timestamp": at, "nb_canards_vivants": 1000 + start, "pret_abattage": number == 27}),
    )
}

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

async fn feed(producer: &mut Client, messages: impl IntoIterator<Item = Value>) {
    let messages: Vec<_> = messages.into_iter().collect();
    assert_eq!(producer.ask(json!(messages)).await["type"], "ack");
}

async fn change(server: &TestServer, statement: &str) {
    let client = server.database.client().await;
    client.batch_execute(statement).await.unwrap();
}

#[actix_web::test]
async fn a_simulator_that_is_started_three_times_makes_three_lots_and_the_wall_shows_the_last() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    for (start, gaveur_id) in [(0, 1), (1, 1), (2, 2)] {
        let last = if start == 2 { 9 } else { 28 };
        feed(
            &mut producer,
            (0..last).map(|n| of_start(start, gaveur_id, n)),
        )
        .await;
    }
    // A late meal of the first start belongs to the first lot and does not appear on the wall.
    let late = with(of_start(0, 1, 26), json!({"dose_reelle": 404.0}));
    feed(&mut producer, [late]).await;
    let lots = "SELECT id, vie, gaveur_id, jour_actuel, statut, nb_canards_initial,
        (SELECT count(*) FROM gavage_data WHERE lot_id = lots_gavage.id) AS meals FROM lots_gavage ORDER BY vie";
    let lots = server.rows(lots).await;
    let told: Vec<_> = lots
        .iter()
        .map(|lot| {
            [
                &lot["gaveur_id"],
                &lot["jour_actuel"],
                &lot["statut"],
                &lot["meals"],
            ]
            .map(Value::clone)
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            [1, 13, "pret_abattage", 28],
            [1, 13, "pret_abattage", 28],
            [2, 4, "en_gavage", 9]
        ])
    );
    let corrected = server
        .rows("SELECT lot_id, dose_reelle FROM gavage_data WHERE corrected_at IS NOT NULL")
        .await;
    assert_eq!(
        corrected,
        [json!({"lot_id": lots[0]["id"], "dose_reelle": 404})]
    );

    let mut screen = server.connect("/ws/realtime/").await;
    let shown = screen.next_of("snapshot").await["lots"].clone();
    assert_eq!(
        (
            shown.as_array().unwrap().len(),
            &shown[0]["gaveur_id"],
            &shown[0]["jour"]
        ),
        (1, &json!(2), &json!(4))
    );
    feed(&mut producer, [of_start(2, 2, 9)]).await;
    assert_eq!(
        screen.next_of("gavage_realtime").await["data"]["moment"],
        "soir"
    );

    // A code gives the current life, an id any life; lists show all.
    assert_eq!(
        server.get(&format!("/api/lots/{CODE}")).await["id"],
        lots[2]["id"]
    );
    let first = format!("/api/lots/{}", lots[0]["id"]);
    assert_eq!(server.get(&first).await["jour_actuel"], 13);
    assert_eq!(
        server
            .get(&format!("{first}/repas"))
            .await
            .as_array()
            .unwrap()
            .len(),
        28
    );
    let listed = server.get("/api/lots/").await;
    let listed: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| &lot["id"])
        .collect();
    assert_eq!(
        listed,
        [2, 1, 0].map(|vie| &lots[vie]["id"]),
        "the newest first"
    );

    // A restarted server shows the same lot.
    producer.close().await;
    screen.close().await;
    let server = TestServer::start_on(server.finish().await, &[]).await;
    let mut screen = server.connect("/ws/realtime/").await;
    let shown = screen.next_of("snapshot").await["lots"].clone();
    assert_eq!(
        (shown.as_array().unwrap().len(), &shown[0]["gaveur_id"]),
        (1, &json!(2))
    );
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_whole_feed_of_a_closed_lot_again_changes_nothing_and_alerts_nobody() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let whole = || {
        (0..28).map(|n| match n {
            27 => with(
                of_start(0, 1, n),
                json!({"dose_reelle": 100.0, "taux_mortalite": 9.0}),
            ),
            _ => of_start(0, 1, n),
        })
    };
    feed(&mut producer, whole()).await;
    change(
        &server,
        "UPDATE lots_gavage SET statut = 'clos'; UPDATE alertes SET fermee_le = now()",
    )
    .await;
    let everything = "SELECT (SELECT jsonb_agg(lot) FROM lots_gavage lot) AS lots, (SELECT jsonb_agg(a) FROM alertes a) AS alertes,
        (SELECT jsonb_agg(m ORDER BY id) FROM gavage_data m) AS meals, (SELECT count(*) FROM repas_versions) AS versions";
    let before = server.rows(everything).await;
    feed(&mut producer, whole()).await;
    for message in whole() {
        assert_eq!(producer.ask(message).await["type"], "ack");
    }
    assert_eq!(server.rows(everything).await, before);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn what_cannot_be_of_a_lot_is_an_error_that_says_why() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    feed(&mut producer, (0..7).map(|n| of_start(0, 1, n))).await;
    let far = with(of_start(0, 1, 8), json!({"jour": 20}));
    let refused = [
        (far, "more than 16 days beyond"),
        (with(of_start(0, 1, 8), json!({"jour": 31})), "field `jour`"),
        (
            with(
                of_start(0, 1, 0),
                json!({"code_lot": "LL2611009", "correction": true}),
            ),
            "there is no meal of the lot",
        ),
    ];
    for (message, why) in refused {
        let answer = producer.ask(message).await;
        assert_eq!(answer["type"], "error");
        assert!(answer.to_string().contains(why), "{answer}");
    }
    // A gap of days is allowed.
    feed(&mut producer, [of_start(0, 1, 26)]).await;
    change(&server, "UPDATE lots_gavage SET statut = 'abattu'").await;
    let answer = producer
        .ask(with(of_start(0, 1, 26), json!({"dose_reelle": 1.0})))
        .await;
    assert!(
        answer.to_string().contains("can be repeated, not changed"),
        "{answer}"
    );
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 8);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_correction_keeps_what_was_said_before_also_within_one_batch() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    let said = |dose: f64| with(of_start(0, 1, 0), json!({"dose_reelle": dose}));
    feed(&mut producer, [said(250.0), said(260.0)]).await;
    for dose in [310.0, 310.0, 320.0] {
        feed(&mut producer, [said(dose)]).await;
    }
    let versions = "SELECT dose_reelle, origine, auteur, supprime FROM repas_versions ORDER BY id";
    let kept: Vec<_> = server
        .rows(versions)
        .await
        .iter()
        .map(|row| row["dose_reelle"].clone())
        .collect();
    assert_eq!(json!(kept), json!([250, 260, 310]));
    change(&server, "DELETE FROM gavage_data").await;
    let last = server.rows(versions).await.remove(3);
    assert_eq!(
        last,
        json!({"dose_reelle": 320, "origine": "flux", "auteur": null, "supprime": true})
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_meal_that_is_corrected_or_deleted_leaves_the_state_that_the_others_amount_to() {
    const STATE: &str = "SELECT jour_actuel, moment_actuel, poids_moyen_actuel, cardinality(pesees_g) AS pesees FROM lots_gavage";
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    feed(&mut producer, (0..4).map(|n| of_start(0, 1, n))).await;
    let unweighed = with(of_start(0, 1, 3), json!({"poids_moyen": null}));
    feed(&mut producer, [unweighed]).await;
    let third = json!({"jour_actuel": 1, "moment_actuel": "soir", "poids_moyen_actuel": 5060.5, "pesees": 3});
    assert_eq!(server.rows(STATE).await, [third]);
    change(
        &server,
        "DELETE FROM gavage_data WHERE jour = 1 AND moment = 'soir'",
    )
    .await;
    change(
        &server,
        "UPDATE gavage_data SET poids_moyen = 5050 WHERE jour = 1",
    )
    .await;
    let by_hand = json!({"jour_actuel": 1, "moment_actuel": "matin", "poids_moyen_actuel": 5050, "pesees": 3});
    assert_eq!(server.rows(STATE).await, [by_hand]);
    // The server continues with this state.
    feed(&mut producer, [of_start(0, 1, 3), of_start(0, 1, 4)]).await;
    let on = json!({"jour_actuel": 2, "moment_actuel": "matin", "poids_moyen_actuel": 5120.5, "pesees": 5});
    assert_eq!(server.rows(STATE).await, [on]);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn the_history_of_a_gaveur_holds_his_meals_only() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    feed(&mut producer, (0..5).map(|n| of_start(0, 11, n))).await;
    feed(&mut producer, [of_start(0, 12, 5)]).await;
    let day = server.get("/api/gavage/gaveur/12").await[0].clone();
    assert_eq!(
        (&day["jour"], &day["dose_matin"], &day["dose_soir"]),
        (&json!(2), &Value::Null, &json!(402.5))
    );
    let day = server.get("/api/gavage/gaveur/11").await[0].clone();
    assert_eq!(
        (&day["jour"], &day["dose_matin"], &day["dose_soir"]),
        (&json!(2), &json!(402.5), &Value::Null)
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn two_servers_that_begin_the_same_life_begin_one() {
    let server = TestServer::start().await;
    let other = Application::build(&settings(&server.database.url(), &[]))
        .await
        .unwrap();
    let mut here = producer(&server).await;
    let mut there = Client::connect(other.address(), "/ws/gavage").await;
    there.next().await;
    let mut holder = server.database.client().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE lots_gavage IN SHARE MODE")
        .await
        .unwrap();
    here.send(of_start(0, 1, 0)).await;
    there.send(of_start(0, 1, 1)).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("both wait", async || server.count(waiting).await == 2).await;
    held.commit().await.unwrap();
    assert_eq!(here.next().await["type"], "ack");
    assert_eq!(there.next().await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 2);
    assert_eq!(server.count("SELECT max(2 * jour_actuel + (moment_actuel = 'soir')::integer)::bigint FROM lots_gavage").await, 1);
    here.close().await;
    there.close().await;
    other.stop().await.unwrap();
    server.finish().await;
}

/// Alarming in every way that a meal can be.
fn alarming(message: Value) -> Value {
    let fields = json!({"dose_reelle": 100.0, "taux_mortalite": 9.0, "temperature_stabule": 31.0});
    with(message, fields)
}

#[actix_web::test]
async fn a_meal_that_comes_after_the_end_of_its_lot_is_stored_and_alarms_nobody() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("site_stats").await;
    let mut producer = producer(&server).await;
    feed(
        &mut producer,
        (0..28).filter(|n| *n != 20).map(|n| of_start(0, 1, n)),
    )
    .await;
    let state = "SELECT statut, jour_actuel, moment_actuel, updated_at FROM lots_gavage";
    let before = server.rows(state).await;
    assert_eq!(before[0]["statut"], "pret_abattage");
    feed(&mut producer, [alarming(of_start(0, 1, 20))]).await;
    // One that corrects is another word, with its version.
    feed(&mut producer, [alarming(of_start(0, 1, 5))]).await;
    let late = "SELECT jour, corrected_at IS NOT NULL AS corrected FROM gavage_data WHERE dose_reelle = 100 ORDER BY jour";
    assert_eq!(
        server.rows(late).await,
        [
            json!({"jour": 2, "corrected": true}),
            json!({"jour": 10, "corrected": false})
        ]
    );
    let versions = "SELECT count(*) FROM repas_versions";
    assert_eq!(server.count(versions).await, 1);
    assert_eq!(server.count("SELECT count(*) FROM alertes").await, 0);
    assert_eq!(screen.so_far("alert").await, Vec::<Value>::new());
    let after = server.rows(state).await;
    for field in ["statut", "jour_actuel", "moment_actuel"] {
        assert_eq!(after[0][field], before[0][field]);
    }
    for client in [screen, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_lot_that_is_slaughtered_or_later_takes_no_meal_any_more_not_even_a_missing_one() {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    feed(
        &mut producer,
        (0..28).filter(|n| *n != 20).map(|n| of_start(0, 1, n)),
    )
    .await;
    for statut in ["abattu", "controle_qualite", "clos", "annule"] {
        change(
            &server,
            &format!("UPDATE lots_gavage SET statut = '{statut}'"),
        )
        .await;
        let answer = producer.ask(of_start(0, 1, 20)).await;
        assert_eq!(answer["type"], "error", "{statut}");
        let sentence = answer["error"].as_str().unwrap();
        assert!(
            sentence.contains(statut) && sentence.contains("no other meal"),
            "{sentence}"
        );
        feed(&mut producer, [of_start(0, 1, 19)]).await;
    }
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 27);
    producer.close().await;
    server.finish().await;
}
