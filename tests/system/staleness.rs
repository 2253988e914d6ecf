//! Screens show since when nothing new can have been stored.

use crate::{
    common::{
        client::Client,
        proxy::Line,
        readings::meal,
        server::{TestServer, ask, until},
    },
    outage::Distant,
};
use jiff::Timestamp;
use serde_json::Value;

fn since(stale: &Value) -> Timestamp {
    stale["since"].as_str().unwrap().parse().unwrap()
}

impl Distant {
    async fn screen(&self, path: &str) -> Client {
        Client::connect(self.app.address(), path).await
    }

    /// Stores one meal, so that the database is known to have answered now.
    async fn feed(&self, number: i32) -> Timestamp {
        let mut producer = self.screen("/ws/gavage").await;
        producer.next().await;
        assert_eq!(
            producer.ask(meal("LL2611001", 1, number)).await["type"],
            "ack"
        );
        producer.close().await;
        Timestamp::now()
    }

    async fn health_is(&self, status: u16) -> Value {
        until(&format!("/health is {status}"), async || {
            ask(self.app.address(), "/health").await.0 == status
        })
        .await;
        ask(self.app.address(), "/health").await.1
    }
}

#[actix_web::test]
async fn screens_learn_since_when_data_is_stale_and_when_it_is_fresh_again() {
    let distant = Distant::start(&[]).await;
    let mut screens = Vec::new();
    for path in ["/ws/realtime/", "/ws/gaveur/1", "/ws/gaveur/4"] {
        screens.push(distant.screen(path).await);
    }
    screens[0].next_of("snapshot").await;
    // A filter does not suppress `stale`.
    let filters = r#"{"type":"subscribe","filters":{"site_code":"MT","data_type":"sqal_only"}}"#;
    screens[0].send(filters).await;
    screens[0].next_of("subscribe_ack").await;
    let before = distant.feed(0).await;
    distant.proxy.set(Line::Cut);
    for screen in &mut screens {
        let stale = screen.next_of("stale").await;
        let after = Timestamp::now();
        // The database answered when it stored the meal, or at a later probe.
        let answered = before - jiff::SignedDuration::from_secs(1);
        assert!((answered..after).contains(&since(&stale)), "{stale}");
        assert!(since(&stale) < stale["timestamp"].as_str().unwrap().parse().unwrap());
        assert_eq!(stale.get("seq"), None, "it has no place in a stream");
    }
    distant.proxy.set(Line::To(distant.target.clone()));
    for screen in &mut screens {
        let fresh = screen.next_of("fresh").await;
        assert_eq!((fresh.get("seq"), fresh.get("since")), (None, None));
    }
    // The streams continue as if nothing had happened.
    distant.feed(1).await;
    assert_eq!(screens[1].next_of("gavage").await["seq"], 3);
    distant.end(screens).await;
}

#[actix_web::test]
async fn a_screen_that_comes_while_the_database_is_away_is_told_behind_its_snapshot() {
    let distant = Distant::start(&[]).await;
    distant.feed(0).await;
    distant.proxy.set(Line::Cut);
    let health = distant.health_is(503).await;
    let stale_since: Timestamp = health["stale_since"].as_str().unwrap().parse().unwrap();
    let mut realtime = distant.screen("/ws/realtime/").await;
    assert_eq!(realtime.next().await["type"], "connection_established");
    assert_eq!(realtime.next().await["lots"].as_array().unwrap().len(), 1);
    let mut gaveur = distant.screen("/ws/gaveur/1").await;
    for screen in [&mut realtime, &mut gaveur] {
        let stale = screen.next_of("stale").await;
        assert_eq!(since(&stale), stale_since);
        assert_eq!(
            stale.get("seq"),
            None,
            "it belongs to no place in the stream"
        );
    }
    distant.proxy.set(Line::To(distant.target.clone()));
    realtime.next_of("fresh").await;
    gaveur.next_of("fresh").await;
    assert_eq!(distant.health_is(200).await.get("stale_since"), None);
    distant.end([realtime, gaveur]).await;
}

#[actix_web::test]
async fn a_tab_that_was_away_when_the_database_came_back_learns_of_it_when_it_resumes() {
    let distant = Distant::start(&[]).await;
    let mut tab = distant.screen("/ws/gaveur/1?sid=a").await;
    let epoch = tab.next().await["epoch"].as_str().unwrap().to_owned();
    distant.proxy.set(Line::Cut);
    tab.next_of("stale").await;
    tab.close().await;
    let path = format!("/ws/gaveur/1?sid=a&epoch={epoch}&last_seq=0");
    let mut tab = distant.screen(&path).await;
    assert_eq!(tab.next().await["recovered"], true);
    assert_eq!(tab.next().await["type"], "stale");
    tab.close().await;
    distant.proxy.set(Line::To(distant.target.clone()));
    distant.health_is(200).await;
    let mut tab = distant.screen(&path).await;
    assert_eq!(tab.next().await["recovered"], true);
    assert_eq!(tab.next().await["type"], "fresh");
    distant.end([tab]).await;
}

#[actix_web::test]
async fn a_database_that_takes_no_writes_is_stale_once_and_not_again_with_every_probe() {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    producer.ask(meal("LL2611001", 1, 0)).await;
    let admin = server.database.client().await;
    let refuse = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100';
        END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON gavage_data EXECUTE FUNCTION full_disk()";
    admin.batch_execute(refuse).await.unwrap();
    producer.send(meal("LL2611001", 1, 1)).await;
    // Five attempts take longer than three probes.
    until("the writer has tried five times", async || {
        server.app().metrics().write_retries.get() >= 5
    })
    .await;
    let told = screen.so_far("stale").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(server.status("/health").await, 503);
    admin
        .batch_execute("DROP TRIGGER full_disk ON gavage_data")
        .await
        .unwrap();
    drop(admin);
    screen.next_of("fresh").await;
    producer.next_of("ack").await;
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn whoever_listens_to_notifications_is_not_shown_that_data_is_stale() {
    let distant = Distant::start(&[]).await;
    let mut notified = distant.screen("/ws/notifications/").await;
    let mut screen = distant.screen("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    distant.proxy.set(Line::Cut);
    screen.next_of("stale").await;
    let mut late = distant.screen("/ws/notifications/").await;
    distant.proxy.set(Line::To(distant.target.clone()));
    screen.next_of("fresh").await;
    // An alert about a dose goes to all, and must be the first frame that these two get.
    let mut producer = distant.screen("/ws/gavage").await;
    producer.next().await;
    let mut wrong = meal("LL2611001", 1, 0);
    wrong["dose_reelle"] = serde_json::json!(100.0);
    producer.ask(wrong).await;
    for listener in [&mut notified, &mut late] {
        let first = listener.next().await;
        assert!(first.get("title").is_some(), "{first}");
    }
    distant.end([notified, late, screen, producer]).await;
}
