//! The heartbeat of a session.

use crate::{
    common::raw::{self, CLOSE, TEXT},
    connection::{PING, PONG, SETTINGS, screen, screen_for},
};
use gaveurs::{
    actors::session::SessionSettings,
    domain::{
        identity::{Identity, Tab, TabId},
        stream::Topic,
        subscriptions::ConnectionId,
    },
};
use std::time::Duration;
use tokio::time::{Instant, advance, sleep};

/// Without screen pings the peer only sees the heartbeat.
const NO_SCREEN_PING: SessionSettings = SessionSettings {
    screen_ping_after: Duration::from_secs(86_400),
    ..SETTINGS
};

#[actix_web::test]
async fn a_ping_goes_out_at_every_interval_and_a_silent_peer_is_given_up_after_the_timeout() {
    let mut line = screen(NO_SCREEN_PING);
    let begun = Instant::now();
    for seconds in [20, 40] {
        assert_eq!(line.next().await, Some((PING, vec![])));
        assert_eq!(begun.elapsed().as_secs(), seconds);
    }
    assert_eq!(line.closed.next().await.cid, ConnectionId(7));
    assert_eq!(begun.elapsed().as_secs(), 60);
    // The peer is gone, so no Close frame is sent.
    assert_eq!(line.next().await, None);
}

#[actix_web::test]
async fn an_hour_of_heartbeats_is_kept_with_a_peer_that_only_answers_pings() {
    let mut line = screen(NO_SCREEN_PING);
    let begun = Instant::now();
    for number in 1..=180 {
        assert_eq!(line.next().await, Some((PING, vec![])));
        assert_eq!(begun.elapsed().as_secs(), number * 20);
        line.send(PONG, "");
    }
    assert!(line.closed.so_far().await.is_empty());
}

#[actix_web::test]
async fn a_peer_that_only_sends_and_answers_no_ping_is_not_closed() {
    let mut line = screen(NO_SCREEN_PING);
    for _ in 0..60 {
        sleep(Duration::from_secs(59)).await;
        line.send(TEXT, "bonjour");
        line.read_all().await;
    }
    assert!(line.closed.so_far().await.is_empty());
}

#[actix_web::test]
async fn any_frame_of_the_peer_is_a_sign_of_life() {
    let mut line = screen(NO_SCREEN_PING);
    let begun = Instant::now();
    for (first, payload) in [
        (PONG, ""),
        (PING, ""),
        (TEXT, "bonjour"),
        (0x82, "\u{1}"),
        (TEXT, r#"{"type":"heartbeat"}"#),
        (PONG, ""),
    ] {
        // Under a paused clock this takes no time: the peer is slow, not the process.
        sleep(Duration::from_secs(50)).await;
        line.send(first, payload);
        assert!(line.closed.so_far().await.is_empty());
        line.read_all().await;
    }
    line.closed.next().await;
    let lived = begun.elapsed();
    assert!(
        (Duration::from_secs(360)..Duration::from_secs(381)).contains(&lived),
        "{lived:?}"
    );
}

#[actix_web::test]
async fn a_ping_is_answered_with_its_payload_and_a_close_with_its_code() {
    let mut line = screen(SETTINGS);
    line.send(PING, "encore");
    assert_eq!(line.next().await, Some((PONG, b"encore".to_vec())));
    line.send(CLOSE, 1011u16.to_be_bytes());
    let (first, payload) = line.next().await.unwrap();
    assert_eq!((first, &payload[..2]), (CLOSE, &1011u16.to_be_bytes()[..]));
    assert_eq!(line.next().await, None);
    line.closed.next().await;
}

#[actix_web::test]
async fn a_screen_that_says_nothing_for_thirty_seconds_gets_a_ping_it_can_read() {
    let mut line = screen(SessionSettings {
        heartbeat_interval: Duration::from_secs(3_000),
        heartbeat_timeout: Duration::from_secs(6_000),
        ..SETTINGS
    });
    let begun = Instant::now();
    for seconds in [30, 60] {
        let (first, payload) = line.next().await.unwrap();
        let ping: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!((first, &ping["type"]), (TEXT, &"ping".into()));
        assert_eq!(begun.elapsed().as_secs(), seconds);
    }
    // A message of the screen ends the silence; a protocol Pong does not count as a message.
    sleep(Duration::from_secs(20)).await;
    line.send(TEXT, "bonjour");
    sleep(Duration::from_secs(20)).await;
    line.send(PONG, "");
    line.next().await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 110);
}

