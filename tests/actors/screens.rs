//! How a session sends what is delivered to it.

use crate::{
    common::raw::{CLOSE, TEXT},
    connection::{Line, SETTINGS, screen, screen_of},
};
use gaveurs::{
    actors::session::SessionSettings,
    domain::{
        audience::{Audience, Filter},
        stream::{Published, Topic},
    },
    messages::supervisor_to_session::{CloseSession, ConfirmFilter, Deliver},
    telemetry::metrics::Reason,
    websocket::{Capacity, Ending, encoder},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, advance, sleep};

/// Figures of the sites; a slow screen needs only the newest.
fn frames(texts: std::ops::Range<usize>) -> Deliver {
    let frames = texts.map(|number| {
        Arc::new(Published {
            // Streams begin at 1.
            seq: number as u64 + 1,
            audience: Audience::Sites(None),
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
async fn a_farmer_s_screen_that_reads_nothing_is_cut_with_4408_a_while_after_its_queue_was_full() {
    reads_nothing(Topic::Gaveur(1)).await;
}

#[actix_web::test]
async fn a_supervision_screen_that_reads_nothing_is_cut_with_4408_all_the_same() {
    reads_nothing(Topic::Realtime).await;
}

#[actix_web::test]
async fn a_screen_that_reads_a_little_now_and_then_is_not_cut() {
    let mut line = screen(SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..4_000));
    for _ in 0..20 {
        sleep(SETTINGS.stall_timeout * 9 / 10).await;
        for _ in 0..SETTINGS.outbox.frames {
            line.next().await.unwrap();
        }
    }
    assert!(line.closed.so_far().await.is_empty());
}

#[actix_web::test]
async fn what_the_kernel_took_from_a_full_queue_does_not_keep_a_deaf_screen_for_another_time_out() {
    // The kernel accepts only one chunk of so many frames, which does not empty half of the queue.
    let outbox = Capacity {
        frames: 10_000,
        bytes: 1 << 20,
    };
    let mut line = screen(SessionSettings { outbox, ..SETTINGS });
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..outbox.frames + 3));
    let full = Instant::now();
    sleep(SETTINGS.stall_timeout / 20).await;
    line.next().await.unwrap();
    assert_eq!(line.closed.next().await.ending, Ending::SlowConsumer);
    let latest = SETTINGS.stall_timeout + SETTINGS.stall_timeout / 5;
    let cut_after = full.elapsed();
    assert!(
        (SETTINGS.stall_timeout..latest).contains(&cut_after),
        "{cut_after:?}"
    );
}

async fn reads_nothing(topic: Topic) {
    let mut line = screen_of(topic, SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    let most = SETTINGS.outbox.frames;
    deliver.do_send(frames(0..most));
    assert!(line.closed.so_far().await.is_empty());
    let full = Instant::now();
    deliver.do_send(frames(most..most + 3));
    let closed = line.closed.next().await;
    assert_eq!(closed.ending, Ending::SlowConsumer);
    let cut_after = full.elapsed();
    let late = Duration::from_millis(5);
    assert!((SETTINGS.stall_timeout..SETTINGS.stall_timeout + late).contains(&cut_after));
    let (first, payload) = line.next().await.unwrap();
    assert_eq!(
        (first, u16::from_be_bytes([payload[0], payload[1]])),
        (CLOSE, 4408)
    );
    assert_eq!(line.next().await, None);
    let reason = Reason {
        reason: "slow_consumer",
    };
    assert!(line.metrics.drops.get_or_create(&reason).get() > most as u64);
}

#[actix_web::test]
async fn the_heartbeat_of_a_stalled_peer_goes_on_until_it_is_cut() {
    let settings = SessionSettings {
        heartbeat_timeout: Duration::from_secs(40),
        stall_timeout: Duration::from_secs(3_600),
        ..SETTINGS
    };
    let mut line = screen(settings);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..100));
    let begun = Instant::now();
    assert_eq!(line.closed.next().await.ending, Ending::PingTimeout);
    assert_eq!(begun.elapsed().as_secs(), 40);
}

#[actix_web::test]
async fn a_farmer_who_catches_up_in_time_gets_every_frame() {
    let mut line = screen(SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..100));
    sleep(SETTINGS.stall_timeout / 2).await;
    for number in 0..100 {
        let (_, text) = line.next().await.unwrap();
        assert_eq!(text, number.to_string().into_bytes());
    }
    sleep(SETTINGS.stall_timeout * 2).await;
    assert!(line.closed.so_far().await.is_empty());
}

