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
    let (status, stored) = post(&server, "/api/courbes/reelle", meal.clone()).await;
    assert_eq!(
        (status, &stored["dose_reelle_g"], &stored["correction_ia"]),
        (201, &json!(240.0), &Value::Null),
        "{stored}"
    );
    let wanted = json!({"points_g": [230, 240, 260, 280, 300, 325, 350, 375, 400, 425, 440, 460, 470, 480, 480, 490], "par": "Anne"});
    assert_eq!(curve(&server, "", wanted).await.0, 201);
    assert_eq!(curve(&server, "/1/valider", json!({})).await.0, 200);
    let far_off = with(meal, json!({"dose_reelle_g": 210}));
    let (_, stored) = post(&server, "/api/courbes/reelle", far_off).await;
    assert_eq!(
        stored["correction_ia"]["dose_suggeree_g"], 275.0,
        "{stored}"
    );
    assert_eq!(server.count("SELECT count(*) FROM gavage_data").await, 2);
    server.finish().await;
}

async fn given(server: &TestServer, jour: i32, moment: &str, dose: f64) {
    let now = Timestamp::now();
    let entry = json!({
        "cle": format!("{jour}-{moment}-0123456789"), "jour": jour, "moment": moment, "dose_g": dose, "heure": now, "morts": 0, "saisi_le": now, "horloge": now,
    });
    let (status, entered) = post(server, &format!("/api/lots/{LOT}/repas"), entry).await;
    assert_eq!(status, 201, "{entered}");
}

#[actix_web::test]
async fn a_farmer_answers_the_dose_proposed_after_a_meal_far_off_the_plan_and_no_plan_moves() {
    let server = fed().await;
    let wanted = json!({"total_g": 8852, "nb_repas": 22, "par": "Anne"});
    assert_eq!(curve(&server, "", wanted).await.0, 201);
    let approved = curve(&server, "/1/valider", json!({"par": "Paul"})).await;
    assert_eq!(approved.0, 200);
    let open = async || {
        let path = "/api/courbes/corrections/gaveur/1?pending_only=true";
        server.get(path).await.as_array().unwrap().clone()
    };
    assert_eq!(open().await, Vec::<Value>::new(), "230 g instead of 225 g");
    given(&server, 0, "soir", 270.0).await;
    let proposed = open().await.remove(0);
    assert_eq!(
        [
            "jour_gavage",
            "moment",
            "dose_theorique_g",
            "dose_reelle_g",
            "ecart_pct"
        ]
        .map(|field| &proposed[field]),
        [
            &json!(1),
            &json!("soir"),
            &json!(240.0),
            &json!(270.0),
            &json!(12.5)
        ]
    );
    assert_eq!(
        [
            "jour_suivant",
            "moment_suivant",
            "dose_prevue_g",
            "dose_suggeree_g",
            "acceptee"
        ]
        .map(|field| &proposed[field]),
        [
            &json!(2),
            &json!("matin"),
            &json!(260.0),
            &json!(245.0),
            &Value::Null
        ]
    );
    let answer = format!("/api/courbes/corrections/{}/repondre", proposed["id"]);
    let (status, refused) = post(&server, &answer, json!({})).await;
    assert_eq!(status, 422, "{refused}");
    let in_the_query = format!("{answer}?acceptee=true&dose_finale_g=250&par=Jean");
    let (status, answered) = post(&server, &in_the_query, json!({})).await;
    assert_eq!(status, 200, "{answered}");
    assert_eq!(
        ["acceptee", "dose_finale_g", "par"].map(|field| &answered[field]),
        [&json!(true), &json!(250.0), &json!("Jean")]
    );
    assert_eq!(post(&server, &in_the_query, json!({})).await.0, 409);
    assert_eq!(open().await, Vec::<Value>::new());
    let sheet = server.get("/api/gaveurs/1/saisie").await;
    let next = json!({"jour": 1, "moment": "matin", "dose_g": 260.0, "total_kg": 260.0});
    assert_eq!(sheet["lots"][0]["prochain"], next, "still the plan's");

    given(&server, 1, "matin", 300.0).await;
    let id = open().await.remove(0)["id"].clone();
    let answer = format!("/api/courbes/corrections/{id}/repondre");
    let refusal = json!({"acceptee": false, "par": "Jean"});
    let (status, answered) = post(&server, &answer, refusal).await;
    assert_eq!((status, &answered["dose_finale_g"]), (200, &Value::Null));
    given(&server, 1, "soir", 340.0).await;
    assert_eq!(open().await, Vec::<Value>::new(), "none after a refusal");
    let unknown = post(&server, "/api/courbes/corrections/1/repondre", answered).await;
    assert_eq!(unknown.0, 404);
    let dashboard = format!("/api/courbes/dashboard/lot/{LOT}");
    let all = server.get(&dashboard).await["corrections_ia"].clone();
    let all = all.as_array().unwrap().iter();
    let said: Vec<_> = all.map(|one| one["acceptee"].clone()).collect();
    assert_eq!(said, [json!(false), json!(true)]);
    let record = "SELECT object FROM audit WHERE action = 'answer_correction' ORDER BY id";
    assert_eq!(
        server.rows(record).await,
        [
            json!({"object": "LL2611001 0 soir acceptee"}),
            json!({"object": "LL2611001 1 matin refusee"}),
        ]
    );
    server.finish().await;
}
