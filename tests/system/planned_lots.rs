//! Lots that are planned before their first meal.

use crate::common::{
    http,
    readings::{meal, with},
    server::TestServer,
};
use gaveurs::domain::{access::Role, grant::Grant, site::Site};
use serde_json::{Value, json};
use ureq::http::Request;

async fn post(server: &TestServer, path: &str, body: Value) -> (u16, Value) {
    let answer = http::post(&server.url(path), body).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_str(answer.body()).unwrap())
}

/// Of gaveur 1, who is of `LL`; the meals of the tests are of its first days.
fn plan() -> Value {
    json!({
        "site_code": "LL", "gaveur_id": 1, "genetique": "Mulard", "nombre_canards": 1000,
        "date_debut_gavage": "2026-11-22", "duree_gavage_prevue": 10, "par": "Claire",
    })
}

async fn planned(server: &TestServer, fields: Value) -> Value {
    let (status, lot) = post(server, "/api/lots", with(plan(), fields)).await;
    assert_eq!(status, 201, "{lot}");
    lot
}

async fn statut(server: &TestServer, lot: &Value) -> Value {
    let path = format!("/api/lots/{}", lot["id"]);
    server.get(&path).await["statut"].clone()
}

#[actix_web::test]
async fn a_planned_lot_waits_everywhere_without_a_number_until_its_first_meal_begins_it() {
    let server = TestServer::start().await;
    let mut farmer = server.connect("/ws/gaveur/1").await;
    let aim = json!({"objectif_quantite_mais": 7800, "souche": "MMG", "poids_moyen_initial": 4100});
    let lot = planned(&server, aim).await;
    // Of day 335 of 2026, the day of its end.
    assert_eq!(lot["code_lot"], "LL6833500");
    let told = farmer.next_of("lot").await;
    assert_eq!(
        [
            &told["data"]["de"],
            &told["data"]["vers"],
            &told["data"]["par"]
        ],
        [&Value::Null, &json!("planifie"), &json!("Claire")]
    );
    for (field, value) in [
        ("statut", json!("planifie")),
        ("jour_actuel", Value::Null),
        ("moment_actuel", Value::Null),
        ("dernier_releve", Value::Null),
        ("fin_prevue", json!("2026-12-01")),
        ("date_fin_gavage_prevue", json!("2026-12-01")),
        ("nombre_canards", json!(1000)),
        ("nb_canards_actuel", json!(1000)),
        ("poids_moyen_initial", json!(4100.0)),
        ("objectif_quantite_mais", json!(7800.0)),
        ("souche", json!("MMG")),
    ] {
        assert_eq!(lot[field], value, "{field}");
    }
    let drafts = server.get("/api/lots/LL6833500/courbes").await;
    assert_eq!(drafts["versions"][0]["etat"], "en_attente");
    assert_eq!(
        drafts["versions"][0]["points"].as_array().unwrap().len(),
        20
    );
    let sheet = server.get("/api/lots/LL6833500/fiche").await;
    assert_eq!(
        (&sheet["lot"]["jour_actuel"], &sheet["repas"]),
        (&Value::Null, &json!([]))
    );
    let phone = server.get("/api/gaveurs/1/saisie").await;
    assert_eq!(phone["lots"][0]["prochain"]["jour"], 0);
    for path in [
        "/api/euralis/lots",
        "/api/lots/gaveur/1",
        "/api/euralis/sites",
        "/api/euralis/dashboard/kpis",
        "/api/euralis/gaveurs/1/analytics",
        "/api/lots/LL6833500/historique",
        "/api/lots/LL6833500/qualite",
        "/api/courbes/predictive/lot/LL6833500",
        "/api/analytics/weekly-report/1",
        "/api/pilotage",
        "/api/exports/lots.csv?depuis=2026-11-01&jusqua=2026-11-29",
    ] {
        assert_eq!(server.status(path).await, 200, "{path}");
    }
    let mut wall = server.connect("/ws/realtime").await;
    assert_eq!(wall.next_of("snapshot").await["lots"], json!([]));

    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let first = with(meal("LL6833500", 1, 0), json!({"taux_mortalite": 0.0}));
    assert_eq!(producer.ask(first).await["type"], "ack");
    let told = farmer.next_of("lot").await;
    assert_eq!(
        [&told["data"]["de"], &told["data"]["vers"]],
        [&json!("planifie"), &json!("en_gavage")]
    );
    assert_eq!(
        wall.next_of("gavage_realtime").await["data"]["code_lot"],
        "LL6833500"
    );
    let until = wall.next_of("plan").await;
    assert_eq!(until["data"]["dernier_jour_prevu"], 9);
    assert_eq!(producer.ask(meal("LL6833500", 1, 1)).await["type"], "ack");
    let lot = server.get("/api/lots/LL6833500").await;
    assert_eq!(
        [&lot["statut"], &lot["jour_actuel"], &lot["fin_prevue"]],
        [&json!("en_gavage"), &json!(0), &json!("2026-12-01")]
    );
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 1);
    let steps = "SELECT de, vers, par FROM lots_evenements ORDER BY id";
    assert_eq!(
        server.rows(steps).await,
        [
            json!({"de": null, "vers": "planifie", "par": "Claire"}),
            json!({"de": "planifie", "vers": "en_gavage", "par": null}),
        ]
    );
    for client in [farmer, wall, producer] {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn what_cannot_be_planned_is_a_400_that_names_the_field_or_a_409_that_says_why() {
    let server = TestServer::start().await;
    for (fields, champ) in [
        (json!({"gaveur_id": 2}), "gaveur_id"),
        (json!({"gaveur_id": 99}), "gaveur_id"),
        (json!({"code_lot": "LS4801665"}), "code_lot"),
        (
            json!({"date_debut_gavage": "2020-01-01"}),
            "date_debut_gavage",
        ),
        (
            json!({"objectif_quantite_mais": 90_000}),
            "objectif_quantite_mais",
        ),
        (json!({"nombre_canards": "mille"}), "nombre_canards"),
    ] {
        let (status, refused) = post(&server, "/api/lots", with(plan(), fields.clone())).await;
        assert_eq!(
            (status, &refused["champ"]),
            (400, &json!(champ)),
            "{fields}: {refused}"
        );
    }
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 0);
    assert_eq!(planned(&server, json!({})).await["code_lot"], "LL6833500");
    let named = json!({"code_lot": "LL6833501"});
    planned(&server, named.clone()).await;
    let (status, taken) = post(&server, "/api/lots", with(plan(), named)).await;
    assert_eq!(status, 409, "{taken}");
    // In the words of the older pages, at their address.
    let old = json!({
        "site_origine": "Bretagne", "gaveur_id": 1, "genetique": "Mulard", "nb_canards_initial": 900,
        "debut_lot": "2026-12-01", "date_fin_gavage_prevue": "2026-12-09",
    });
    let (status, third) = post(&server, "/api/euralis/lots/planifier", old.clone()).await;
    assert_eq!(
        (status, &third["code_lot"]),
        (201, &json!("LL6834300")),
        "{third}"
    );
    // All four would be fed on the first of December.
    let (status, full) = post(&server, "/api/lots", old.clone()).await;
    assert_eq!(status, 409, "{full}");
    assert!(
        full["detail"].as_str().unwrap().contains("3 lots"),
        "{full}"
    );
    let later = with(
        old,
        json!({"debut_lot": "2026-12-02", "date_fin_gavage_prevue": "2026-12-09"}),
    );
    assert_eq!(post(&server, "/api/lots", later).await.0, 201);
    let capacity = |from: &str| {
        let path = format!(
            "/api/euralis/planning/gaveurs-capacite?start_date={from}&duree_jours=7&site_code=LL"
        );
        let server = &server;
        async move {
            let gaveurs = server.get(&path).await;
            let own = &gaveurs.as_array().unwrap()[0];
            assert_eq!(own["gaveur_id"], 1);
            (
                own["active_lots_count"].clone(),
                own["can_plan_new_lot"].clone(),
            )
        }
    };
    assert_eq!(capacity("2026-11-25").await, (json!(3), json!(false)));
    assert_eq!(capacity("2026-12-03").await, (json!(2), json!(true)));
    server.finish().await;
}

