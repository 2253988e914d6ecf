use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        readings::{meal, with},
    },
    process::{Process, data_dir, reachable_directory},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[tokio::test]
async fn a_server_with_a_private_database_says_its_address_once_and_ends_in_order_at_sigterm() {
    let directory = reachable_directory();
    let data_dir = data_dir(&directory);
    let mut server = Process::start(&["serve", "--bind", "127.0.0.1:0", "--data-dir", &data_dir]);
    let address = server.address().await;
    assert_ne!(address.port(), 0);
    let mut screen = Client::connect(address, "/ws/realtime/").await;
    screen.next_of("snapshot").await;

    server.terminate();
    let goodbye = screen.ended().await.expect("a Close frame comes");
    assert_eq!(goodbye.code, CloseCode::Restart);
    assert_eq!(u16::from(goodbye.code), 1012);
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.said);
    let warned: Vec<_> = ended
        .said
        .iter()
        .filter(|line| line.contains("WARN"))
        .collect();
    assert!(warned.is_empty(), "{warned:#?}");
    let naming = ended.said.iter().filter(|line| line.contains("http://"));
    assert_eq!(naming.count(), 1, "{:#?}", ended.said);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_producer_whose_naive_times_are_whole_hours_off_is_named_once_with_the_setting_to_change()
{
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let args = [
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--zone",
        "Asia/Tokyo",
        "--database-url",
        &url,
    ];
    let mut server = Process::start(&args);
    let address = server.address().await;
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.next().await;
    for number in 0..6 {
        // The local time of a machine in UTC.
        let said = jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%S%.6f")
            .to_string();
        let message = with(
            meal("LL2611001", 7, number),
            serde_json::json!({"timestamp": said}),
        );
        assert_eq!(producer.ask(message).await["type"], "ack");
    }
    producer.close().await;
    server.terminate();
    let ended = server.ended().await;
    let naming: Vec<_> = ended
        .said
        .iter()
        .filter(|line| line.contains("the times of gaveur 7 have no zone"))
        .collect();
    assert_eq!(naming.len(), 1, "{:#?}", ended.said);
    assert!(
        naming[0].contains("9 h behind") && naming[0].contains("Asia/Tokyo"),
        "{naming:?}"
    );
    assert!(naming[0].contains("--zone (GAVEURS_ZONE)"), "{naming:?}");
}

#[tokio::test]
async fn settings_come_from_the_environment_too() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let environment = [("GAVEURS_BIND", "127.0.0.1:0"), ("DATABASE_URL", &url)];
    let mut server = Process::start_with(&["serve"], &environment);
    let address = server.address().await;
    Client::connect(address, "/ws/realtime").await.close().await;
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

#[tokio::test]
async fn sigterm_also_ends_a_server_that_still_waits_for_its_database() {
    let silent_database = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "postgres://nobody@{}/nothing",
        silent_database.local_addr().unwrap()
    );
    let args = ["--bind", "127.0.0.1:0", "--connect-timeout", "1h"];
    let server = Process::start(&[&["serve", "--database-url", &url], &args[..]].concat());
    let _waiting = silent_database.accept().await.unwrap();
    server.terminate();
    assert_eq!(server.ended().await.code, Some(0));
}

#[tokio::test]
async fn a_server_that_is_open_to_all_warns_at_each_start() {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let open = ["--bind", "0.0.0.0:0", "--auth", "open"];
    let args = [&["serve", "--database-url", &url][..], &open].concat();
    for _ in 0..2 {
        let mut server = Process::start(&args);
        server.address().await;
        server.says("everybody who reaches 0.0.0.0:").await;
        server.terminate();
        assert_eq!(server.ended().await.code, Some(0));
    }
}
