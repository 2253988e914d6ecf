//! A screen: prints every meal that the server stores, and misses none when its connection breaks.
//!
//!     cargo run --example screen -- ws://127.0.0.1:8000/ws/realtime/

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{error::Error, time::Duration};
use tokio::time::{interval, sleep};
use tokio_tungstenite::{connect_async, tungstenite::Message};
use url::Url;

/// How far this screen is in the server's stream.
#[derive(Default)]
struct Position {
    /// Names the stream: a server that was started anew begins another.
    epoch: Option<String>,
    /// Every frame with data has a number; this is the last one we have.
    seq: Option<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| "ws://127.0.0.1:8000/ws/realtime/".to_owned());
    // `sid` names this screen (in a browser: this tab). Who gives one is told where he is, and can go on from there.
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

/// Prints what comes until the connection ends.
async fn show(address: &str, position: &mut Position) -> Result<(), Box<dyn Error>> {
    let (mut socket, _) = connect_async(address).await?;
    // Only meals, no samples of quality stations. Without a filter everything comes.
    let subscribe = json!({"type": "subscribe", "filters": {"data_type": "gavage_only"}});
    socket.send(Message::text(subscribe.to_string())).await?;
    let mut beat = interval(Duration::from_secs(25));
    loop {
        let message = tokio::select! {
            message = socket.next() => message.ok_or("the server closed")??,
            // Not needed by the protocol; it tells both sides early that the line is dead.
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
            // Comes first. When `recovered`, the frames that we missed follow; otherwise what we missed has to be asked over REST.
            Some("resume") => {
                println!("recovered: {}", frame["recovered"]);
                position.epoch = frame["epoch"].as_str().map(str::to_owned);
                if frame["recovered"] == false {
                    position.seq = frame["to"].as_u64();
                }
            }
            // What is fed at this moment, in one or more parts.
            Some("snapshot") => println!("lots: {}", frame["lots"].as_array().map_or(0, Vec::len)),
            Some("gavage_realtime") => print(&frame["data"]),
            // Unknown types are ignored: there will be more of them.
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
