//! With `--journal` the streams go on where the process before has left them.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        readings::{meal, with},
        server::{TestServer, settings, until},
    },
    sessions_support::store,
};
use gaveurs::app::Application;
use serde_json::{Value, json};

const JOURNAL: &[&str] = &["--journal"];

fn at(path: &str, epoch: &Value, last_seq: u64) -> String {
    let epoch = epoch.as_str().unwrap();
    format!("{path}?sid=a&epoch={epoch}&last_seq={last_seq}")
}

/// The numbered frames up to this position.
async fn frames_to(screen: &mut Client, last: u64) -> Vec<Value> {
    let mut frames = Vec::new();
    while frames.last().map(|frame: &Value| frame["seq"].as_u64()) != Some(Some(last)) {
        let frame = screen.next().await;
        if frame["seq"].is_u64() && frame["type"] != "snapshot" {
            frames.push(frame);
        }
    }
    frames
}

/// Every numbered frame until the connection ends.
async fn frames_to_the_end(mut screen: Client) -> Vec<Value> {
    let mut frames = Vec::new();
    while let Some(message) = screen.next_message().await {
        let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap_or_default();
        if frame["seq"].is_u64() && frame["type"] != "snapshot" {
            frames.push(frame);
        }
    }
    frames
}

/// Meals of three lots, the last of which raises an alert.
async fn feed(server: &TestServer) {
    let mut producer = server.connect("/ws/gavage").await;
    for number in 0..4 {
        for (lot, gaveur) in [("LL2611001", 7), ("LS2611001", 8), ("MT2611001", 9)] {
            store(&mut producer, lot, gaveur, number).await;
        }
    }
    let refused = with(meal("LL2611001", 7, 4), json!({"dose_reelle": 100.0}));
    producer.ask(refused).await;
    producer.close().await;
}

#[actix_web::test]
async fn a_tab_that_returns_after_a_restart_gets_exactly_what_it_missed() {
    let server = TestServer::start_with(JOURNAL).await;
    let mut wall = server.connect("/ws/realtime/?sid=wall").await;
    let epoch = wall.next().await["epoch"].clone();
    let gaveur = server.connect("/ws/gaveur/7?sid=gaveur").await;
    feed(&server).await;
    // The figures of sites have positions too.
    let mut of_wall = Vec::new();
    while of_wall
        .last()
        .is_none_or(|frame: &Value| frame["type"] != "site_stats")
    {
        let next = of_wall.len() as u64 + 1;
        of_wall.extend(frames_to(&mut wall, next).await);
    }
    let database = server.stop().await;
    of_wall.extend(frames_to_the_end(wall).await);
    let of_gaveur = frames_to_the_end(gaveur).await;
    assert!(of_gaveur.iter().any(|frame| frame["type"] == "alerte"));

    let server = TestServer::start_on(database, JOURNAL).await;
    let mut screens = Vec::new();
    for (path, all) in [("/ws/gaveur/7", &of_gaveur), ("/ws/realtime/", &of_wall)] {
        let last = all.len() as u64;
        let mut screen = server.connect(&at(path, &epoch, 2)).await;
        let resume = screen.next().await;
        let told = ["recovered", "epoch", "from"].map(|key| resume[key].clone());
        assert_eq!(told, [json!(true), epoch.clone(), json!(3)]);
        assert!(resume["to"].as_u64() >= Some(last), "{resume}");
        assert_eq!(frames_to(&mut screen, last).await, all[2..]);
        screens.push(screen);
    }

    // What comes now has the next positions.
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 5).await;
    let next = frames_to(&mut screens[0], of_gaveur.len() as u64 + 1).await;
    assert_eq!(next[0]["type"], "gavage");
    for client in screens.into_iter().chain([producer]) {
        client.close().await;
    }
    server.finish().await;
}

#[actix_web::test]
async fn the_snapshot_after_a_restart_is_of_the_same_epoch_and_has_the_position_that_was_reached() {
    let server = TestServer::start_with(JOURNAL).await;
    feed(&server).await;
    let shown = async |server: &TestServer| {
        let mut screen = server.connect("/ws/realtime/").await;
        let snapshot = screen.next_of("snapshot").await;
        screen.close().await;
        (snapshot["epoch"].clone(), snapshot["seq"].as_u64().unwrap())
    };
    let (epoch, seq) = shown(&server).await;
    assert!(seq >= 13, "{seq}");
    let server = TestServer::start_on(server.finish().await, JOURNAL).await;
    let (again, reached) = shown(&server).await;
    assert_eq!(again, epoch);
    assert!(reached >= seq, "{reached} is before {seq}");
    server.finish().await;
}

