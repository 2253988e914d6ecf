//! Authentication by key: who is let in, what he sees and writes, and how a key ends.

use super::guarded::{Guarded, LOTS, codes, gaveur, grant};
use crate::common::{
    database::TestDatabase,
    http,
    readings::{meal, with},
    server::{TestServer, operator, until},
};
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key, site::Site},
    store::keys,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use ureq::http::Request;

#[actix_web::test]
async fn without_a_key_only_health_and_the_login_page_are_open() {
    let guarded = Guarded::fed().await;
    for (path, status) in [
        ("/health", 200),
        ("/auth/login", 200),
        ("/static/css/app.css", 200),
        ("/auth/me", 401),
        ("/api/lots", 401),
        ("/api/gavage/gaveur/1", 401),
        ("/metrics", 401),
        ("/ws/realtime/", 401),
        ("/", 401),
    ] {
        let answer = guarded.get(path, None).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        if status == 401 {
            let header = &answer.headers()["www-authenticate"];
            assert_eq!(header, "Bearer realm=\"gaveurs\"", "{path}");
        }
    }
    let unknown = Key::generate(&mut rand::rng());
    assert_eq!(guarded.get("/api/lots", Some(&unknown)).await.status(), 401);
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_person_without_a_login_is_led_to_the_login_page_and_back() {
    let guarded = Guarded::fed().await;
    let request =
        Request::get(guarded.server.url("/alertes?site=LL")).header("accept", "text/html");
    let config = ureq::Agent::config_builder().max_redirects(0).build();
    let answer = tokio::task::spawn_blocking(move || {
        ureq::Agent::new_with_config(config).run(request.body(()).unwrap())
    });
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer.status(), 303);
    let to = answer.headers()["location"].to_str().unwrap();
    assert_eq!(to, "/auth/login?to=%2Falertes%3Fsite%3DLL");
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_login_is_a_cookie_that_no_script_reads_and_no_other_site_sends() {
    let guarded = Guarded::fed().await;
    let key = guarded.key(&grant(Role::Superviseur, &[Site::Ll])).await;
    let login = guarded.server.url("/auth/key");
    let refused = http::post(&login, json!({"key": "gvk_nothing"})).await;
    assert_eq!(refused.status(), 401);
    assert!(refused.headers().get("set-cookie").is_none());
    let answer = http::post(&login, json!({"key": key.reveal()})).await;
    assert_eq!(answer.status(), 200, "{}", answer.body());
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in [
        "__Host-gaveurs=",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let (held, _) = cookie.split_once(';').unwrap();
    let request = Request::get(guarded.server.url("/auth/me")).header("cookie", held);
    let me = http::send(request.body(()).unwrap()).await.unwrap();
    let me: Value = serde_json::from_str(me.body()).unwrap();
    let expected = json!({"nom": "essai", "role": "superviseur", "sites": ["LL"], "gaveur_id": null, "accueil": "/", "expires_at": null});
    assert_eq!(me, expected);
    guarded.server.stop().await;
}

#[actix_web::test]
async fn everybody_reads_only_what_is_his() {
    let guarded = Guarded::fed().await;
    let farmer = guarded.key(&gaveur(1)).await;
    assert_eq!(
        codes(&guarded.json("/api/lots", &farmer).await),
        BTreeSet::from(["LL2611001"])
    );
    // The lot of another and one that does not exist are answered alike.
    let of_another = guarded.get("/api/lots/LL2611002", Some(&farmer)).await;
    let of_nobody = guarded.get("/api/lots/LL2611009", Some(&farmer)).await;
    let alike = of_nobody.body().replace("LL2611009", "LL2611002");
    assert_eq!(of_another.body(), &alike);
    for (path, status) in [
        ("/api/lots/LL2611001", 200),
        ("/api/lots/LL2611002", 404),
        ("/api/gavage/gaveur/1", 200),
        ("/api/gavage/gaveur/2", 403),
        ("/api/euralis/sites", 403),
        ("/metrics", 403),
    ] {
        let answer = guarded.get(path, Some(&farmer)).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
    }
    assert_eq!(guarded.refusal("/ws/realtime/", &farmer).await, 403);
    assert_eq!(guarded.refusal("/ws/gaveur/2", &farmer).await, 403);
    assert_eq!(guarded.refusal("/ws/gavage", &farmer).await, 403);
    let supervisor = guarded.key(&grant(Role::Superviseur, &[Site::Mt])).await;
    assert_eq!(
        codes(&guarded.json("/api/euralis/lots", &supervisor).await),
        BTreeSet::from(["MT2611001"])
    );
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_screen_gets_snapshot_meals_and_figures_of_its_own_sites_only() {
    let guarded = Guarded::fed().await;
    let supervisor = guarded.key(&grant(Role::Superviseur, &[Site::Mt])).await;
    let mut wall = guarded.connect("/ws/realtime/?sid=a", &supervisor).await;
    let snapshot = wall.next_of("snapshot").await;
    assert_eq!(codes(&snapshot["lots"]), BTreeSet::from(["MT2611001"]));
    let sites = |frame: &Value| {
        let sites = frame["sites"].as_array().unwrap().iter();
        let codes = sites.map(|site| site["site_code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    assert_eq!(sites(&snapshot), ["MT"]);
    assert_eq!(sites(&wall.next_of("site_stats").await), ["MT"]);
    let simulator = guarded.key(&grant(Role::Simulateur, &[])).await;
    let mut producer = guarded.connect("/ws/gavage", &simulator).await;
    producer.next().await;
    for (lot, gaveur_id) in LOTS {
        assert_eq!(producer.ask(meal(lot, gaveur_id, 1)).await["type"], "ack");
    }
    // Figures that are told after its meal: the timer may also fire before it.
    let mut seen = Vec::new();
    let figures = loop {
        let frame = wall.next().await;
        match frame["type"].as_str() {
            Some("gavage_realtime") => seen.push(frame["data"]["code_lot"].clone()),
            Some("site_stats") if !seen.is_empty() => break frame,
            _ => {}
        }
    };
    assert_eq!(seen, ["MT2611001"]);
    assert_eq!(sites(&figures), ["MT"]);
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_producer_that_writes_for_others_is_told_which_field_and_stays_connected() {
    let guarded = Guarded::fed().await;
    let own = Grant {
        gaveur_id: Some(1),
        ..grant(Role::Simulateur, &[Site::Ll])
    };
    let key = guarded.key(&own).await;
    let mut producer = guarded.connect("/ws/gavage", &key).await;
    producer.next().await;
    for (message, field) in [
        (meal("MT2611009", 1, 0), "site:"),
        (meal("LL2611009", 2, 0), "gaveur_id:"),
        (
            json!([meal("LL2611009", 1, 0), meal("LL2611009", 2, 1)]),
            "gaveur_id:",
        ),
    ] {
        let error = producer.ask(message).await;
        assert_eq!(error["type"], "error", "{error}");
        assert!(
            error["error"].as_str().unwrap().starts_with(field),
            "{error}"
        );
    }
    assert_eq!(producer.ask(meal("LL2611009", 1, 0)).await["type"], "ack");
    assert_eq!(
        guarded
            .server
            .count("SELECT count(*) FROM gavage_data WHERE code_lot LIKE '%9'")
            .await,
        1
    );
    assert_eq!(
        guarded
            .server
            .metric("gaveurs_errors_total{reason=\"forbidden\"}")
            .await,
        3.0
    );
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_key_limited_to_a_gaveur_takes_over_no_lot_of_another() {
    let guarded = Guarded::fed().await;
    let own = Grant {
        gaveur_id: Some(1),
        ..grant(Role::Simulateur, &[])
    };
    let key = guarded.key(&own).await;
    let mut producer = guarded.connect("/ws/gavage", &key).await;
    producer.next().await;
    // Beyond its first days another gaveur may otherwise take a lot over.
    let error = producer.ask(meal("LL2611002", 1, 6)).await;
    assert_eq!(error["type"], "error", "{error}");
    assert!(
        error["error"].as_str().unwrap().contains("code_lot"),
        "{error}"
    );
    // A batch with one such meal is refused whole.
    let batch = [
        meal("LL2611009", 1, 0),
        meal("LL2611002", 1, 6),
        meal("LL2611009", 1, 1),
    ];
    let error = producer.ask(json!(batch)).await;
    assert_eq!(error["type"], "error", "{error}");
    let stored = "SELECT count(*) FROM gavage_data WHERE code_lot IN ('LL2611002', 'LL2611009')";
    assert_eq!(guarded.server.count(stored).await, 1);
    let free = guarded.key(&grant(Role::Simulateur, &[])).await;
    let mut producer = guarded.connect("/ws/gavage", &free).await;
    producer.next().await;
    assert_eq!(producer.ask(meal("LL2611002", 1, 6)).await["type"], "ack");
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_revoked_key_ends_its_connections_with_4403_and_admits_nobody_any_more() {
    let guarded = Guarded::fed().await;
    let wall = grant(Role::Superviseur, &[Site::Ll]);
    let (revoked, kept) = (guarded.key(&wall).await, guarded.key(&wall).await);
    let mut ends = guarded.connect("/ws/realtime/?sid=a", &revoked).await;
    let mut stays = guarded.connect("/ws/realtime/?sid=a", &kept).await;
    ends.next_of("snapshot").await;
    stays.next_of("snapshot").await;
    let pool = guarded.server.app().pool();
    assert!(keys::revoke(pool, revoked.id(), &operator()).await.unwrap());
    let goodbye = ends.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4403);
    assert_eq!(guarded.refusal("/ws/realtime/", &revoked).await, 401);
    assert_eq!(guarded.get("/api/lots", Some(&revoked)).await.status(), 401);
    stays.send(json!({"type": "heartbeat"})).await;
    stays.next_of("heartbeat_ack").await;
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_key_that_expires_warns_its_tabs_and_ends_with_4401() {
    let guarded = Guarded::fed().await;
    let wall = grant(Role::Superviseur, &[Site::Ll]);
    let key = guarded
        .server
        .key(&wall, Some(Duration::from_secs(3)))
        .await;
    let mut screen = guarded.connect("/ws/realtime/?sid=a", &key).await;
    screen.next_of("snapshot").await;
    let goodbye = screen.ended().await.expect("a Close frame comes");
    assert_eq!(u16::from(goodbye.code), 4401);
    assert_eq!(guarded.refusal("/ws/realtime/", &key).await, 401);
    guarded.server.stop().await;
}

#[actix_web::test]
async fn a_rotated_key_and_its_successor_are_both_valid_within_the_grace() {
    let guarded = Guarded::fed().await;
    let old = guarded.key(&gaveur(2)).await;
    let (pool, new) = (guarded.server.app().pool(), Key::generate(&mut rand::rng()));
    let grace = Duration::from_secs(3_600);
    let name = keys::rotate(pool, old.id(), &new, grace, &operator())
        .await
        .unwrap();
    assert_eq!(name.as_deref(), Some("essai"));
    until("the successor is known", async || {
        guarded.get("/auth/me", Some(&new)).await.status() == 200
    })
    .await;
    for key in [&old, &new] {
        let lots = guarded.json("/api/lots", key).await;
        assert_eq!(codes(&lots), BTreeSet::from(["LL2611002"]));
    }
    assert_eq!(
        keys::rotate(pool, "nobodys1", &new, grace, &operator())
            .await
            .unwrap(),
        None
    );
    guarded.server.stop().await;
}

#[actix_web::test]
async fn the_database_holds_no_secret_and_the_holder_of_a_key_cannot_pose_as_another_user() {
    let guarded = Guarded::fed().await;
    let key = guarded.key(&grant(Role::Superviseur, &[Site::Ll])).await;
    let mut screen = guarded.connect("/ws/realtime/?sid=a&uid=1", &key).await;
    screen.next_of("snapshot").await;
    let registered = || guarded.server.rows("SELECT user_id FROM ws_registry");
    until("the screen is registered", async || {
        !registered().await.is_empty()
    })
    .await;
    assert_eq!(
        registered().await,
        [json!({"user_id": format!("{}/1", key.id())})]
    );
    let secret = key.reveal().split('_').nth(2).unwrap();
    for table in ["api_keys", "ws_registry"] {
        let rows = guarded.server.rows(&format!("SELECT * FROM {table}")).await;
        assert!(!rows.is_empty());
        assert!(!json!(rows).to_string().contains(secret), "{table}");
    }
    guarded.server.stop().await;
}

#[actix_web::test]
async fn without_authentication_credentials_are_not_looked_at() {
    let server = TestServer::start_on(TestDatabase::create().await, &[]).await;
    let request = Request::get(server.url("/api/lots")).header("authorization", "Bearer dummy");
    assert_eq!(
        http::send(request.body(()).unwrap())
            .await
            .unwrap()
            .status(),
        200
    );
    let mut screen = server.connect("/ws/realtime/?token=dummy").await;
    screen.next_of("snapshot").await;
    let mut producer = server.connect("/ws/gavage?key=dummy").await;
    producer.next().await;
    let meal = with(meal("LL2611001", 1, 0), json!({"simule": true}));
    assert_eq!(producer.ask(meal).await["type"], "ack");
    server.stop().await;
}

#[actix_web::test]
async fn every_change_is_recorded_once_with_who_asked_and_only_where_it_may_be_asked() {
    let guarded = Guarded::fed().await;
    let simulator = guarded.key(&grant(Role::Simulateur, &[])).await;
    let mut producer = guarded.connect("/ws/gavage", &simulator).await;
    producer.next().await;
    let hot = with(
        meal("LL2611001", 1, 1),
        json!({"temperature_stabule": 39.0}),
    );
    assert_eq!(producer.ask(hot).await["type"], "ack");
    let alerts = guarded
        .server
        .rows("SELECT id, code_lot FROM alertes")
        .await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    let path = format!("/api/alertes/{}/acquitter", alerts[0]["id"]);
    let post = async |key: &Key, body: Value| {
        let request = Request::post(guarded.server.url(&path));
        let request = request
            .header("authorization", format!("Bearer {}", key.reveal()))
            .header("content-type", "application/json");
        http::send(request.body(body.to_string()).unwrap())
            .await
            .unwrap()
    };
    let elsewhere = guarded.key(&grant(Role::Superviseur, &[Site::Mt])).await;
    let of_quality = guarded.key(&grant(Role::TechnicienSqal, &[])).await;
    for stranger in [&elsewhere, &of_quality, &guarded.key(&gaveur(2)).await] {
        assert_eq!(post(stranger, json!({})).await.status(), 404);
    }
    let recorded = || {
        guarded.server.rows(
            "SELECT action, object, principal, name, role, address FROM audit WHERE action = 'acknowledge'",
        )
    };
    assert_eq!(recorded().await, Vec::<Value>::new());
    let supervisor = guarded.key(&grant(Role::Superviseur, &[Site::Ll])).await;
    let answer = post(&supervisor, json!({"par": "quelqu'un d'autre"})).await;
    assert_eq!(answer.status(), 200, "{}", answer.body());
    let answer: Value = serde_json::from_str(answer.body()).unwrap();
    assert_eq!(answer["acquittee_par"], "essai");
    let expected = json!({
        "action": "acknowledge", "object": alerts[0]["id"].to_string(), "principal": format!("key:{}", supervisor.id()),
        "name": "essai", "role": "superviseur", "address": "127.0.0.1",
    });
    assert_eq!(recorded().await, [expected]);
    let client = guarded.server.database.client().await;
    for change in [
        "UPDATE audit SET name = ''",
        "DELETE FROM audit",
        "TRUNCATE audit",
    ] {
        assert!(client.execute(change, &[]).await.is_err(), "{change}");
    }
    guarded.server.stop().await;
}
