//! A server whose journal has become another one, as after a fail-over of the database to a server that was behind.

use crate::{
    common::{
        client::Client,
        database::TestDatabase,
        readings::meal,
        server::{ask, until},
    },
    process::Process,
};

#[actix_web::test]
async fn a_server_whose_journal_is_another_one_begins_anew_at_the_same_address_and_says_so_to_every_tab()
 {
    let database = TestDatabase::create_bare().await;
    let url = database.url();
    let mut process = Process::start(&[
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &url,
        "--cluster",
        "--doubtful-clock-days",
        "36500",
    ]);
    let address = process.address().await;
    let mut screen = Client::connect(address, "/ws/realtime/?sid=a").await;
    let epoch = screen.next_of("snapshot").await["epoch"].clone();
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.send(meal("LL2611001", 7, 0)).await;
    producer.next_of("ack").await;
    let last = screen.next_of("gavage_realtime").await["seq"].clone();

    // The part of the epoch that is PostgreSQL's changes by itself.
    let client = database.client().await;
    let another = "UPDATE journal_epoque SET epoque = 'une autre'";
    client.batch_execute(another).await.unwrap();
    for client in [&mut screen, &mut producer] {
        let close = client.ended().await.unwrap();
        assert_eq!(u16::from(close.code), 1012);
    }
    process.says("the streams begin anew").await;
    assert_eq!(process.address().await, address);
    until("it is ready again", async || {
        ask(address, "/health/ready").await.0 == 200
    })
    .await;

    let path = format!(
        "/ws/realtime/?sid=a&epoch={}&last_seq={last}",
        epoch.as_str().unwrap()
    );
    let mut screen = Client::connect(address, &path).await;
    let resume = screen.next().await;
    assert_eq!(resume["recovered"], false, "{resume}");
    assert_eq!(resume["reason"], "unknown_epoch");
    assert_ne!(resume["epoch"], epoch);
    let snapshot = screen.next_of("snapshot").await;
    assert_eq!(snapshot["lots"][0]["code_lot"], "LL2611001");
    let mut producer = Client::connect(address, "/ws/gavage").await;
    producer.send(meal("LL2611001", 7, 1)).await;
    producer.next_of("ack").await;
    screen.next_of("gavage_realtime").await;
    for client in [screen, producer] {
        client.close().await;
    }
    process.terminate();
    assert_eq!(process.ended().await.code, Some(0));
}
