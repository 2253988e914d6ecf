//! What a batch of readings does to the lots and their alerts.

use super::{
    alert::{Episode, Episodes},
    lot::LotState,
    reading::Reading,
};
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// State of the lots before the batch, as storage holds it.
#[derive(Debug, Default)]
pub struct Known {
    pub lots: HashMap<String, LotState>,
    pub open_episodes: HashMap<String, Vec<Episode>>,
}

/// State after the batch.
#[derive(Debug)]
pub struct Effects {
    /// Every lot of the batch, in the order of their codes.
    pub lots: Vec<LotState>,
    /// Alert episodes that were opened, changed or closed.
    pub episodes: Vec<Episode>,
}

/// Applies the readings in the order of their arrival, repeats of a meal included, so that it does not matter how a feed was
/// cut into batches. A correction of a meal that is not the front of its lot moves neither state nor alerts.
pub fn apply(readings: &[&Reading], mut known: Known, zone: &TimeZone) -> Effects {
    let mut by_lot: HashMap<&str, (LotState, Episodes)> = HashMap::new();
    for reading in readings {
        let code = reading.code_lot.as_str();
        let (lot, episodes) = by_lot.entry(code).or_insert_with(|| {
            let lot = known
                .lots
                .remove(code)
                .unwrap_or_else(|| LotState::first_seen(reading, zone));
            let open = known.open_episodes.remove(code).unwrap_or_default();
            (lot, Episodes::new(open))
        });
        if lot.apply(reading) {
            episodes.apply(reading);
        }
    }
    let mut touched: Vec<_> = by_lot.into_values().collect();
    touched.sort_by(|(a, _), (b, _)| a.code_lot.cmp(&b.code_lot));
    let (lots, episodes): (Vec<_>, Vec<_>) = touched.into_iter().unzip();
    Effects {
        lots,
        episodes: episodes
            .into_iter()
            .flat_map(Episodes::into_changes)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};
    use proptest::prelude::*;

    fn refused(code: &str, jour: i32) -> Reading {
        let mut reading = sample(code, jour, Moment::Matin);
        reading.dose_reelle = 100.0;
        reading
    }

    fn after(readings: &[Reading], known: Known) -> Effects {
        let readings: Vec<_> = readings.iter().collect();
        apply(&readings, known, &TimeZone::UTC)
    }

    #[test]
    fn a_correction_of_an_earlier_meal_raises_nothing_now() {
        let effects = after(&[sample("LL2611001", 5, Moment::Matin)], Known::default());
        let known = Known {
            lots: [("LL2611001".to_owned(), effects.lots[0].clone())].into(),
            ..Known::default()
        };
        assert!(after(&[refused("LL2611001", 2)], known).episodes.is_empty());
    }

    proptest! {
        #[test]
        fn cutting_a_feed_into_batches_changes_neither_lots_nor_episodes(
            doses in prop::collection::vec((0..3usize, 0..3i32, 250.0..550.0f64), 1..60), cuts in prop::collection::vec(1..9usize, 1..20),
        ) {
            let codes = ["LL2611001", "LS2611001", "MT2611001"];
            let mut next_jour = [0; 3];
            let feed: Vec<_> = doses.into_iter().map(|(lot, back, dose)| {
                // Every third reading or so says again what an earlier one said, or corrects it.
                let jour = if back == 0 { next_jour[lot] - 2 } else { next_jour[lot] };
                let mut reading = sample(codes[lot], jour.max(0), Moment::Matin);
                reading.dose_reelle = dose;
                next_jour[lot] += 1;
                reading
            }).collect();
            let whole = after(&feed, Known::default());

            let mut stored = Known::default();
            let mut closed = 0;
            let mut rest = feed.as_slice();
            let mut sizes = cuts.iter().cycle();
            let mut next_id = 0;
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                rest = later;
                let known = Known { lots: stored.lots.clone(), open_episodes: stored.open_episodes.clone() };
                let effects = after(batch, known);
                stored.lots.extend(effects.lots.into_iter().map(|lot| (lot.code_lot.clone(), lot)));
                for mut episode in effects.episodes {
                    let open = stored.open_episodes.entry(episode.code_lot.clone()).or_default();
                    open.retain(|other| other.kind != episode.kind);
                    if episode.fermee_le.is_some() { closed += 1; continue; }
                    if episode.id.is_none() { next_id += 1; episode.id = Some(next_id); }
                    open.push(episode);
                }
            }
            let mut lots: Vec<_> = stored.lots.into_values().collect();
            lots.sort_by(|a, b| a.code_lot.cmp(&b.code_lot));
            prop_assert_eq!(&lots, &whole.lots);
            let open: usize = stored.open_episodes.values().map(Vec::len).sum();
            prop_assert_eq!(open, whole.episodes.iter().filter(|e| e.fermee_le.is_none()).count());
            prop_assert_eq!(closed, whole.episodes.iter().filter(|e| e.fermee_le.is_some()).count());
        }
    }
}
