//! What a batch of readings does to the lots and their alerts.

use super::{
    alert::{AlertKind, Change, Episode, Episodes, Subject, judge_meal, rules::OF_A_MEAL},
    lot::{LotId, LotState},
    reading::Told,
    weighings::Weighings,
};
use std::collections::{BTreeMap, HashMap};

/// State of the lots before the batch, as storage holds it.
#[derive(Debug, Default)]
pub struct Known {
    pub lots: HashMap<LotId, LotState>,
    /// Open, or closed by the lot's front meal.
    pub open_episodes: HashMap<LotId, Vec<Episode>>,
}

/// State after the batch.
#[derive(Debug)]
pub struct Effects {
    /// Every lot of the batch, in the order of their ids.
    pub lots: Vec<LotState>,
    /// Alert episodes that were opened, changed or closed, and what happened to each.
    pub episodes: Vec<(Episode, Vec<Change>)>,
}

/// Applies the readings in the order of their arrival, repeats of a meal included, so that it does not matter how a feed was
/// cut into batches. A correction of a meal that is not the front of its lot moves neither state nor alerts.
pub fn apply(readings: &[Told<'_>], mut known: Known) -> Effects {
    let mut by_lot: BTreeMap<LotId, (LotState, Episodes)> = BTreeMap::new();
    for told in readings {
        if let Some(lot) = known.lots.remove(&told.lot_id) {
            let open = known.open_episodes.remove(&told.lot_id).unwrap_or_default();
            by_lot.insert(told.lot_id, (lot, Episodes::new(open)));
        }
        let Some((lot, episodes)) = by_lot.get_mut(&told.lot_id) else {
            continue;
        };
        if lot.apply(told.reading) {
            judge(episodes, *told, &lot.pesees);
        }
    }
    let (lots, episodes): (Vec<_>, Vec<_>) = by_lot.into_values().unzip();
    Effects {
        lots,
        episodes: episodes
            .into_iter()
            .flat_map(Episodes::into_changes)
            .collect(),
    }
}

fn judge(episodes: &mut Episodes, told: Told<'_>, weighings: &Weighings) {
    let subject = Subject::from(told);
    let is_history = told.reading.horodatage.douteux;
    for kind in OF_A_MEAL {
        // What a doubtful clock dates is not what is so now; but the feed speaks.
        if is_history && kind != AlertKind::FluxMuet {
            continue;
        }
        let verdict = judge_meal(kind, told.reading, weighings);
        episodes.apply(kind, verdict, &subject, told.reading.horodatage.instant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        alert::Closing,
        moment::Moment,
        reading::{Reading, sample},
    };
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn refused(code: &str, jour: i32) -> Reading {
        let mut reading = sample(code, jour, Moment::Matin);
        reading.dose_reelle = 100.0;
        reading
    }

    fn after(readings: &[Reading], known: Known) -> Effects {
        let mut known = known;
        let mut fed = Vec::new();
        for reading in readings {
            let lot_id = reading.code_lot[2..].parse::<LotId>().unwrap()
                + i64::from(reading.code_lot.as_bytes()[1]) * 10_000_000;
            let first_seen = || LotState::first_seen(lot_id, 1, reading, &TimeZone::UTC);
            known.lots.entry(lot_id).or_insert_with(first_seen);
            fed.push(Told { lot_id, reading });
        }
        apply(&fed, known)
    }

    #[test]
    fn a_correction_of_an_earlier_meal_raises_nothing_now() {
        let effects = after(&[sample("LL2611001", 5, Moment::Matin)], Known::default());
        let known = Known {
            lots: [(effects.lots[0].id, effects.lots[0].clone())].into(),
            ..Known::default()
        };
        assert!(after(&[refused("LL2611001", 2)], known).episodes.is_empty());
    }

    #[test]
    fn a_meal_of_a_doubtful_clock_raises_and_ends_nothing_but_the_silence_of_its_feed() {
        let history = |jour, dose| {
            let mut reading = sample("LL2611001", jour, Moment::Matin);
            (reading.dose_reelle, reading.horodatage.douteux) = (dose, true);
            reading
        };
        assert!(
            after(&[history(0, 100.0)], Known::default())
                .episodes
                .is_empty()
        );
        let before = after(&[refused("LL2611001", 1)], Known::default());
        let mut open: Vec<_> = before
            .episodes
            .into_iter()
            .map(|(episode, _)| episode)
            .collect();
        let mut silence = open[0].clone();
        silence.kind = AlertKind::FluxMuet;
        open.push(silence);
        for (number, episode) in (0..).zip(&mut open) {
            episode.id = Some(number);
        }
        let lot = before.lots[0].clone();
        let known = Known {
            lots: [(lot.id, lot.clone())].into(),
            open_episodes: [(lot.id, open)].into(),
        };
        let effects = after(&[history(2, 400.0)], known);
        let changed: Vec<_> = effects
            .episodes
            .iter()
            .map(|(episode, changes)| (episode.kind, &changes[..]))
            .collect();
        assert_eq!(changed, [(AlertKind::FluxMuet, &[Change::Closed][..])]);
    }

    /// What storage gives the next batch.
    fn known(lots: &HashMap<LotId, LotState>, rows: &[Episode]) -> Known {
        let mut known = Known {
            lots: lots.clone(),
            ..Known::default()
        };
        for episode in rows {
            let lot_id = episode.subject.lot_id.unwrap();
            let by_front = |closing: &Closing| closing.position == Some(lots[&lot_id].position());
            if episode.closing.as_ref().is_none_or(by_front) {
                let of_lot = known.open_episodes.entry(lot_id).or_default();
                let stored_closing = episode.closing.map(|end| end.at);
                of_lot.push(Episode {
                    stored_closing,
                    ..episode.clone()
                });
            }
        }
        known
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

            let mut lots: HashMap<LotId, LotState> = HashMap::new();
            let mut rows: Vec<Episode> = Vec::new();
            let mut rest = feed.as_slice();
            let mut sizes = cuts.iter().cycle();
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
                rest = later;
                let effects = after(batch, known(&lots, &rows));
                lots.extend(effects.lots.into_iter().map(|lot| (lot.id, lot)));
                for (mut episode, _) in effects.episodes {
                    match episode.id {
                        Some(id) => rows[id as usize] = episode,
                        None => { episode.id = Some(rows.len() as i64); rows.push(episode); }
                    }
                }
            }
            let mut lots: Vec<_> = lots.into_values().collect();
            lots.sort_by_key(|lot| lot.id);
            prop_assert_eq!(&lots, &whole.lots);
            let sorted = |episodes: Vec<Episode>| {
                let mut episodes: Vec<_> = episodes.into_iter().map(|episode| Episode { id: None, stored_closing: None, ..episode }).collect();
                episodes.sort_by_key(|e| (e.subject.code_lot.clone(), e.kind, e.subject.position));
                episodes
            };
            let episodes = whole.episodes.into_iter().map(|(episode, _)| episode).collect();
            prop_assert_eq!(sorted(rows), sorted(episodes));
        }
    }
}
