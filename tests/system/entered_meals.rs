//! Meals that a person writes down, over HTTP, beside those of a stream.

use crate::common::{
    client::Client,
    http,
    readings::{meal, with},
    server::TestServer,
};
use jiff::Timestamp;
use serde_json::{Value, json};

mod conditions;
mod deletions;
mod sheet;

const LOT: &str = "LL2611001";

async fn producer(server: &TestServer) -> Client {
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer
}

/// A server with this many streamed meals of one lot, the first one with 1,000 ducks.
async fn fed(meals: i32) -> (TestServer, Client) {
    let server = TestServer::start().await;
    let mut producer = producer(&server).await;
    for number in 0..meals {
        let alive = json!({"taux_mortalite": 0.0, "dose_theorique": null});
        assert_eq!(producer.ask(streamed(number, alive)).await["type"], "ack");
    }
    (server, producer)
}

fn streamed(number: i32, fields: Value) -> Value {
    with(meal(LOT, 1, number), fields)
}

/// An entry of the `number`-th meal, written now by a clock that is right.
fn entry(cle: &str, number: i32, fields: Value) -> Value {
    let now = Timestamp::now();
    let moment = if number % 2 == 0 { "matin" } else { "soir" };
    let entry = json!({
        "cle": format!("{cle:0>8}"), "jour": number / 2, "moment": moment, "dose_g": 402.5, "heure": now, "morts": 0,
        "saisi_le": now, "horloge": now, "par": "Jeanne",
    });
    with(entry, fields)
}

fn later(mut entry: Value, fields: Value) -> Value {
    entry["horloge"] = json!(Timestamp::now());
    with(entry, fields)
}

