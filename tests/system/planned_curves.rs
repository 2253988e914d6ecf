//! Curves that are planned for a lot, proposed and decided over HTTP.

use crate::common::{
    http,
    readings::{meal, with},
    server::TestServer,
};
use gaveurs::domain::curve::MEDIANS;
use jiff::Timestamp;
use serde_json::{Value, json};

const LOT: &str = "LL2611001";

async fn fed() -> TestServer {
    let server = TestServer::start().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let first = json!({"taux_mortalite": 0.0, "dose_theorique": 230, "dose_reelle": 230});
    assert_eq!(
        producer.ask(with(meal(LOT, 1, 0), first)).await["type"],
        "ack"
    );
    producer.close().await;
    server
}

async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = http::post(&server.url(path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

async fn curve(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    post(server, &format!("/api/lots/{LOT}/courbes{path}"), body).await
}

#[actix_web::test]
async fn a_validated_curve_gives_entered_meals_their_planned_dose_and_the_telephone_its_next_one() {
    let server = fed().await;
    let wanted = json!({"total_g": 8852, "nb_repas": 22, "par": "Anne"});
    let (status, curves) = curve(&server, "", wanted).await;
    assert_eq!(status, 201, "{curves}");
    let proposed = &curves["versions"][0];
    assert_eq!(
        [
            &proposed["etat"],
            &proposed["total_g"],
            &proposed["points"][1]["dose_g"],
            &curves["plan"]
        ],
        [
            &json!("en_attente"),
            &json!(8852.0),
            &json!(240.0),
            &Value::Null
        ]
    );
    assert!(proposed["formule"].as_str().unwrap().contains("8852"));
    let (status, curves) = curve(&server, "/1/valider", json!({"par": "Paul"})).await;
    assert_eq!(
        (status, &curves["plan"]["decide_par"]),
        (200, &json!("Paul"))
    );
    assert_eq!(
        curves["plan_diverge"], true,
        "the stream planned 230 g, and 225 g are planned here"
    );
    let sheet = server.get("/api/gaveurs/1/saisie").await;
    let next = json!({"jour": 0, "moment": "soir", "dose_g": 240.0, "total_kg": 240.0});
    assert_eq!(sheet["lots"][0]["prochain"], next);
    let now = Timestamp::now();
    let entry = json!({
        "cle": "0123456789", "jour": 0, "moment": "soir", "dose_g": 270, "heure": now, "morts": 0, "saisi_le": now, "horloge": now,
    });
    let (_, entered) = post(&server, &format!("/api/lots/{LOT}/repas"), entry).await;
    let stored = &entered["repas"][0];
    assert_eq!(
        (&stored["dose_theorique_g"], &stored["ecart_pct"]),
        (&json!(240.0), &json!(12.5))
    );
    assert_eq!(entered["alertes"][0]["type"], "ecart_dose");
    let old = server
        .get(&format!("/api/courbes/theorique/lot/{LOT}"))
        .await;
    assert_eq!(
        [
            &old["statut"],
            &old["courbe_theorique"][0],
            &old["superviseur_nom"]
        ],
        [
            &json!("VALIDEE"),
            &json!({"jour": 1, "dose_g": 465.0}),
            &json!("Paul")
        ]
    );
    let record = "SELECT action, object FROM audit ORDER BY id LIMIT 2";
    assert_eq!(
        server.rows(record).await,
        [
            json!({"action": "propose_curve", "object": "LL2611001 version 1"}),
            json!({"action": "decide_curve", "object": "LL2611001 version 1"}),
        ]
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_curve_is_decided_once_and_another_one_takes_its_place() {
    let server = fed().await;
    let wanted = json!({"total_g": 8852, "nb_repas": 22});
    for version in 1..3 {
        assert_eq!(curve(&server, "", wanted.clone()).await.0, 201);
        assert_eq!(
            curve(&server, &format!("/{version}/valider"), json!({}))
                .await
                .0,
            200
        );
    }
    let (status, refused) = curve(&server, "/1/rejeter", json!({"commentaire": "non"})).await;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(curve(&server, "/9/valider", json!({})).await.0, 404);
    let states = "SELECT etat FROM courbes ORDER BY version";
    assert_eq!(
        server.rows(states).await,
        [json!({"etat": "remplacee"}), json!({"etat": "validee"})]
    );
    let mut points = vec![225.0; 20];
    points[0] = 300.0;
    for (body, field) in [
        (json!({"points_g": [225, 240]}), "points_g"),
        (json!({"points_g": "beaucoup"}), "points_g"),
        (json!({"points_g": points}), "points_g"),
        (json!({"total_g": 20_000, "nb_repas": 22}), "points_g"),
        (json!({"total_g": 8_000}), "nb_repas"),
    ] {
        let (status, answer) = curve(&server, "", body).await;
        assert_eq!((status, &answer["champ"]), (400, &json!(field)), "{answer}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn an_older_page_validates_a_curve_by_days_in_place_of_the_proposed_one() {
    let server = fed().await;
    let path = format!("/api/courbes/theorique/{LOT}/valider");
    let bare = json!({"statut": "VALIDEE", "superviseur_nom": "Anne"});
    assert_eq!(
        post(&server, &path, bare.clone()).await.0,
        404,
        "there is no curve yet"
    );
    curve(&server, "", json!({"total_g": 8852, "nb_repas": 22})).await;
    let days: Vec<_> = (1..=11)
        .map(|jour| json!({"jour": jour, "dose_g": 470 + 48 * (jour - 1).min(9)}))
        .collect();
    let modified = with(bare, json!({"statut": "MODIFIEE", "courbe_modifiee": days}));
    let (status, answer) = post(&server, &path, modified).await;
    assert_eq!(
        (status, &answer["statut"]),
        (200, &json!("VALIDEE")),
        "{answer}"
    );
    assert_eq!(
        answer["courbe_active"][0],
        json!({"jour": 1, "dose_g": 470.0})
    );
    let versions = "SELECT etat, source FROM courbes ORDER BY version";
    assert_eq!(
        server.rows(versions).await,
        [
            json!({"etat": "en_attente", "source": "mediane"}),
            json!({"etat": "validee", "source": "manuelle"})
        ]
    );
    server.finish().await;
}

#[actix_web::test]
async fn the_wall_learns_from_a_validated_curve_until_when_a_lot_is_fed_and_a_restarted_server_still_knows()
 {
    let server = fed().await;
    let mut open = server.connect("/ws/realtime/").await;
    let before = open.next_of("snapshot").await;
    assert_eq!(before["lots"][0]["dernier_jour_prevu"], Value::Null);
    for (version, meals) in [(1, 22), (2, 20)] {
        let wanted = json!({"points_g": MEDIANS[..meals]});
        assert_eq!(curve(&server, "", wanted).await.0, 201);
        let path = format!("/{version}/valider");
        assert_eq!(curve(&server, &path, json!({})).await.0, 200);
        let told = open.next_of("plan").await;
        let data = &told["data"];
        assert_eq!(
            (&data["code_lot"], &data["dernier_jour_prevu"]),
            (&json!(LOT), &json!(meals / 2 - 1))
        );
        assert!(told["seq"].is_u64(), "{told}");
    }
    let last_day = async |server: &TestServer| {
        let mut screen = server.connect("/ws/realtime/").await;
        let snapshot = screen.next_of("snapshot").await;
        screen.close().await;
        snapshot["lots"][0]["dernier_jour_prevu"].clone()
    };
    assert_eq!(last_day(&server).await, 9);
    open.close().await;
    let server = TestServer::start_on(server.finish().await, &[]).await;
    assert_eq!(last_day(&server).await, 9);
    server.finish().await;
}

#[actix_web::test]
async fn older_pages_read_the_plan_in_force_ahead_of_what_was_given_and_decide_by_the_id_of_a_curve()
 {
    let server = fed().await;
    let wanted = json!({"total_g": 8852, "nb_repas": 22, "par": "Anne"});
    assert_eq!(curve(&server, "", wanted).await.0, 201);
    let proposed = server
        .get(&format!("/api/courbes/theorique/lot/{LOT}"))
        .await;
    let decide = format!("/api/courbes/theorique/{}/valider", proposed["id"]);
    let approved = json!({"statut": "VALIDEE", "superviseur_nom": "Paul"});
    let (status, decided) = post(&server, &decide, approved).await;
    assert_eq!(
        (status, &decided["statut"]),
        (200, &json!("VALIDEE")),
        "{decided}"
    );
    let ahead = server
        .get(&format!("/api/courbes/predictive/lot/{LOT}"))
        .await;
    let days = ahead["courbe_predictive"].as_array().unwrap();
    assert_eq!(
        (days.len(), &days[0]["dose_g"]),
        (11, &json!(230.0)),
        "what was given"
    );
    assert_eq!(days[1]["dose_g"], 540.0, "what is planned");
    let both = server
        .get(&format!("/api/courbes/dashboard/lot/{LOT}"))
        .await;
    assert_eq!(both["courbe_theorique"]["statut"], "VALIDEE");
    let advised = server
        .get(&format!("/api/ml/suggestions/lot/{LOT}/jour/2"))
        .await;
    assert_eq!(
        [
            &advised["data"]["dose_matin"],
            &advised["data"]["dose_soir"]
        ],
        [&json!(260.0), &json!(280.0)]
    );
    server.finish().await;
}

#[actix_web::test]
async fn the_total_of_a_day_is_no_meal() {
    let server = fed().await;
    let lot = server.get(&format!("/api/lots/{LOT}")).await["id"].clone();
    let total = json!({"lot_id": lot, "gaveur_id": 1, "site_code": "LL", "date_gavage": "2026-11-22", "jour_gavage": 1, "dose_reelle_g": 470});
    let (status, refused) = post(&server, "/api/courbes/reelle", total.clone()).await;
    assert_eq!(
        (status, &refused["champ"]),
        (400, &json!("moment")),
        "{refused}"
    );
    let meal = with(
        total,
        json!({"moment": "soir", "heure": "18:30", "dose_reelle_g": 240}),
    );
    let (status, stored) = post(&server, "/api/courbes/reelle", meal).await;
    assert_eq!(
        (status, &stored["dose_reelle_g"]),
        (201, &json!(240.0)),
        "{stored}"
    );
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 2);
    server.finish().await;
}
