//! Meals that a supervisor deletes.

use super::*;
use ureq::http::Request;

async fn delete(server: &TestServer, place: &str, why: &str) -> (u16, Value) {
    let path = format!("/api/lots/{LOT}/repas/{place}?{why}");
    let request = Request::delete(server.url(&path)).body(()).unwrap();
    let answer = http::send(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

const WHY: &str = "motif=saisi%20deux%20fois&par=Claire";

#[actix_web::test]
async fn the_lot_its_alerts_and_the_screens_go_back_to_the_meal_before_the_deleted_one() {
    let (server, mut producer) = fed(2).await;
    let off = json!({"dose_theorique": 400.0, "dose_reelle": 300.0, "taux_mortalite": 0.0});
    assert_eq!(producer.ask(streamed(2, off)).await["type"], "ack");
    let open = "SELECT count(*) FROM alertes WHERE fermee_le IS NULL";
    assert_eq!(server.count(open).await, 1);
    let mut wall = server.connect("/ws/realtime").await;
    assert_eq!(wall.next_of("snapshot").await["lots"][0]["jour"], 1);
    let mut farmer = server.connect("/ws/gaveur/1").await;

    let (status, refused) = delete(&server, "1/matin", "par=Claire").await;
    assert_eq!((status, &refused["champ"]), (400, &json!("motif")));
    assert_eq!(delete(&server, "7/soir", WHY).await.0, 404);
    let (status, deleted) = delete(&server, "1/matin", WHY).await;
    assert_eq!(status, 200, "{deleted}");
    assert_eq!(
        [
            &deleted["alertes"][0]["type"],
            &deleted["alertes"][0]["evenement"]
        ],
        [&json!("ecart_dose"), &json!("closed")]
    );
    for screen in [&mut wall, &mut farmer] {
        let gone = screen.next_of("repas_supprime").await;
        assert_eq!(
            [
                &gone["data"]["jour"],
                &gone["data"]["moment"],
                &gone["data"]["par"]
            ],
            [&json!(1), &json!("matin"), &json!("Claire")]
        );
    }
    // In the order of what happened.
    let front = wall.next_of("gavage_realtime").await;
    assert_eq!(
        [&front["data"]["jour"], &front["data"]["moment"]],
        [&json!(0), &json!("soir")]
    );
    assert_eq!(server.count(open).await, 0);
    let lot = server.get(&format!("/api/lots/{LOT}")).await;
    assert_eq!(
        [&lot["jour_actuel"], &lot["moment_actuel"], &lot["statut"]],
        [&json!(0), &json!("soir"), &json!("en_gavage")]
    );
    let kept = "SELECT jour, dose_reelle, supprime, supprime_par, motif FROM repas_versions";
    assert_eq!(
        server.rows(kept).await,
        [
            json!({"jour": 1, "dose_reelle": 300, "supprime": true, "supprime_par": "Claire", "motif": "saisi deux fois"})
        ]
    );
    // A new screen sees the wall without it, and the feed goes on.
    let mut late = server.connect("/ws/realtime").await;
    let shown = late.next_of("snapshot").await["lots"][0].clone();
    assert_eq!(
        [&shown["jour"], &shown["moment"]],
        [&json!(0), &json!("soir")]
    );
    let again = json!({"taux_mortalite": 0.0});
    assert_eq!(producer.ask(streamed(2, again)).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 3);
    for client in [producer, wall, farmer, late] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn deaths_of_a_deleted_meal_come_back_to_life_in_the_entered_meals_behind_it() {
    let (server, producer) = fed(1).await;
    for (number, morts) in [(1, 3), (2, 4), (3, 0)] {
        let written = entry(&format!("m{number}"), number, json!({"morts": morts}));
        assert_eq!(enter(&server, &written).await.0, 201);
    }
    let (status, deleted) = delete(&server, "0/soir", WHY).await;
    assert_eq!(status, 200, "{deleted}");
    let recounted: Vec<_> = deleted["recomptes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|meal| meal["nb_canards_vivants"].clone())
        .collect();
    assert_eq!(recounted, [json!(996), json!(996)]);
    let lot = server.get(&format!("/api/lots/{LOT}")).await;
    assert_eq!(
        [
            &lot["nb_canards_actuel"],
            &lot["taux_mortalite"],
            &lot["jour_actuel"]
        ],
        [&json!(996), &json!(0.4), &json!(1)]
    );
    // Written down again it is a new meal, of which the versions go on.
    let again = entry("again", 1, json!({"morts": 1}));
    let (status, entered) = enter(&server, &again).await;
    assert_eq!(
        (status, &entered["repas"][0]["effet"]),
        (201, &json!("nouveau"))
    );
    assert_eq!(entered["repas"][0]["nb_canards_vivants"], 999);
    assert_eq!(
        server.get(&format!("/api/lots/{LOT}")).await["nb_canards_actuel"],
        995
    );
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_lot_without_its_only_meal_waits_for_another_one_and_leaves_the_wall() {
    let (server, mut producer) = fed(1).await;
    let mut farmer = server.connect("/ws/gaveur/1").await;
    assert_eq!(delete(&server, "0/matin", WHY).await.0, 200);
    farmer.next_of("repas_supprime").await;
    let step = farmer.next_of("lot").await;
    assert_eq!(step["data"]["vers"], "en_preparation");
    let mut wall = server.connect("/ws/realtime").await;
    assert_eq!(wall.next_of("snapshot").await["lots"], json!([]));
    let events = server.get(&format!("/api/lots/{LOT}/evenements")).await;
    let last = events.as_array().unwrap().last().unwrap();
    assert_eq!(
        [&last["par"], &last["motif"]],
        [&json!("Claire"), &json!("saisi deux fois")]
    );
    assert_eq!(producer.ask(meal(LOT, 1, 0)).await["type"], "ack");
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 1);
    assert_eq!(
        server.get(&format!("/api/lots/{LOT}")).await["statut"],
        "en_gavage"
    );
    for client in [producer, farmer, wall] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_key_of_an_entry_is_known_for_ninety_days() {
    let (server, producer) = fed(1).await;
    let written = entry("k", 1, json!({}));
    assert_eq!(enter(&server, &written).await.0, 201);
    let again = enter(&server, &later(written.clone(), json!({}))).await;
    assert_eq!((again.0, &again.1["rejoue"]), (200, &json!(true)));
    let age = |days: i32| format!("UPDATE saisies SET recu_le = now() - interval '{days} days'");
    server.execute(&age(89)).await;
    assert_eq!(enter(&server, &entry("other", 2, json!({}))).await.0, 201);
    assert_eq!(server.count("SELECT count(*) FROM saisies").await, 2);
    server.execute(&age(91)).await;
    assert_eq!(enter(&server, &entry("third", 3, json!({}))).await.0, 201);
    assert_eq!(server.count("SELECT count(*) FROM saisies").await, 1);
    producer.close().await;
    server.finish().await;
}