#[actix_web::test]
async fn a_supervisor_plans_lots_of_his_sites_only_and_a_farmer_none() {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let ask = async |grant: Grant, body: Value| {
        let key = server.key(&grant, None).await;
        let request = Request::post(server.url("/api/lots"))
            .header("authorization", format!("Bearer {}", key.reveal()))
            .header("content-type", "application/json");
        let answer = http::send(request.body(body.to_string()).unwrap()).await;
        answer.unwrap().status().as_u16()
    };
    let of = |site| Grant {
        sites: [site].into(),
        ..Grant::new(Role::Superviseur)
    };
    let farmer = Grant {
        gaveur_id: Some(1),
        ..Grant::new(Role::Gaveur)
    };
    assert_eq!(ask(of(Site::Ls), plan()).await, 403);
    assert_eq!(ask(farmer, plan()).await, 403);
    assert_eq!(ask(of(Site::Ll), plan()).await, 201);
    server.finish().await;
}

#[actix_web::test]
async fn the_first_meal_may_be_one_that_the_farmer_writes_down() {
    let server = TestServer::start().await;
    let lot = planned(&server, json!({"date_debut_gavage": "2026-11-28"})).await;
    let day = json!({
        "lot_id": lot["id"], "date_gavage": "2026-11-28", "dose_matin": 230, "heure_gavage_matin": "07:30",
        "mortalite_jour": 2, "nb_canards_peses": 10, "poids_echantillon": [4000],
    });
    let (status, entered) = post(&server, "/api/lots/gavage", day).await;
    assert_eq!(status, 201, "{entered}");
    assert_eq!(entered["repas"][0]["nb_canards_vivants"], 998);
    let lot = server.get(&format!("/api/lots/{}", lot["id"])).await;
    assert_eq!(
        [
            &lot["statut"],
            &lot["nb_canards_initial"],
            &lot["taux_mortalite"]
        ],
        [&json!("en_gavage"), &json!(1000), &json!(0.2)]
    );
    server.finish().await;
}