async fn enter(server: &TestServer, entry: &Value) -> (u16, Value) {
    let path = format!("/api/lots/{LOT}/repas");
    let answer = http::post(&server.url(&path), entry.clone()).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

#[actix_web::test]
async fn an_entered_meal_is_stored_answered_and_published_like_a_streamed_one() {
    let (server, producer) = fed(1).await;
    let mut farmer = server.connect("/ws/gaveur/1").await;
    let mut wall = server.connect("/ws/realtime/").await;
    wall.next_of("snapshot").await;
    let written = json!({"morts": 3, "poids": {"moyenne_g": 5030, "nb": 20}, "temperature_c": 21, "remarque": "calme"});
    let (status, answer) = enter(&server, &entry("first", 1, written)).await;
    assert_eq!(status, 201, "{answer}");
    let stored = &answer["repas"][0];
    assert_eq!(
        [
            &stored["effet"],
            &stored["version"],
            &stored["nb_canards_vivants"],
            &stored["taux_mortalite"],
            &answer["rejoue"]
        ],
        [
            &json!("nouveau"),
            &json!(1),
            &json!(997),
            &json!(0.3),
            &json!(false)
        ]
    );
    assert_eq!(
        stored["dose_theorique_g"],
        Value::Null,
        "nobody has planned it"
    );
    for frame in [
        farmer.next_of("gavage").await,
        wall.next_of("gavage_realtime").await,
    ] {
        let data = &frame["data"];
        assert_eq!(
            (&data["moment"], &data["dose_reelle"]),
            (&json!("soir"), &json!(402.5))
        );
        assert_eq!(
            (&data["nb_canards_vivants"], &data["gaveur_nom"]),
            (&json!(997), &json!("Jean Martin"))
        );
    }
    let row = "SELECT meal.origine, meal.auteur, meal.poids_moyen, saisi.nb_peses, saisi.remarques, saisi.morts, lot.nb_canards_actuel
        FROM gavage_data meal JOIN repas_saisis saisi USING (lot_id, jour, moment) JOIN lots_gavage lot ON lot.id = meal.lot_id";
    assert_eq!(
        server.rows(row).await,
        [
            json!({"origine": "saisie", "auteur": "Jeanne", "poids_moyen": 5030, "nb_peses": 20, "remarques": "calme", "morts": 3, "nb_canards_actuel": 997})
        ]
    );
    let record = "SELECT action, object FROM audit";
    assert_eq!(
        server.rows(record).await,
        [json!({"action": "enter_meal", "object": "LL2611001 J0 soir"})]
    );
    for client in [producer, farmer, wall] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn a_repeated_entry_gets_its_first_answer_and_does_not_undo_a_later_correction() {
    let (server, producer) = fed(1).await;
    let first = entry("first", 1, json!({"morts": 2}));
    let (_, answer) = enter(&server, &first).await;
    let (status, corrected) = enter(
        &server,
        &entry("second", 1, json!({"dose_g": 380, "morts": 1})),
    )
    .await;
    assert_eq!(
        (status, &corrected["repas"][0]["version"]),
        (200, &json!(2))
    );
    let (status, again) = enter(&server, &later(first.clone(), json!({}))).await;
    assert_eq!(status, 200);
    assert_eq!(again, with(answer, json!({"rejoue": true})));
    let (status, other) = enter(&server, &later(first, json!({"dose_g": 401}))).await;
    assert_eq!(status, 409, "{other}");
    assert!(other["detail"].as_str().unwrap().contains("`cle`"));
    let stored = "SELECT dose_reelle, nb_canards_vivants, (SELECT count(*) FROM saisies) AS entries FROM gavage_data WHERE moment = 'soir'";
    assert_eq!(
        server.rows(stored).await,
        [json!({"dose_reelle": 380, "nb_canards_vivants": 999, "entries": 2})]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn every_earlier_value_of_a_meal_is_kept_with_who_told_it_whoever_corrects_it() {
    let (server, mut producer) = fed(2).await;
    enter(&server, &entry("first", 1, json!({"dose_g": 390}))).await;
    producer
        .ask(streamed(1, json!({"dose_reelle": 370.0})))
        .await;
    let stale = entry("stale", 1, json!({"dose_g": 395, "base": 2}));
    let (status, answer) = enter(&server, &stale).await;
    assert_eq!(status, 409);
    assert_eq!(
        [
            &answer["champ"],
            &answer["actuel"]["version"],
            &answer["actuel"]["dose_g"],
            &answer["actuel"]["origine"]
        ],
        [&json!("base"), &json!(3), &json!(370.0), &json!("flux")]
    );
    let (status, _) = enter(&server, &later(stale, json!({"base": 3}))).await;
    assert_eq!(status, 200);
    let versions = "SELECT dose_reelle, origine, auteur FROM repas_versions ORDER BY id";
    let version = |dose: f64, origine: &str, auteur: Value| json!({"dose_reelle": dose, "origine": origine, "auteur": auteur});
    let kept = server.rows(versions).await;
    let doses: Vec<_> = kept
        .iter()
        .map(|row| row["dose_reelle"].as_f64().unwrap())
        .collect();
    assert_eq!(doses, [402.5, 390.0, 370.0]);
    assert_eq!(
        kept[1],
        with(
            version(390.0, "saisie", json!("Jeanne")),
            json!({"dose_reelle": 390})
        )
    );
    assert_eq!(
        (&kept[0]["origine"], &kept[2]["origine"]),
        (&json!("flux"), &json!("flux"))
    );
    let now = "SELECT dose_reelle, origine FROM gavage_data WHERE moment = 'soir'";
    assert_eq!(
        server.rows(now).await,
        [json!({"dose_reelle": 395, "origine": "saisie"})]
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn corrected_deaths_change_the_counts_of_later_entered_meals_in_the_same_transaction() {
    let (server, producer) = fed(1).await;
    for (number, morts) in [(1, 2), (2, 1), (3, 0)] {
        let cle = format!("meal {number}").replace(' ', "-");
        let (status, answer) = enter(&server, &entry(&cle, number, json!({"morts": morts}))).await;
        assert_eq!(status, 201, "{answer}");
    }
    let mut farmer = server.connect("/ws/gaveur/1").await;
    let (_, answer) = enter(&server, &entry("again", 1, json!({"morts": 5}))).await;
    assert_eq!(answer["recomptes"].as_array().unwrap().len(), 2, "{answer}");
    assert_eq!(farmer.take("gavage", 3).await.len(), 3);
    let alive = "SELECT nb_canards_vivants AS alive, taux_mortalite AS dead FROM gavage_data ORDER BY jour, moment";
    let counts = [
        (1000, json!(0)),
        (995, json!(0.5)),
        (994, json!(0.6)),
        (994, json!(0.6)),
    ];
    assert_eq!(
        server.rows(alive).await,
        counts.map(|(alive, dead)| json!({"alive": alive, "dead": dead}))
    );
    let lot = server.get(&format!("/api/lots/{LOT}")).await;
    assert_eq!(
        (&lot["nb_canards_actuel"], &lot["nb_canards_initial"]),
        (&json!(994), &json!(1000))
    );
    for client in [producer, farmer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn an_entry_raises_alerts_that_are_answered_and_told_to_every_screen() {
    let (server, producer) = fed(1).await;
    let mut wall = server.connect("/ws/realtime/").await;
    let (_, answer) = enter(
        &server,
        &entry("hot", 1, json!({"temperature_c": 29.5, "morts": 60})),
    )
    .await;
    let told: Vec<_> = answer["alertes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| [&alert["type"], &alert["severite"], &alert["evenement"]])
        .collect();
    let raised = |kind: &str| [json!(kind), json!("critical"), json!("raised")];
    for kind in ["mortalite", "temperature"] {
        let expected = raised(kind);
        assert!(
            told.contains(&[&expected[0], &expected[1], &expected[2]]),
            "{answer}"
        );
    }
    assert_eq!(wall.take("alert", 2).await.len(), 2);
    let fields: Vec<_> = answer["avertissements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["champ"].clone())
        .collect();
    assert_eq!(fields, ["morts", "temperature_c"]);
    for client in [producer, wall] {
        client.close().await;
    }
    server.finish().await;
}
