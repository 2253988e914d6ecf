//! What screens are told of a committed batch.

use super::announcement;
use crate::{
    domain::{
        audience::Audience,
        lot::LotState,
        reading::{LifeMeal, Reading},
        stream::Topic,
        wall::WallLot,
    },
    messages::writer_to_supervisor::{News, Publication},
    protocol::frames,
    store::readings::Stored,
};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::HashMap;

/// A meal that came several times in the batch was committed once, with its last values: these are published.
/// Alerts follow the readings that changed them.
pub fn of_batch(readings: &[&Reading], stored: &Stored, now: Timestamp) -> News {
    let mut publications = Vec::with_capacity(readings.len() * 2);
    let mut data_of: HashMap<LifeMeal, (Bytes, bool)> = HashMap::with_capacity(readings.len());
    for meal in &stored.meals {
        let reading = readings[meal.place];
        let data = frames::reading_data(reading);
        publications.extend(of_reading(reading, &data, now));
        let is_history = reading.horodatage.douteux;
        data_of.insert((meal.lot_id, reading.position()), (data, is_history));
    }
    publications.extend(announcement::of_alerts(&stored.alerts, now));
    // A lot of which only earlier meals were corrected has not moved, and one that has ended is not shown again for a repeat.
    let is_news = |lot: &&LotState| !lot.statut.has_ended() || stored.changed.contains(&lot.id);
    let moved = stored.lots.iter().filter(is_news).filter_map(|lot| {
        let front = (lot.id, lot.position());
        let (data, is_history) = data_of.get(&front)?.clone();
        Some(WallLot {
            is_history,
            ..WallLot::new(lot, data, now)
        })
    });
    News {
        lots: moved.collect(),
        publications,
    }
}

fn of_reading(reading: &Reading, data: &Bytes, now: Timestamp) -> [Publication; 2] {
    let audience = Audience::Gavage {
        site: reading.site,
        code_lot: reading.code_lot.clone(),
        gaveur_id: reading.gaveur_id,
    };
    let supervision = Publication {
        topic: Topic::Realtime,
        audience: audience.clone(),
        open_frame: frames::data_frame("gavage_realtime", data, now),
    };
    let farmer = Publication {
        topic: Topic::Gaveur(reading.gaveur_id),
        audience,
        open_frame: frames::data_frame("gavage", data, now),
    };
    [supervision, farmer]
}
