//! The effects of new samples on the alerts of their stations.

use super::sample::Sample;
use crate::domain::alert::{Change, Episode, Episodes, Subject, judge_sample, rules::OF_A_SAMPLE};
use std::collections::BTreeMap;

/// A new sample with its lot and the lot's gaveur.
#[derive(Debug, Clone, Copy)]
pub struct SampleOfLot<'a> {
    pub sample: &'a Sample,
    pub gaveur_id: Option<i32>,
}

/// Applies the samples in order to the open episodes of their stations. Samples with a doubtful time raise and end nothing, because they
/// do not show the current state.
pub fn apply(samples: &[SampleOfLot<'_>], open: Vec<Episode>) -> Vec<(Episode, Vec<Change>)> {
    let mut open_of: BTreeMap<String, Vec<Episode>> = BTreeMap::new();
    for episode in open {
        let device_id = episode.subject.device_id.clone().unwrap_or_default();
        open_of.entry(device_id).or_default().push(episode);
    }
    let mut by_device: BTreeMap<&str, Episodes> = BTreeMap::new();
    let recent = samples.iter().filter(|it| !it.sample.horloge_douteuse);
    for SampleOfLot { sample, gaveur_id } in recent {
        let device_id = sample.device_id.as_str();
        let known = || Episodes::new(open_of.remove(device_id).unwrap_or_default());
        let episodes = by_device.entry(device_id).or_insert_with(known);
        let subject = subject(sample, *gaveur_id);
        for kind in OF_A_SAMPLE {
            let verdict = judge_sample(kind, &sample.quality);
            episodes.apply(kind, verdict, &subject, sample.time);
        }
    }
    let changes = by_device.into_values().map(Episodes::into_changes);
    changes.flatten().collect()
}

fn subject(sample: &Sample, gaveur_id: Option<i32>) -> Subject {
    Subject {
        lot_id: sample.lot_id,
        code_lot: sample.code_lot.clone(),
        gaveur_id,
        site: sample.site,
        position: None,
        device_id: Some(sample.device_id.clone()),
        sample_id: Some(sample.sample_id.clone()),
        simule: sample.simule,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::{Grade, Quality};
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn sample(device: u8, number: usize, score: f64) -> Sample {
        Sample {
            sample_id: format!("S-{number}"),
            time: Timestamp::from_second(number as i64).unwrap(),
            horloge_douteuse: false,
            recu_le: Timestamp::UNIX_EPOCH,
            device_id: format!("ESP32_LL_0{device}"),
            site: None,
            lot_id: None,
            code_lot: None,
            quality: Quality {
                final_score: Some(score),
                final_grade: Some(Grade::of_score(score)),
                ..Quality::default()
            },
            station_score: None,
            station_grade: None,
            defauts: Vec::new(),
            simule: false,
        }
    }

    fn after(samples: &[Sample], open: Vec<Episode>) -> Vec<(Episode, Vec<Change>)> {
        let attributed: Vec<_> = samples
            .iter()
            .map(|sample| SampleOfLot {
                sample,
                gaveur_id: None,
            })
            .collect();
        apply(&attributed, open)
    }

    proptest! {
        #[test]
        fn cutting_the_samples_of_stations_into_batches_changes_no_episode(
            scores in prop::collection::vec((0..3u8, 0.3..0.9f64), 1..60), cut in 1..9usize,
        ) {
            let samples: Vec<_> = scores.iter().enumerate().map(|(n, (device, score))| sample(*device, n, *score)).collect();
            let whole = after(&samples, Vec::new());
            let mut rows: Vec<Episode> = Vec::new();
            for batch in samples.chunks(cut) {
                let open = rows.iter().filter(|episode| episode.is_open()).cloned().collect();
                for (mut episode, _) in after(batch, open) {
                    match episode.id {
                        Some(id) => rows[id as usize] = episode,
                        None => { episode.id = Some(rows.len() as i64); rows.push(episode); }
                    }
                }
            }
            let sorted = |mut episodes: Vec<Episode>| {
                episodes.iter_mut().for_each(|episode| (episode.id, episode.stored_closing) = (None, None));
                episodes.sort_by_key(|e| (e.subject.device_id.clone(), e.kind, e.levee_le));
                episodes
            };
            prop_assert_eq!(sorted(rows), sorted(whole.into_iter().map(|(episode, _)| episode).collect()));
        }
    }
}
