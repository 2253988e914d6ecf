//! The frames that screens get about a committed batch.

use super::announcement;
use crate::{
    domain::{
        audience::Audience,
        lot::LotState,
        reading::{LifeMeal, Reading},
        stream::Topic,
        wall::{MealEcart, WallLot},
    },
    messages::writer_to_supervisor::{Publication, ToPublish},
    protocol::frames::{At, EncodedReading, OpenFrame, ServerFrame},
    store::readings::StoredReadings,
};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// A meal that occurs several times in the batch was committed once, with its last values, which are published. Lots' steps and alerts
/// follow the readings that made them.
pub fn of_batch(readings: &[&Reading], stored: &StoredReadings, now: Timestamp) -> ToPublish {
    let mut publications = Vec::with_capacity(readings.len() * 2);
    let mut published: HashMap<LifeMeal, &Reading> = HashMap::with_capacity(readings.len());
    for meal in &stored.meals {
        let reading = readings[meal.index];
        publications.extend(of_reading(reading, now));
        published.insert((meal.lot_id, reading.position()), reading);
    }
    publications.extend(announcement::of_transitions(&stored.transitions, now));
    publications.extend(announcement::of_alerts(&stored.alerts, now));
    // If only earlier meals of a lot were corrected, its card has not changed; an ended lot is not shown again for a repeat.
    let is_shown = |lot: &&LotState| !lot.statut.has_ended() || stored.changed.contains(&lot.id);
    let moved = stored.lots.iter().filter(is_shown).filter_map(|lot| {
        let front = (lot.id, lot.position()?);
        let latest = *published.get(&front)?;
        Some(WallLot {
            is_history: latest.horodatage.douteux,
            ..WallLot::new(lot, latest.clone(), now)
        })
    });
    ToPublish {
        lots: moved.collect(),
        ecarts: behind_the_front(&published, stored),
        transitions: stored.transitions.clone(),
        publications,
    }
}

/// The meals that a lot's new state does not contain.
fn behind_the_front(
    published: &HashMap<LifeMeal, &Reading>,
    stored: &StoredReadings,
) -> Vec<MealEcart> {
    let fronts: HashSet<LifeMeal> = stored
        .lots
        .iter()
        .filter_map(|lot| Some((lot.id, lot.position()?)))
        .collect();
    let behind = published.iter().filter(|(meal, _)| !fronts.contains(meal));
    let ecarts = behind.map(|(meal, reading)| MealEcart {
        code_lot: reading.code_lot.clone(),
        meal: *meal,
        ecart: reading.ecart_dose(),
    });
    ecarts.collect()
}

fn of_reading(reading: &Reading, now: Timestamp) -> [Publication; 2] {
    let audience = Audience::Gavage {
        site: reading.site,
        code_lot: reading.code_lot.clone(),
        gaveur_id: reading.gaveur_id,
    };
    let (data, timestamp) = (&EncodedReading::from(reading), At(now));
    let supervision = Publication {
        topic: Topic::Realtime,
        audience: audience.clone(),
        frame: OpenFrame::from(&ServerFrame::GavageRealtime { data, timestamp }),
    };
    let farmer = Publication {
        topic: Topic::Gaveur(reading.gaveur_id),
        audience,
        frame: OpenFrame::from(&ServerFrame::Gavage { data, timestamp }),
    };
    [supervision, farmer]
}
