//! Recorded frames of a real simulator where they are available, otherwise frames of the same shape.

use crate::common::server::TestServer;
use serde_json::Value;
use std::path::PathBuf;

/// The folder with clients' recorded frames, beside the project and not part of it.
const RECORDED: &str = "../shared/fixtures/gavage_two_lots.jsonl";
const OWN: &str = "tests/frames/gavage_two_lots.jsonl";

fn frames(path: &str) -> Option<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

async fn every_frame_is_acked_stored_and_shown_as_it_was_sent(frames: Vec<String>) {
    let server = TestServer::start().await;
    let mut screen = server.connect("/ws/realtime/").await;
    screen.next_of("snapshot").await;
    let mut producer = server.connect("/ws/gavage").await;
    producer.next().await;
    for frame in &frames {
        let ack = producer.ask(frame).await;
        assert_eq!(
            (&ack["type"], &ack["status"]),
            (&"ack".into(), &"saved".into()),
            "{frame}"
        );
    }
    assert_eq!(
        server.count("SELECT count(*) FROM gavage_data").await,
        frames.len() as i64
    );
    assert_eq!(server.count("SELECT count(*) FROM lots_gavage").await, 2);
    let shown = screen.take("gavage_realtime", frames.len()).await;
    for (frame, shown) in frames.iter().zip(shown) {
        let mut sent: Value = serde_json::from_str(frame).unwrap();
        let flag = sent["pret_abattage"].as_bool().unwrap_or(false);
        sent["pret_abattage"] = flag.into();
        assert_eq!(shown["data"], sent);
    }
    producer.close().await;
    screen.close().await;
    server.finish().await;
}

#[actix_web::test]
async fn frames_of_the_recorded_shape_are_acked_stored_and_shown() {
    let frames = frames(OWN).expect("our own frames are part of the project");
    assert_eq!(frames.len(), 60);
    every_frame_is_acked_stored_and_shown_as_it_was_sent(frames).await;
}

#[actix_web::test]
async fn the_sixty_recorded_frames_are_acked_stored_and_shown() {
    let Some(frames) = frames(RECORDED) else {
        let required = std::env::var("GAVEURS_REQUIRE_SHARED").is_ok_and(|value| value == "1");
        assert!(!required, "{RECORDED} is required and not there");
        println!("skipped: {RECORDED} is not there");
        return;
    };
    assert_eq!(frames.len(), 60);
    every_frame_is_acked_stored_and_shown_as_it_was_sent(frames).await;
}
