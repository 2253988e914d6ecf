//! The frames that screens get about a committed batch.

use super::announcement;
use crate::{
    domain::{
        audience::Audience,
        lot::LotState,
        reading::{LifeMeal, Reading},
        stream::Topic,
        wall::{EarlierEcarts, WallLot},
    },
    messages::writer_to_supervisor::{Publication, ToPublish},
    protocol::frames::{At, DeletedMealData, OpenFrame, ReadingData, ServerFrame},
    store::readings::{StoredDeletion, StoredReadings},
};
use jiff::Timestamp;
use std::collections::HashMap;

/// A meal that occurs several times in the batch was committed once, with its last values, which are published. Lots' steps and alerts
/// follow the readings that made them.
pub fn of_batch(readings: &[&Reading], stored: &StoredReadings, now: Timestamp) -> ToPublish {
    let transitions = announcement::of_transitions(&stored.transitions, now);
    let alerts = announcement::of_alerts(&stored.alerts, now);
    let count = readings.len() + transitions.len() + alerts.len();
    let mut publications = Vec::with_capacity(count);
    let mut published: HashMap<LifeMeal, &Reading> = HashMap::with_capacity(readings.len());
    for meal in &stored.meals {
        let reading = readings[meal.index];
        publications.push(of_reading(reading, now));
        published.insert((meal.lot_id, reading.position()), reading);
    }
    publications.extend(transitions);
    publications.extend(alerts);
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
        gone: Vec::new(),
        lots: moved.collect(),
        ecarts: earlier_ecarts(&published, &stored.lots),
        transitions: stored.transitions.clone(),
        publications,
        ..ToPublish::default()
    }
}

/// Screens first learn that the meal is gone, then of the lot's new front, and of what else follows.
pub fn of_deletion(deleted: &StoredDeletion, now: Timestamp) -> ToPublish {
    let meal = &deleted.meal;
    let readings: Vec<_> = deleted.readings.iter().collect();
    let mut to_publish = of_batch(&readings, &deleted.stored, now);
    let timestamp = At(now);
    let frame = OpenFrame::from(&ServerFrame::RepasSupprime {
        data: DeletedMealData::new(meal, timestamp),
        timestamp,
    });
    let told = Publication {
        topic: Topic::Realtime,
        gaveur: Some(meal.gaveur_id),
        audience: Audience::Lot {
            site: meal.site,
            code_lot: meal.code_lot.clone(),
            gaveur_id: meal.gaveur_id,
        },
        frame,
    };
    to_publish.publications.insert(0, told);
    if deleted.was_front {
        to_publish.gone.push((meal.code_lot.clone(), meal.lot_id));
    }
    let mut meals = deleted.ecarts.clone();
    meals.push((meal.position, None));
    to_publish.ecarts.push(EarlierEcarts {
        code_lot: meal.code_lot.clone(),
        lot_id: meal.lot_id,
        meals,
    });
    to_publish
}

/// The écarts of the meals that the new states of their lots do not contain. `lots` are ordered by id.
fn earlier_ecarts(
    published: &HashMap<LifeMeal, &Reading>,
    lots: &[LotState],
) -> Vec<EarlierEcarts> {
    let mut of_lots = vec![Vec::new(); lots.len()];
    for ((lot_id, position), reading) in published {
        let place = lots.binary_search_by_key(lot_id, |lot| lot.id);
        if let Ok(place) = place
            && lots[place].position() != Some(*position)
        {
            of_lots[place].push((*position, reading.ecart_dose()));
        }
    }
    let of_lots = lots.iter().zip(of_lots);
    let earlier = of_lots.filter(|(_, meals)| !meals.is_empty());
    earlier
        .map(|(lot, meals)| EarlierEcarts {
            code_lot: lot.code_lot.clone(),
            lot_id: lot.id,
            meals,
        })
        .collect()
}

fn of_reading(reading: &Reading, now: Timestamp) -> Publication {
    let (data, timestamp) = (ReadingData::from(reading), At(now));
    Publication {
        topic: Topic::Realtime,
        gaveur: Some(reading.gaveur_id),
        audience: Audience::Gavage {
            site: reading.site,
            code_lot: reading.code_lot.clone(),
            gaveur_id: reading.gaveur_id,
        },
        frame: OpenFrame::from(&ServerFrame::GavageRealtime { data, timestamp }),
    }
}
