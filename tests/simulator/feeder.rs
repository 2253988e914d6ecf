use crate::fake_server::{FakeServer, day};
use futures_util::{StreamExt, stream};
use gaveurs::{
    domain::{horodatage::Horodatage, moment::Moment, reading::Reading, site::Site},
    simulator::feeder::{Event, Feeder, Patience, Summary, backoff::Backoff},
};
use jiff::Timestamp;
use serde_json::json;
use std::{future::pending, time::Duration};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_tungstenite::tungstenite::Message;

fn reading(jour: i32) -> Reading {
    Reading {
        code_lot: "LL2611001".to_owned(),
        gaveur_id: 1,
        gaveur_nom: "Jean Martin".to_owned(),
        site: Site::Ll,
        genetique: "Mulard".to_owned(),
        jour,
        moment: Moment::Matin,
        dose_theorique: Some(400.0),
        dose_reelle: 401.0,
        poids_moyen: None,
        nb_canards_vivants: None,
        taux_mortalite: None,
        temperature_stabule: None,
        humidite_stabule: None,
        horodatage: Horodatage::at(Timestamp::UNIX_EPOCH),
        pret_abattage: false,
        simule: true,
        correction: false,
        take_over: Default::default(),
    }
}

fn patience() -> Patience {
    Patience {
        backoff: Backoff::new(Duration::from_millis(5), Duration::from_millis(20)),
        ..Patience::default()
    }
}

/// The events of a run, as texts.
type Journal = mpsc::UnboundedReceiver<String>;

fn words(event: &Event<'_>) -> String {
    match event {
        Event::Connected => "connected".to_owned(),
        Event::Disconnected { .. } => "disconnected".to_owned(),
        Event::Acked(reading) => format!("acked {}", reading.jour),
        Event::Postponed { reading, .. } => format!("postponed {}", reading.jour),
        Event::Refused { reading, sentence } => format!("refused {}: {sentence}", reading.jour),
        Event::DamageRefused { sentence } => format!("damage refused: {sentence}"),
    }
}

/// Feeds the days 0…count−1, all due at once.
fn feed(
    server: &FakeServer,
    window: usize,
    count: i32,
    patience: Patience,
) -> (JoinHandle<Summary>, Journal) {
    let (journal, journal_end) = mpsc::unbounded_channel();
    let feeder = Feeder::new(server.url(), window).with_patience(patience);
    let readings = stream::iter((0..count).map(reading));
    let run = feeder.run(readings, pending(), move |event, _| {
        let _ = journal.send(words(&event));
    });
    (tokio::spawn(run), journal_end)
}

async fn finished(run: JoinHandle<Summary>) -> Summary {
    timeout(Duration::from_secs(10), run)
        .await
        .expect("the run ends")
        .unwrap()
}

fn acked(mut journal: Journal) -> Vec<String> {
    let said = std::iter::from_fn(|| journal.try_recv().ok());
    said.filter(|word| word.starts_with("acked")).collect()
}

fn all_acked(count: usize) -> Vec<String> {
    (0..count).map(|day| format!("acked {day}")).collect()
}

#[tokio::test]
async fn every_reading_is_acked_once_and_the_connection_is_closed_in_order() {
    let server = FakeServer::start().await;
    let (run, journal) = feed(&server, 4, 20, patience());
    let days = server.accept().await.serve().await;
    assert_eq!(days, (0..20).collect::<Vec<_>>());
    let summary = finished(run).await;
    assert_eq!(
        summary,
        Summary {
            sent: 20,
            acked: 20,
            ..Summary::default()
        }
    );
    assert_eq!(acked(journal), all_acked(20));
}

#[tokio::test]
async fn no_more_than_the_window_is_unanswered() {
    let server = FakeServer::start().await;
    let (run, _journal) = feed(&server, 3, 5, patience());
    let mut connection = server.accept().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(connection.reading().await.unwrap());
    }
    // A fourth reading would arrive before the Pong to this Ping.
    connection.ping().await;
    assert!(matches!(connection.next().await, Some(Message::Pong(_))));
    connection.ack(&held[0]).await;
    assert_eq!(day(&connection.reading().await.unwrap()), 3);
    run.abort();
}

