//! A producer: sends two meals of one lot to the server and waits until each is stored.
//!
//!     cargo run --example producer -- ws://127.0.0.1:8000/ws/gavage
//!
//! docs/GLOSSARY.md explains the words; /docs/ of a running server describes the messages.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::error::Error;
use tokio_tungstenite::{connect_async, tungstenite::Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| "ws://127.0.0.1:8000/ws/gavage".to_owned());
    let (mut socket, _) = connect_async(url).await?;

    for moment in ["matin", "soir"] {
        // One frame is one meal: a lot (`code_lot`) is fed twice a day (`jour`, `moment`). Doses are grams of maize for each duck.
        let meal = json!({
            "code_lot": "LL2512901", "gaveur_id": 901, "gaveur_nom": "Jean Dupont", "site": "LL", "genetique": "Mulard",
            "jour": 0, "moment": moment, "dose_theorique": 240, "dose_reelle": 238.5, "poids_moyen": 4210,
            "nb_canards_vivants": 1024, "taux_mortalite": 0.2, "temperature_stabule": 21.5, "humidite_stabule": 62,
            "timestamp": jiff::Timestamp::now().to_string(),
        });
        socket.send(Message::text(meal.to_string())).await?;

        // The server sends a welcome first, then one answer per meal, in order.
        let answer = loop {
            let message = socket.next().await.ok_or("the server went away")??;
            if !message.is_text() {
                continue;
            }
            let frame: Value = serde_json::from_str(message.to_text()?)?;
            if frame["type"] != "connection_established" {
                break frame;
            }
        };
        match answer["type"].as_str() {
            // The meal is in the database. Without an ack, send it again: the same meal twice is stored once.
            Some("ack") => println!("stored: {moment}"),
            // `error` is a sentence. With `retry_after_ms` the server could not store the meal now: send it again after that time.
            _ => println!("refused: {moment}: {}", answer["error"]),
        }
    }
    socket.close(None).await?;
    Ok(())
}