#[actix_web::test]
async fn a_simulated_meal_is_none_of_a_real_planned_lot_with_the_same_code() {
    let server = TestServer::start().await;
    let lot = planned(&server, json!({"code_lot": "LL2611001"})).await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    let simulated = with(meal("LL2611001", 1, 0), json!({"simule": true}));
    assert_eq!(producer.ask(simulated).await["type"], "ack");
    assert_eq!(statut(&server, &lot).await, "planifie");
    // The ducks are another gaveur's, who begins with the same code.
    assert_eq!(producer.ask(meal("LL2611001", 4, 0)).await["type"], "ack");
    assert_eq!(statut(&server, &lot).await, "planifie");
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");
    assert_eq!(statut(&server, &lot).await, "en_gavage");
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 3);
    producer.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn a_stream_does_not_change_the_head_count_that_was_planned() {
    let server = TestServer::start().await;
    planned(
        &server,
        json!({"code_lot": "LL2611001", "nombre_canards": 1010}),
    )
    .await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for number in 0..4 {
        let ack = producer.ask(meal("LL2611001", 1, number)).await;
        assert_eq!(ack["type"], "ack");
    }
    // A correction computes the lot again from all its meals.
    let corrected = with(meal("LL2611001", 1, 1), json!({"dose_reelle": 399.0}));
    assert_eq!(producer.ask(corrected).await["type"], "ack");
    let lot = server.get("/api/lots/LL2611001").await;
    assert_eq!(
        [&lot["nb_canards_initial"], &lot["nb_canards_actuel"]],
        [&json!(1010), &json!(1000)]
    );
    assert_eq!(lot["debut_lot"], "2026-11-22");
    producer.close().await;
    server.finish().await;
}

/// Meals of a producer that cannot say that it is simulated.
async fn simulated_rows(server: &TestServer, path: &str) -> Vec<Value> {
    let mut producer = server.connect(path).await;
    producer.next().await;
    assert_eq!(producer.ask(meal("LL2611009", 1, 0)).await["type"], "ack");
    producer.close().await;
    let rows = "SELECT lot.simule AS lot, meal.simule AS meal FROM lots_gavage lot JOIN gavage_data meal ON meal.lot_id = lot.id
        WHERE lot.code_lot = 'LL2611009'";
    server.rows(rows).await
}

#[actix_web::test]
async fn what_comes_from_a_network_of_simulators_is_simulated_and_so_are_the_lots_planned_there() {
    let server = TestServer::start_with(&["--simulated-network", "10.9.0.0/16,127.0.0.1"]).await;
    let simulated = [json!({"lot": true, "meal": true})];
    assert_eq!(simulated_rows(&server, "/ws/gavage").await, simulated);
    let lot = planned(&server, json!({"code_lot": "LL2611001"})).await;
    assert_eq!(lot["simule"], true);
    let mut station = server.connect("/ws/sensors/").await;
    station.next().await;
    let mut sample: Value =
        serde_json::from_str(include_str!("../frames/sensor_data.json")).unwrap();
    sample["simule"] = json!(false);
    assert_eq!(station.ask(sample).await["type"], "ack");
    let real = "SELECT count(*) FROM sensor_samples WHERE NOT simule";
    assert_eq!(server.count(real).await, 0);
    station.close().await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    assert_eq!(producer.ask(meal("LL2611001", 1, 0)).await["type"], "ack");
    assert_eq!(statut(&server, &lot).await, "en_gavage");
    producer.close().await;
    server.finish().await;

    let elsewhere = TestServer::start_with(&["--simulated-network", "10.9.0.0/16"]).await;
    let real = [json!({"lot": false, "meal": false})];
    assert_eq!(simulated_rows(&elsewhere, "/ws/gavage").await, real);
    elsewhere.finish().await;
}

#[actix_web::test]
async fn a_key_can_say_that_its_holder_is_a_simulator() {
    let server = TestServer::start_with(&["--auth", "on"]).await;
    let grant = Grant {
        is_simulated: true,
        ..Grant::new(Role::Simulateur)
    };
    let key = server.key(&grant, None).await;
    let path = format!("/ws/gavage?key={}", key.reveal());
    let simulated = [json!({"lot": true, "meal": true})];
    assert_eq!(simulated_rows(&server, &path).await, simulated);
    server.finish().await;
}