#[tokio::test]
async fn after_a_dropped_connection_the_unanswered_are_sent_again_in_order() {
    let server = FakeServer::start().await;
    let (run, journal) = feed(&server, 8, 12, patience());
    let mut first = server.accept().await;
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(first.reading().await.unwrap());
    }
    for reading in &held[..3] {
        first.ack(reading).await;
    }
    // The next three arrive because three were acked; then the connection breaks without a Close.
    assert_eq!(first.hold(3).await, [8, 9, 10]);
    drop(first);
    assert_eq!(
        server.accept().await.serve().await,
        (3..12).collect::<Vec<_>>()
    );
    let summary = finished(run).await;
    let expected = Summary {
        sent: 12,
        acked: 12,
        retried: 8,
        reconnections: 1,
        ..Summary::default()
    };
    assert_eq!(summary, expected);
    assert_eq!(acked(journal), all_acked(12));
}

#[tokio::test]
async fn a_server_that_turns_everybody_away_is_tried_until_it_listens() {
    let server = FakeServer::start().await;
    let (run, mut journal) = feed(&server, 8, 2, patience());
    for _ in 0..4 {
        server.turn_away().await;
        assert_eq!(journal.recv().await.unwrap(), "disconnected");
    }
    assert_eq!(server.accept().await.serve().await, [0, 1]);
    assert_eq!(finished(run).await.acked, 2);
}

#[tokio::test]
async fn withheld_acks_end_the_connection_and_the_readings_go_again() {
    let impatient = Patience {
        answer: Duration::from_secs(1),
        ..patience()
    };
    let server = FakeServer::start().await;
    let (run, journal) = feed(&server, 4, 4, impatient);
    let mut silent = server.accept().await;
    assert_eq!(silent.hold(4).await, [0, 1, 2, 3]);
    assert_eq!(server.accept().await.serve().await, [0, 1, 2, 3]);
    let summary = finished(run).await;
    assert_eq!(
        (summary.acked, summary.retried, summary.reconnections),
        (4, 4, 1)
    );
    assert_eq!(acked(journal), all_acked(4));
}

#[tokio::test]
async fn an_error_with_a_hint_is_tried_again_and_one_without_is_a_refusal() {
    let server = FakeServer::start().await;
    let (run, mut journal) = feed(&server, 3, 3, patience());
    let mut connection = server.accept().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(connection.reading().await.unwrap());
    }
    connection
        .send(
            json!({"type": "error", "error": "no database", "data": held[0], "retry_after_ms": 20}),
        )
        .await;
    // This error names no reading: answers come in order, so it concerns the oldest unanswered one.
    connection
        .send(json!({"type": "error", "error": "field `jour` is odd", "data": "{cut"}))
        .await;
    connection.ack(&held[2]).await;
    assert_eq!(connection.serve().await, [0]);
    let summary = finished(run).await;
    let expected = Summary {
        sent: 3,
        acked: 2,
        retried: 1,
        refused: 1,
        ..Summary::default()
    };
    assert_eq!(summary, expected);
    let said: Vec<_> = std::iter::from_fn(|| journal.try_recv().ok()).collect();
    assert_eq!(
        said,
        [
            "connected",
            "postponed 0",
            "refused 1: field `jour` is odd",
            "acked 2",
            "acked 0"
        ]
    );
}

#[tokio::test]
async fn asked_to_stop_it_waits_for_the_last_answers_and_takes_nothing_more() {
    let server = FakeServer::start().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let endless = stream::iter((0..).map(reading)).take(1_000);
    let run = Feeder::new(server.url(), 2).with_patience(patience()).run(
        endless,
        async { stopped.await.unwrap() },
        |_, _| {},
    );
    let run = tokio::spawn(run);
    let mut connection = server.accept().await;
    let held = [
        connection.reading().await.unwrap(),
        connection.reading().await.unwrap(),
    ];
    stop.send(()).unwrap();
    // The Pong shows that the client has run, and has seen the stop request, before the acks make room.
    connection.ping().await;
    assert!(matches!(connection.next().await, Some(Message::Pong(_))));
    for reading in &held {
        connection.ack(reading).await;
    }
    assert_eq!(connection.serve().await, Vec::<i64>::new());
    assert_eq!(
        finished(run).await,
        Summary {
            sent: 2,
            acked: 2,
            ..Summary::default()
        }
    );
}

#[tokio::test]
async fn asked_to_stop_without_a_server_it_ends_and_counts_what_is_unacked() {
    let server = FakeServer::start().await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let run = tokio::spawn(Feeder::new(server.url(), 2).with_patience(patience()).run(
        stream::iter((0..5).map(reading)),
        async { stopped.await.unwrap() },
        |_, _| {},
    ));
    server.accept().await.hold(2).await;
    drop(server);
    stop.send(()).unwrap();
    let summary = finished(run).await;
    assert_eq!((summary.sent, summary.acked, summary.unacked), (2, 0, 2));
}
