//! `gaveurs keys`, and the key that a first start creates.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        server::{ask, until},
    },
    process::{Ended, Process, data_dir, reachable_directory},
};
use gaveurs::{
    domain::{access::Role, grant::Grant, key::Key, oidc::account::Account, site::Site},
    store::logins::{self, Requested, Term},
};
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Error;

async fn keys(url: &str, args: &[&str]) -> Ended {
    let line = [&["keys", "--database-url", url], args].concat();
    Process::start(&line).ended().await
}

fn id_of(key: &str) -> String {
    key.split('_').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_shown_once_with_its_address_and_listed_without_its_secret() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let station = [
        "create",
        "--role",
        "station",
        "--name",
        "quai 1",
        "--site",
        "LL",
        "--device",
        "ESP32_LL_01",
    ];
    let created = keys(&url, &station).await;
    assert_eq!(created.code, Some(0), "{:#?}", created.said);
    let key = created.stdout.trim();
    let told = created.said.join("\n");
    assert!(
        told.contains(&format!("ws://station:{key}@localhost:8000/ws/sensors/")),
        "{told}"
    );
    let listed = keys(&url, &["list"]).await.stdout;
    for part in [
        &id_of(key),
        "station",
        "quai 1",
        "valid",
        "site=LL",
        "device=ESP32_LL_01",
    ] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let secret = key.split('_').nth(2).unwrap();
    assert!(!listed.contains(secret), "{listed}");
}

#[tokio::test]
async fn a_login_is_listed_with_the_keys_and_revoked_as_one() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let login = Key::generate(&mut rand::rng());
    let account = Account {
        principal: "oidc:7f9c".to_owned(),
        name: "Anne Le Goff".to_owned(),
        grant: Grant {
            sites: [Site::Ll].into(),
            ..Grant::new(Role::Superviseur)
        },
    };
    let term = Term {
        lifetime: Duration::from_secs(3_600),
        renew_after: None,
        tokens: None,
    };
    let requested = Requested {
        request: 1,
        address: None,
    };
    let begun = logins::begin(database.pool(), &login, &account, None, &term, requested);
    begun.await.unwrap();
    let line = async || {
        let listed = keys(&url, &["list"]).await.stdout;
        listed
            .lines()
            .find(|line| line.starts_with(login.id()))
            .unwrap()
            .to_owned()
    };
    let listed = line().await;
    for part in [
        "superviseur",
        "Anne Le Goff",
        "valid until",
        "site=LL",
        "login",
    ] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    assert_eq!(keys(&url, &["revoke", login.id()]).await.code, Some(0));
    assert!(line().await.contains("revoked"));
    assert_eq!(keys(&url, &["revoke", login.id()]).await.code, Some(1));
    let recorded = "SELECT action, principal, object FROM audit ORDER BY id DESC LIMIT 1";
    let expected = json!({"action": "revoke_key", "principal": "operator", "object": login.id()});
    assert_eq!(database.rows(recorded).await, [expected]);
}

#[tokio::test]
async fn a_key_can_be_rotated_and_revoked_and_an_unknown_one_is_an_error_that_says_where_to_look() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let create = [
        "create",
        "--role",
        "metrics",
        "--name",
        "prometheus",
        "--expires",
        "365d",
    ];
    let first = id_of(&keys(&url, &create).await.stdout);
    let rotated = keys(&url, &["rotate", &first, "--grace", "2h"]).await;
    assert_eq!(rotated.code, Some(0), "{:#?}", rotated.said);
    let second = id_of(&rotated.stdout);
    assert_ne!(first, second);
    assert_eq!(keys(&url, &["revoke", &second]).await.code, Some(0));
    let listed = keys(&url, &["list"]).await.stdout;
    let line = |id: &str| {
        listed
            .lines()
            .find(|line| line.starts_with(id))
            .unwrap()
            .to_owned()
    };
    assert!(line(&first).contains("valid until"), "{listed}");
    assert!(line(&second).contains("revoked"), "{listed}");
    for action in [&["revoke", "nobodys1"][..], &["rotate", &second]] {
        let ended = keys(&url, action).await;
        assert_eq!(ended.code, Some(1));
        assert!(
            ended.said.join("\n").contains("gaveurs keys list"),
            "{:#?}",
            ended.said
        );
    }
}

#[tokio::test]
async fn a_key_whose_limits_do_not_belong_to_its_role_is_refused_with_the_flag_to_set() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let ended = keys(&url, &["create", "--role", "gaveur", "--name", "Jean"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.said.join("\n").contains("--gaveur 7"),
        "{:#?}",
        ended.said
    );
    let ended = keys(&url, &["create", "--role", "roi", "--name", "Jean"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.said.join("\n").contains("superviseur"),
        "{:#?}",
        ended.said
    );
}

#[tokio::test]
async fn a_first_start_with_authentication_shows_an_admins_key_once() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let serve = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--auth",
        "on",
        "--database-url",
        &url,
    ];
    let mut server = Process::start(&serve);
    let key = server.says("is shown only now: ").await;
    let address = server.address().await;
    assert_eq!(ask(address, "/api/lots").await.0, 401);
    let refused = Client::try_connect(address, "/ws/realtime/").await;
    assert!(matches!(refused, Err(Error::Http(_))));
    let mut screen = Client::connect(address, &format!("/ws/realtime/?key={key}")).await;
    screen.next_of("snapshot").await;
    server.terminate();
    server.ended().await;
    let mut again = Process::start(&serve);
    again.address().await;
    again.terminate();
    let ended = again.ended().await;
    let secret = key.split('_').nth(2).unwrap();
    assert!(!ended.said.join("\n").contains("gvk_"), "{:#?}", ended.said);
    assert!(!ended.said.join("\n").contains(secret));
}

#[tokio::test]
async fn a_key_is_made_while_a_server_uses_its_private_database_and_is_on_record() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let serve = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--auth",
        "on",
        "--data-dir",
        &data_dir,
    ];
    let mut server = Process::start(&serve);
    let address = server.address().await;
    let create = [
        "keys",
        "--data-dir",
        &data_dir,
        "create",
        "--role",
        "simulateur",
        "--name",
        "barn",
    ];
    let created = Process::start(&create).ended().await;
    assert_eq!(created.code, Some(0), "{:#?}", created.said);
    let path = format!("/ws/gavage?key={}", created.stdout.trim());
    until("the key is known", async || {
        Client::try_connect(address, &path).await.is_ok()
    })
    .await;
    let shown = Process::start(&["audit", "--data-dir", &data_dir])
        .ended()
        .await;
    let created = shown
        .stdout
        .lines()
        .filter(|line| line.contains("create_key"));
    assert_eq!(created.count(), 2, "{}", shown.stdout);
    assert!(shown.stdout.contains("operator"), "{}", shown.stdout);
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}