/// The browser tab of a topic.
fn tab(topic: Topic) -> Identity {
    Identity {
        user: None,
        tab: Some(Tab {
            sid: TabId::new("one").unwrap(),
            topic,
        }),
    }
}

/// Without frames of the heartbeat for 50 minutes.
const QUIET: SessionSettings = SessionSettings {
    heartbeat_interval: Duration::from_secs(3_000),
    heartbeat_timeout: Duration::from_secs(6_000),
    ..NO_SCREEN_PING
};

async fn gets_a_sign_of_life_every_ten_seconds(topic: Topic) {
    let mut line = screen_for(tab(topic), topic, QUIET);
    let begun = Instant::now();
    for number in 1..=6 {
        let (first, payload) = line.next().await.unwrap();
        let beat: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!((first, &beat["type"]), (TEXT, &"beat".into()));
        assert_eq!(beat["every_ms"], 10_000);
        assert_eq!(begun.elapsed().as_secs(), number * 10);
    }
}

#[actix_web::test]
async fn a_tab_of_supervision_gets_a_sign_of_life_every_ten_seconds() {
    gets_a_sign_of_life_every_ten_seconds(Topic::Realtime).await;
}

#[actix_web::test]
async fn a_tab_of_a_gaveur_gets_a_sign_of_life_every_ten_seconds() {
    gets_a_sign_of_life_every_ten_seconds(Topic::Gaveur(1)).await;
}

#[actix_web::test]
async fn an_older_screen_gets_no_sign_of_life() {
    let mut line = screen(QUIET);
    let begun = Instant::now();
    assert_eq!(line.next().await, Some((PING, vec![])));
    assert_eq!(begun.elapsed().as_secs(), 3_000);
}

#[actix_web::test]
async fn notifications_get_no_sign_of_life_because_their_client_shows_every_frame() {
    let topic = Topic::Notifications;
    let mut line = screen_for(tab(topic), topic, QUIET);
    let begun = Instant::now();
    assert_eq!(line.next().await, Some((PING, vec![])));
    assert_eq!(begun.elapsed().as_secs(), 3_000);
}

#[actix_web::test]
async fn after_a_pause_of_the_process_a_peer_is_asked_before_it_is_given_up() {
    let mut line = screen(NO_SCREEN_PING);
    assert_eq!(line.next().await, Some((PING, vec![])));
    line.send(PONG, "");
    assert!(line.closed.so_far().await.is_empty());
    for _ in 0..5 {
        // Every timer fires an hour late.
        advance(Duration::from_secs(3_600)).await;
        assert_eq!(line.next().await, Some((PING, vec![])));
        line.send(PONG, "");
        assert!(line.closed.so_far().await.is_empty());
    }
}

#[actix_web::test]
async fn a_peer_that_does_not_answer_after_a_pause_of_the_process_is_given_up_all_the_same() {
    let mut line = screen(NO_SCREEN_PING);
    assert_eq!(line.next().await, Some((PING, vec![])));
    advance(Duration::from_secs(3_600)).await;
    let back = Instant::now();
    assert_eq!(line.next().await, Some((PING, vec![])));
    line.closed.next().await;
    assert!((20..=60).contains(&back.elapsed().as_secs()));
}

#[actix_web::test]
async fn bytes_of_an_unfinished_frame_keep_a_peer_from_a_hundred_a_second_on() {
    let mut line = screen(NO_SCREEN_PING);
    line.send_bytes(raw::header(TEXT, 20_000));
    for _ in 0..18 {
        sleep(Duration::from_secs(10)).await;
        line.send_bytes(vec![b'x'; 1_000]);
        line.read_all().await;
    }
    assert!(line.closed.so_far().await.is_empty());
    // Fewer bytes do not count as a sign of life; otherwise a byte a minute would keep a connection open.
    let slow = Instant::now();
    while line.closed.so_far().await.is_empty() {
        assert!(slow.elapsed().as_secs() < 120);
        line.send_bytes(vec![b'x'; 10]);
        line.read_all().await;
        sleep(Duration::from_secs(10)).await;
    }
}
