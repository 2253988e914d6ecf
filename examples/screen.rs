//! A screen: prints every meal that the server stores, and misses none when its connection breaks.
//!
//!     cargo run --example screen -- ws://127.0.0.1:8000/ws/realtime/

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{error::Error, time::Duration};
use tokio::time::{interval, sleep};
use tokio_tungstenite::{connect_async, tungstenite::Message};
use url::Url;

/// The position of this screen in the server's stream.
#[derive(Default)]
struct Position {
    /// Identifies the stream: a restarted server begins a new one.
    epoch: Option<String>,
    /// Every frame with data has a number; this is the last one received.
    seq: Option<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| "ws://127.0.0.1:8000/ws/realtime/".to_owned());
    // `sid` names this screen (in a browser: this tab). With it the server reports the position, from which the screen can resume.
    let sid = format!("screen-{}", std::process::id());
    let mut position = Position::default();
    loop {
        let mut address = Url::parse_with_params(&url, [("sid", &sid)])?;
        if let (Some(epoch), Some(seq)) = (&position.epoch, position.seq) {
            let mut query = address.query_pairs_mut();
            query.append_pair("epoch", epoch);
            query.append_pair("last_seq", &seq.to_string());
        }
        if let Err(error) = show(address.as_str(), &mut position).await {
            eprintln!("connection lost ({error}), again in a second");
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// Prints what arrives until the connection ends.
async fn show(address: &str, position: &mut Position) -> Result<(), Box<dyn Error>> {
    let (mut socket, _) = connect_async(address).await?;
    // Only meals, no samples of quality stations. Without a filter everything is sent.
    let subscribe = json!({"type": "subscribe", "filters": {"data_type": "gavage_only"}});
    socket.send(Message::text(subscribe.to_string())).await?;
    let mut beat = interval(Duration::from_secs(25));
    loop {
        let message = tokio::select! {
            message = socket.next() => message.ok_or("the server closed")??,
            // Not required by the protocol, but both sides notice a dead connection sooner.
            _ = beat.tick() => {
                socket.send(Message::text(r#"{"type":"heartbeat"}"#)).await?;
                continue;
            }
        };
        if !message.is_text() {
            continue;
        }
        let frame: Value = serde_json::from_str(message.to_text()?)?;
        match frame["type"].as_str() {
            // The first frame after reconnecting. If `recovered`, the missed frames follow; otherwise query the missed meals over REST.
            Some("resume") => {
                println!("recovered: {}", frame["recovered"]);
                position.epoch = frame["epoch"].as_str().map(str::to_owned);
                if frame["recovered"] == false {
                    position.seq = frame["to"].as_u64();
                }
            }
            // The lots being fed now, in one or more parts.
            Some("snapshot") => println!("lots: {}", frame["lots"].as_array().map_or(0, Vec::len)),
            Some("gavage_realtime") => print(&frame["data"]),
            // Ignore unknown types: new ones may be added.
            _ => {}
        }
        position.seq = frame["seq"].as_u64().or(position.seq);
    }
}

fn print(meal: &Value) {
    let text = |field| meal[field].as_str().unwrap_or("?");
    let (lot, moment) = (text("code_lot"), text("moment"));
    println!(
        "{lot} jour {} {moment}: {} g",
        meal["jour"], meal["dose_reelle"]
    );
}