#[actix_web::test]
async fn a_supervisor_who_catches_up_is_told_of_the_gap_and_gets_what_is_newest() {
    let mut line = screen_of(Topic::Realtime, SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..100));
    sleep(SETTINGS.stall_timeout / 2).await;
    for number in 0..SETTINGS.outbox.frames {
        let (_, text) = line.next().await.unwrap();
        assert_eq!(text, number.to_string().into_bytes());
    }
    let (_, gap) = line.next().await.unwrap();
    let gap: serde_json::Value = serde_json::from_slice(&gap).unwrap();
    assert_eq!(
        (&gap["type"], &gap["from"], &gap["to"]),
        (&"gap".into(), &9.into(), &99.into())
    );
    assert_eq!(line.next().await, Some((TEXT, b"99".to_vec())));
    let reason = Reason {
        reason: "replaced_by_newer",
    };
    assert_eq!(line.metrics.drops.get_or_create(&reason).get(), 91);
}

#[actix_web::test]
async fn a_farmer_for_whom_too_much_waits_is_cut_at_once() {
    let mut line = screen(SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    let begun = Instant::now();
    deliver.do_send(frames(0..10_000));
    assert_eq!(line.closed.next().await.ending, Ending::SlowConsumer);
    assert!(begun.elapsed() < SETTINGS.stall_timeout);
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

/// The text of the next frame.
async fn next_text(line: &mut Line) -> String {
    let (first, payload) = line.next().await.unwrap();
    assert_eq!(first, TEXT);
    String::from_utf8(payload).unwrap()
}

/// The last frames that a slow screen gets when it changes its filter: an old frame, the confirmation, a new frame.
async fn seen_around_a_confirmation(topic: Topic) -> Vec<String> {
    let mut line = screen_of(topic, SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    // More than its queue holds.
    deliver.do_send(frames(0..20));
    line.send(TEXT, r#"{"type":"subscribe","filters":{"gaveur_id":4}}"#);
    let asked = line.filters.next().await;
    asked.confirm.do_send(ConfirmFilter { echo: asked.echo });
    deliver.do_send(frames(20..21));
    let mut seen = Vec::new();
    while seen.last().is_none_or(|text| text != "20") {
        let text = next_text(&mut line).await;
        match serde_json::from_str::<serde_json::Value>(&text).unwrap()["type"].as_str() {
            Some("gap") => {}
            Some(kind) => seen.push(kind.to_owned()),
            None => seen.push(text),
        }
    }
    seen.split_off(seen.len() - 3)
}

#[actix_web::test]
async fn on_a_slow_screen_too_a_new_filter_is_confirmed_behind_the_last_frame_under_the_old_one() {
    let seen = seen_around_a_confirmation(Topic::Gaveur(1)).await;
    assert_eq!(seen, ["19", "subscribe_ack", "20"]);
}

#[actix_web::test]
async fn where_only_the_newest_counts_a_filter_is_confirmed_before_the_first_frame_under_the_new_one()
 {
    // The figures of the sites at 19 were replaced by those at 20.
    let seen = seen_around_a_confirmation(Topic::Realtime).await;
    assert_eq!(seen, ["7", "subscribe_ack", "20"]);
}

#[actix_web::test]
async fn a_screen_has_one_wish_for_a_filter_at_a_time() {
    let mut line = screen(SETTINGS);
    for gaveur in [4, 5] {
        line.send(
            TEXT,
            format!(r#"{{"type":"subscribe","filters":{{"gaveur_id":{gaveur}}}}}"#),
        );
    }
    let first = line.filters.next().await;
    assert!(line.filters.so_far().await.is_empty());
    first.confirm.do_send(ConfirmFilter { echo: first.echo });
    assert_eq!(line.filters.next().await.filter.gaveur_id, Some(5));
}

#[actix_web::test]
async fn a_screen_for_whom_too_many_bytes_of_answers_wait_is_cut() {
    let outbox = Capacity {
        frames: 8,
        bytes: 64 * 1024,
    };
    let mut line = screen(SessionSettings { outbox, ..SETTINGS });
    let wish = format!(
        r#"{{"type":"subscribe","filters":{{"x":"{}"}}}}"#,
        "x".repeat(16_000)
    );
    let mut answers = 0;
    while line.closed.so_far().await.is_empty() {
        line.send(TEXT, &wish);
        let asked = line.filters.next().await;
        asked.confirm.do_send(ConfirmFilter { echo: asked.echo });
        answers += 1;
        assert!(answers < 30, "nothing bounds what waits");
    }
    assert!(answers > 10, "{answers}");
}

#[actix_web::test]
async fn a_pause_of_the_process_is_not_held_against_a_slow_screen() {
    let mut line = screen(SETTINGS);
    let deliver = line.opened.next().await.listens.unwrap().deliver;
    deliver.do_send(frames(0..40));
    assert!(line.closed.so_far().await.is_empty());
    advance(Duration::from_secs(60)).await;
    assert!(line.closed.so_far().await.is_empty());
    for number in 0..40 {
        assert_eq!(next_text(&mut line).await, number.to_string());
    }
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
