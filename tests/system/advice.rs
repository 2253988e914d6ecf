//! Advice after a lot: proposed when it is closed, decided by a supervisor, answered by the farmer, told at each step.

use crate::common::{
    client::Client,
    closed_lots::{BEST, OFF, OWN, close, post, with_closed_lots},
    database::TestDatabase,
    http,
    readings::{meal, with},
    server::{TestServer, until},
};
use gaveurs::domain::{access::Role, grant::Grant, key::Key, site::Site};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use ureq::http::Request;

/// The next frame about advice that follows from this lot by this rule.
async fn told(screen: &mut Client, rule: &str) -> Value {
    loop {
        let frame = screen.next_of("recommandation").await;
        if frame["data"]["code_lot_source"] == OWN && frame["data"]["regle"] == rule {
            return frame;
        }
    }
}

#[actix_web::test]
async fn a_lot_off_its_plan_is_advised_when_it_is_closed_and_every_step_is_told_to_whom_it_concerns()
 {
    let (server, mut producer) = with_closed_lots(&[]).await;
    let mut supervisor = server.connect("/ws/realtime/").await;
    let mut notified = server.connect("/ws/notifications/").await;
    let mut farmer = server.connect("/ws/gaveur/1").await;
    close(&server, &mut producer, OWN, 1, OFF).await;

    let proposed = told(&mut supervisor, "suivi_du_plan").await;
    let data = &proposed["data"];
    assert_eq!(
        (&data["etat"], &data["gaveur_id"]),
        (&json!("proposee"), &json!(1))
    );
    let evidence = &data["preuve"];
    assert_eq!(
        (&evidence["lots"], &evidence["gaveurs"]),
        (&json!(24), &json!(6))
    );
    assert_eq!(evidence["repas"].as_array().unwrap().len(), 4);
    assert_eq!(evidence["mesure"], "foie_g");
    // Both groups are known exactly: 470 and 520 g and what was added to each.
    let mean = |from: i32, to: i32, base: f64| {
        let sum: f64 = (from..to).map(|n| base + f64::from(n * 7 % 11)).sum();
        sum / f64::from(to - from)
    };
    let expected = mean(0, 6, 470.0) - mean(6, 24, 520.0);
    let found = evidence["difference"].as_f64().unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    assert!(data["action"].is_null(), "no dose changes: {data}");
    let id = data["id"].as_i64().unwrap();
    let notification_id = format!("recommandation-{id}");
    while notified.next().await["id"] != notification_id.as_str() {}

    let path = |what: &str| format!("/api/recommandations/{id}{what}");
    let (status, early) = post(&server, &path("/repondre"), json!({"acceptee": true})).await;
    assert_eq!(status, 409);
    assert!(
        early["detail"].as_str().unwrap().contains("proposee"),
        "{early}"
    );
    let own_words = json!({"par": "Anne", "texte": "Regardez les quatre premiers repas."});
    let (status, sent) = post(&server, &path("/valider"), own_words).await;
    assert_eq!((status, &sent["etat"]), (200, &json!("envoyee")));
    for etat in ["validee", "envoyee"] {
        let frame = told(&mut supervisor, "suivi_du_plan").await;
        assert_eq!(
            (&frame["data"]["etat"], &frame["data"]["par"]),
            (&json!(etat), &json!("Anne"))
        );
    }
    let first = farmer.next_of("recommandation").await;
    assert_eq!(
        first["data"]["etat"], "envoyee",
        "of what nobody validated he hears nothing"
    );
    assert_eq!(
        first["data"]["texte"],
        "Regardez les quatre premiers repas."
    );
    assert!(first["data"]["en"]["texte"].is_null());
    assert_eq!(
        post(&server, &path("/lue"), json!({"par": "Jean"})).await.0,
        200
    );
    let yes = json!({"acceptee": true, "motif": "d'accord", "par": "Jean"});
    let (status, accepted) = post(&server, &path("/repondre"), yes.clone()).await;
    assert_eq!((status, &accepted["etat"]), (200, &json!("acceptee")));
    for etat in ["lue", "acceptee"] {
        assert_eq!(farmer.next_of("recommandation").await["data"]["etat"], etat);
        assert_eq!(
            told(&mut supervisor, "suivi_du_plan").await["data"]["etat"],
            etat
        );
    }
    let (status, again) = post(&server, &path("/repondre"), yes).await;
    assert_eq!(status, 409);
    assert!(
        again["detail"].as_str().unwrap().contains("acceptee"),
        "{again}"
    );

    let listed = server
        .get("/api/recommandations?etat=acceptee&gaveur_id=1&site=LL")
        .await;
    assert_eq!(listed[0]["id"], id);
    assert_eq!(listed[0]["commentaire"], "d'accord");
    let steps: Vec<_> = server.get(&path("")).await["etapes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| json!([step["etat"], step["par"]]))
        .collect();
    let expected = [
        json!(["proposee", null]),
        json!(["validee", "Anne"]),
        json!(["envoyee", "Anne"]),
        json!(["lue", "Jean"]),
        json!(["acceptee", "Jean"]),
    ];
    assert_eq!(steps, expected);
    let audited = "SELECT count(*) FROM audit WHERE action IN ('decide_advice', 'answer_advice')";
    assert_eq!(server.count(audited).await, 2);
    let old = server
        .get(&format!("/api/ml/recommandations/lot/{OWN}"))
        .await;
    assert_eq!(old["data"]["recommandations"][0]["type"], "suivi_du_plan");
    assert_eq!(old["data"]["analyse_complete"], true);
    for client in [producer, supervisor, notified, farmer] {
        client.close().await;
    }
    server.finish().await;
}

const NEXT: &str = "LL2612007";

/// Plans a lot for the farmer.
async fn plan_a_lot(server: &TestServer) {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let plan = json!({
        "code_lot": NEXT, "site_code": "LL", "gaveur_id": 1, "genetique": "Mulard", "nombre_canards": 1000,
        "date_debut_gavage": today.to_string(), "duree_gavage_prevue": 10, "par": "Claire",
    });
    let (status, lot) = post(server, "/api/lots", plan).await;
    assert_eq!(status, 201, "{lot}");
}

pub async fn open(server: &TestServer, rule: &str) -> Value {
    let mut found = Value::Null;
    until("the lot is advised", async || {
        let listed = server.get("/api/recommandations?gaveur_id=1").await;
        let listed = listed.as_array().unwrap().clone();
        let one = listed.into_iter().find(|one| one["regle"] == rule);
        found = one.unwrap_or_default();
        !found.is_null()
    })
    .await;
    found
}

#[actix_web::test]
async fn the_curve_of_a_good_lot_is_drafted_for_the_next_one_when_the_farmer_accepts_and_no_dose_changes()
 {
    let (server, mut producer) = with_closed_lots(&[]).await;
    plan_a_lot(&server).await;
    close(&server, &mut producer, OWN, 1, BEST).await;
    let proposed = open(&server, "a_reprendre").await;
    assert_eq!(proposed["code_lot_cible"], "LL2612007");
    let doses = proposed["action"]["points_g"].as_array().unwrap();
    assert_eq!((doses.len(), &doses[1]), (20, &json!(310.0)));
    let path = |what: &str| format!("/api/recommandations/{}{what}", proposed["id"]);
    assert_eq!(
        post(&server, &path("/valider"), json!({"par": "Anne"}))
            .await
            .0,
        200
    );
    let (status, accepted) = post(
        &server,
        &path("/repondre"),
        json!({"acceptee": true, "par": "Jean"}),
    )
    .await;
    assert_eq!(
        (status, &accepted["courbe_version"]),
        (200, &json!(1)),
        "{accepted}"
    );
    let curves = server.get("/api/lots/LL2612007/courbes").await;
    assert_eq!(
        curves["plan"],
        Value::Null,
        "a supervisor decides about the draft"
    );
    let draft = &curves["versions"][0];
    assert_eq!(
        (&draft["etat"], &draft["source"], &draft["total_g"]),
        (
            &json!("en_attente"),
            &json!("recommandation"),
            &json!(7900.0)
        )
    );
    producer.close().await;
    server.finish().await;
}

pub async fn restarted(server: TestServer, producer: Client) -> TestServer {
    producer.close().await;
    let database: TestDatabase = server.finish().await;
    TestServer::start_on(database, &[]).await
}

#[actix_web::test]
async fn a_lot_that_is_judged_again_is_not_advised_twice_and_advice_ends_in_time_or_when_its_lot_begins()
 {
    let (server, mut producer) = with_closed_lots(&[]).await;
    close(&server, &mut producer, OWN, 1, BEST).await;
    let first = open(&server, "a_reprendre").await;
    let count = "SELECT count(*) FROM recommandations";
    let before = server.count(count).await;
    server.execute("UPDATE recommandations SET expire_le = now() WHERE regle = 'a_reprendre' AND gaveur_id = 1").await;
    // At its start the server judges the lots of the last days again.
    let server = restarted(server, producer).await;
    let path = format!("/api/recommandations/{}", first["id"]);
    until("it has expired", async || {
        server.get(&path).await["etat"] == "expiree"
    })
    .await;
    plan_a_lot(&server).await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    close(&server, &mut producer, "LL2611002", 1, BEST).await;
    until("a second lot is advised", async || {
        server.count(count).await == before + 1
    })
    .await;
    let open = "SELECT count(*) FROM recommandations WHERE code_lot_source = 'LL2611002' AND etat = 'proposee'";
    assert_eq!(server.count(open).await, 1);
    let first_meal = json!({"taux_mortalite": 0.0, "timestamp": Timestamp::now().to_string()});
    let ack = producer.ask(with(meal(NEXT, 1, 0), first_meal)).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    until("its lot has begun", async || server.count(open).await == 0).await;
    let steps = "SELECT count(*) FROM recommandations_etapes WHERE etat = 'expiree'";
    assert_eq!(server.count(steps).await, 2);
    assert_eq!(server.count(count).await, before + 1);
    producer.close().await;
    server.finish().await;
}

async fn as_bearer(
    server: &TestServer,
    key: &Key,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let url = server.url(path);
    let bearer = format!("Bearer {}", key.reveal());
    let answer = match body {
        None => {
            http::send(
                Request::get(url)
                    .header("authorization", bearer)
                    .body(())
                    .unwrap(),
            )
            .await
        }
        Some(body) => {
            let request = Request::post(url)
                .header("authorization", bearer)
                .header("content-type", "application/json");
            http::send(request.body(body.to_string()).unwrap()).await
        }
    };
    let answer = answer.unwrap();
    (
        answer.status().as_u16(),
        serde_json::from_str(answer.body()).unwrap(),
    )
}

#[actix_web::test]
async fn a_supervisor_decides_for_his_sites_and_a_farmer_sees_and_answers_only_what_was_sent_to_him()
 {
    let (server, mut producer) = with_closed_lots(&[]).await;
    close(&server, &mut producer, OWN, 1, BEST).await;
    let id = open(&server, "a_reprendre").await["id"].clone();
    producer.close().await;
    let database = server.finish().await;
    let server = TestServer::start_on(database, &["--auth", "on"]).await;
    let farmer = |id| Grant {
        gaveur_id: Some(id),
        ..Grant::new(Role::Gaveur)
    };
    let supervisor = |site| Grant {
        sites: [site].into(),
        ..Grant::new(Role::Superviseur)
    };
    let (own, other) = (
        server.key(&farmer(1), None).await,
        server.key(&farmer(4), None).await,
    );
    let (here, elsewhere) = (
        server.key(&supervisor(Site::Ll), None).await,
        server.key(&supervisor(Site::Mt), None).await,
    );
    let path = |what: &str| format!("/api/recommandations/{id}{what}");
    let get = async |key| as_bearer(&server, key, &path(""), None).await.0;
    assert_eq!(
        [get(&own).await, get(&other).await],
        [404, 404],
        "nobody has sent it"
    );
    assert_eq!([get(&here).await, get(&elsewhere).await], [200, 404]);
    let post =
        async |key, what: &str, body| as_bearer(&server, key, &path(what), Some(body)).await.0;
    assert_eq!(post(&own, "/valider", json!({})).await, 403);
    assert_eq!(post(&elsewhere, "/valider", json!({})).await, 404);
    assert_eq!(
        post(&here, "/rejeter", json!({})).await,
        400,
        "a rejection says why"
    );
    assert_eq!(post(&here, "/valider", json!({})).await, 200);
    assert_eq!([get(&own).await, get(&other).await], [200, 404]);
    assert_eq!(
        post(&here, "/repondre", json!({"acceptee": true})).await,
        403
    );
    assert_eq!(
        post(&other, "/repondre", json!({"acceptee": true})).await,
        404
    );
    assert_eq!(
        post(&own, "/repondre", json!({"acceptee": false})).await,
        200
    );
    let (_, listed) = as_bearer(&server, &own, "/api/recommandations", None).await;
    assert_eq!(
        (listed.as_array().unwrap().len(), &listed[0]["etat"]),
        (1, &json!("refusee"))
    );
    server.finish().await;
}