#[actix_web::test]
async fn a_tab_from_before_what_the_journal_holds_is_told_since_when_it_missed_and_positions_go_on()
{
    let flags = &["--journal", "--ring-age", "1s"];
    let server = TestServer::start_with(flags).await;
    let mut tab = server.connect("/ws/gaveur/7?sid=a").await;
    let epoch = tab.next().await["epoch"].clone();
    tab.close().await;
    feed(&server).await;
    until("the journal is trimmed", async || {
        let left = "SELECT count(*) FROM journal WHERE position < 13";
        server.count(left).await == 0
    })
    .await;
    let server = TestServer::start_on(server.finish().await, flags).await;
    let mut screen = server.connect(&at("/ws/gaveur/7", &epoch, 2)).await;
    let resume = screen.next().await;
    assert_eq!(
        (&resume["recovered"], &resume["reason"], &resume["epoch"]),
        (&json!(false), &json!("gap_too_long"), &epoch)
    );
    assert!(resume["missed_since"].is_string(), "{resume}");
    let last = resume["to"].as_u64().unwrap();
    // Five meals, the beginning of the lot, and an alert.
    assert_eq!(last, 7);
    let mut producer = server.connect("/ws/gavage").await;
    store(&mut producer, "LL2611001", 7, 5).await;
    assert_eq!(frames_to(&mut screen, last + 1).await.len(), 1);
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn what_was_published_without_the_journal_makes_every_earlier_position_unknown() {
    let server = TestServer::start_with(JOURNAL).await;
    let mut tab = server.connect("/ws/gaveur/7?sid=a").await;
    let epoch = tab.next().await["epoch"].clone();
    tab.close().await;
    feed(&server).await;
    let mut database = server.finish().await;
    for flags in [&[], JOURNAL] {
        let server = TestServer::start_on(database, flags).await;
        let mut screen = server.connect(&at("/ws/gaveur/7", &epoch, 2)).await;
        let resume = screen.next().await;
        assert_eq!(
            (&resume["recovered"], &resume["reason"]),
            (&json!(false), &json!("unknown_epoch"))
        );
        assert_ne!(resume["epoch"], epoch);
        assert_eq!(resume["to"], 0);
        screen.close().await;
        database = server.finish().await;
    }
}

#[actix_web::test]
async fn without_the_journal_nothing_is_written_into_it() {
    let server = TestServer::start().await;
    feed(&server).await;
    for table in ["journal", "journal_reperes", "journal_epoque"] {
        let rows = server.count(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(rows, 0, "{table}");
    }
    server.finish().await;
}

#[actix_web::test]
async fn an_entry_is_compressed_with_lz4_where_postgresql_has_it() {
    let database = TestDatabase::create().await;
    let sql = "SELECT attcompression = 'l' AS is_lz4, 'lz4' = ANY (enumvals) AS has_lz4
        FROM pg_attribute, (SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression') AS setting
        WHERE attrelid = 'journal'::regclass AND attname = 'corps'";
    let row = database.client().await.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, bool>("is_lz4"), row.get::<_, bool>("has_lz4"));
}

#[actix_web::test]
async fn a_tab_that_another_process_has_told_more_gets_only_what_comes_behind_its_position() {
    let server = TestServer::start_with(JOURNAL).await;
    let mut tab = server.connect("/ws/gaveur/7?sid=a").await;
    let epoch = tab.next().await["epoch"].clone();
    tab.close().await;
    let mut ahead = server.connect(&at("/ws/gaveur/7", &epoch, 3)).await;
    let resume = ahead.next().await;
    let told = ["recovered", "from", "to", "replayed"].map(|key| resume[key].clone());
    assert_eq!(told, [json!(true), json!(4), json!(3), json!(0)]);
    let mut producer = server.connect("/ws/gavage").await;
    for number in 0..5 {
        store(&mut producer, "LL2611001", 7, number).await;
    }
    // Five meals, and the beginning of the lot.
    let seqs: Vec<_> = frames_to(&mut ahead, 6).await;
    let seqs: Vec<_> = seqs.iter().map(|frame| &frame["seq"]).collect();
    assert_eq!(seqs, [4, 5, 6]);
    producer.close().await;
    ahead.close().await;
    server.finish().await;
}

/// A second process on the same database, as during a restart that overlaps.
async fn beside(database: &TestDatabase) -> Application {
    Application::build(&settings(&database.url(), JOURNAL))
        .await
        .unwrap()
}

#[actix_web::test]
async fn two_servers_that_overlap_show_the_same_frames_under_the_same_positions() {
    let server = TestServer::start_with(JOURNAL).await;
    let other = beside(&server.database).await;
    let mut here = server.connect("/ws/realtime/?sid=here").await;
    let mut there = Client::connect(other.address(), "/ws/realtime/?sid=there").await;
    assert_eq!(here.next().await["epoch"], there.next().await["epoch"]);
    let mut producers = [
        server.connect("/ws/gavage").await,
        Client::connect(other.address(), "/ws/gavage").await,
    ];
    for number in 0..6 {
        for producer in &mut producers {
            let gaveur = 7 + number % 2;
            let lot = ["LL2611001", "LS2611002"][number as usize % 2];
            let meal = meal(lot, gaveur, number / 2);
            assert_eq!(
                {
                    producer.send(meal).await;
                    producer.next_of("ack").await["type"].clone()
                },
                "ack"
            );
        }
    }
    // Six meals, shown once though both servers got them, and the beginnings of two lots.
    let (here_saw, there_saw) = (
        frames_to(&mut here, 8).await,
        frames_to(&mut there, 8).await,
    );
    assert_eq!(here_saw, there_saw);
    let positions: Vec<_> = here_saw
        .iter()
        .map(|frame| frame["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(positions, (1..=8).collect::<Vec<_>>());
    for client in [here, there].into_iter().chain(producers) {
        client.close().await;
    }
    other.stop().await.unwrap();
    server.finish().await;
}
