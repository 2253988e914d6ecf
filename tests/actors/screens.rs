//! What a session does with what it is told to show.

use crate::{
    common::raw::{CLOSE, TEXT},
    connection::{SETTINGS, screen},
};
use gaveurs::{
    domain::{
        audience::{Audience, Filter},
        stream::Published,
    },
    messages::supervisor_to_session::{CloseSession, ConfirmFilter, Deliver},
    telemetry::metrics::Reason,
    websocket::{Ending, encoder},
};

use std::sync::Arc;

fn frames(texts: std::ops::Range<usize>) -> Deliver {
    let frames = texts.map(|number| {
        Arc::new(Published {
            seq: number as u64,
            audience: Audience::Sites,
            frame: encoder::text(number.to_string().as_bytes()),
        })
    });
    Deliver {
        frames: frames.collect(),
    }
}

#[actix_web::test]
async fn frames_reach_the_peer_in_the_order_in_which_they_were_delivered() {
    let mut line = screen(SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..3));
    deliver.do_send(frames(3..5));
    for number in 0..5 {
        assert_eq!(
            line.next().await,
            Some((TEXT, number.to_string().into_bytes()))
        );
    }
}

#[actix_web::test]
async fn a_screen_whose_queue_is_full_is_cut_with_4408_and_what_it_missed_is_counted() {
    let mut line = screen(SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    let most = SETTINGS.outbox.frames;
    deliver.do_send(frames(0..most));
    assert!(line.closed.so_far().await.is_empty());
    deliver.do_send(frames(most..most + 3));
    line.closed.next().await;
    let (first, payload) = line.next().await.unwrap();
    assert_eq!(
        (first, u16::from_be_bytes([payload[0], payload[1]])),
        (CLOSE, 4408)
    );
    assert_eq!(line.next().await, None);
    let reason = Reason {
        reason: "slow_consumer",
    };
    let all = most + 3;
    assert_eq!(line.metrics.drops.get_or_create(&reason).get(), all as u64);
}

#[actix_web::test]
async fn a_filter_is_asked_for_and_confirmed_with_what_was_sent() {
    let mut line = screen(SETTINGS);
    line.send(
        TEXT,
        r#"{"type":"subscribe","filters":{"gaveur_id":"4", "x":[1]}}"#,
    );
    let asked = line.filters.next().await;
    assert_eq!(
        asked.filter,
        Filter {
            gaveur_id: Some(4),
            ..Filter::default()
        }
    );
    asked.confirm.do_send(ConfirmFilter { echo: asked.echo });
    let (_, ack) = line.next().await.unwrap();
    let ack = String::from_utf8(ack).unwrap();
    assert!(
        ack.starts_with(r#"{"type":"subscribe_ack""#)
            && ack.contains(r#""filters":{"gaveur_id":"4", "x":[1]}"#),
        "{ack}"
    );
}

#[actix_web::test]
async fn a_session_that_is_told_to_close_says_goodbye_once() {
    let mut line = screen(SETTINGS);
    let close = line.opened.next().await.close;
    for _ in 0..2 {
        close.do_send(CloseSession {
            ending: Ending::ServerShutdown,
        });
    }
    let (first, payload) = line.next().await.unwrap();
    assert_eq!(
        (first, u16::from_be_bytes([payload[0], payload[1]])),
        (CLOSE, 1012)
    );
    assert_eq!(line.next().await, None);
    assert_eq!(line.closed.so_far().await.len(), 1);
}
