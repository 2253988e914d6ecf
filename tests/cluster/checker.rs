//! What must hold whatever happened: everything acked is stored, what is stored is in the journal, and each screen has seen the readings of
//! the journal once, in its order. Returns what does not hold, so that a run in which it cannot hold is judged by the same code.

use crate::{
    common::database::TestDatabase,
    tab::{Seen, Tab},
};
use gaveurs::{domain::stream::Topic, messages::writer_to_supervisor::ToPublish};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

pub const MEAL: &str = "gavage_realtime";
/// More of them say nothing new.
const MOST_COMPLAINTS: usize = 20;

/// Lot, day and moment.
pub fn key(data: &Value) -> String {
    format!("{} {} {}", data["code_lot"], data["jour"], data["moment"])
}

/// What the database holds.
pub struct Record {
    stored: BTreeSet<String>,
    /// The frames of readings in the order of the journal, without their `seq`.
    told: Vec<String>,
    positions: Vec<i64>,
}

impl Record {
    /// `rows` returns the rows of a query as JSON objects.
    pub async fn read(rows: impl AsyncFn(&'static str) -> Vec<Value>) -> Self {
        let stored = rows("SELECT code_lot, jour, moment FROM gavage_data").await;
        let journal = rows("SELECT position, corps FROM journal ORDER BY position").await;
        let entries = journal.iter().map(|row| {
            let corps = row["corps"].as_str().unwrap();
            ToPublish::from_entry(corps).unwrap()
        });
        let publications = entries.flat_map(|entry| entry.publications);
        let frames = publications
            .filter(|publication| publication.topic == Topic::Realtime)
            .map(|publication| {
                let frame = publication.frame;
                String::from_utf8(frame.close(publication.topic, 0, |parts| parts.concat()))
                    .unwrap()
            });
        Record {
            stored: stored.iter().map(key).collect(),
            told: frames
                .filter(|text| is_meal(text))
                .map(|text| without_seq(&text).to_owned())
                .collect(),
            positions: journal
                .iter()
                .filter_map(|row| row["position"].as_i64())
                .collect(),
        }
    }

    pub async fn of(database: &TestDatabase) -> Self {
        Self::read(async |query| database.rows(query).await).await
    }

    pub fn meals(&self) -> usize {
        self.stored.len()
    }

    pub fn last_told(&self) -> Option<&str> {
        self.told.last().map(String::as_str)
    }

    /// How often a reading was told again, because its producer had sent it again or its commit was in doubt.
    pub fn told_again(&self) -> usize {
        self.told.len() - self.stored.len()
    }

    /// Everything that does not hold.
    pub fn complaints(&self, acked: &BTreeSet<String>, tabs: &[Tab]) -> Vec<String> {
        let mut complaints = Vec::new();
        let lost = acked.difference(&self.stored);
        complaints.extend(lost.map(|key| format!("acked, not stored: {key}")));
        let keys: BTreeSet<_> = self.told.iter().map(|text| key_of(text)).collect();
        let differing = keys.symmetric_difference(&self.stored);
        complaints.extend(differing.map(|key| format!("either stored or in the journal: {key}")));
        let pairs = self.positions.windows(2);
        let holes = pairs.filter(|pair| pair[1] != pair[0] + 1);
        complaints.extend(holes.map(|pair| format!("{pair:?} follow each other in the journal")));
        complaints.extend(differences(tabs));
        for (number, tab) in tabs.iter().enumerate() {
            let gaps = tab.gaps().into_iter().chain(self.misses(tab));
            complaints.extend(gaps.map(|gap| format!("screen {number}: {gap}")));
        }
        complaints.truncate(MOST_COMPLAINTS);
        complaints
    }

    /// Where a screen has seen something else than the journal. It may have missed some where it was told so.
    fn misses(&self, tab: &Tab) -> Vec<String> {
        let mut misses = Vec::new();
        let mut next = 0;
        let mut may_skip = true;
        for (number, seen) in tab.seen.iter().enumerate() {
            may_skip |= tab.is_lost_before(number);
            if !seen.is(MEAL) {
                continue;
            }
            let text = without_seq(&seen.text);
            let at = self.told[next..].iter().position(|told| told == text);
            match at {
                Some(0) => {}
                Some(skipped) if may_skip => next += skipped,
                Some(skipped) => {
                    misses.push(format!(
                        "{skipped} readings are missing before {}",
                        seen.seq
                    ));
                    next += skipped;
                }
                None => {
                    misses.push(format!("{} is out of order or was seen before", seen.seq));
                    continue;
                }
            }
            next += 1;
            may_skip = false;
        }
        let rest = self.told.len() - next;
        misses.extend((rest > 0).then(|| format!("the last {rest} readings are missing")));
        misses
    }
}

/// Frames that have one position and differ.
fn differences(tabs: &[Tab]) -> Vec<String> {
    let mut by_position: HashMap<(&str, u64), &Seen> = HashMap::new();
    let mut differences = Vec::new();
    for seen in tabs.iter().flat_map(|tab| &tab.seen) {
        let first = by_position.entry((&seen.epoch, seen.seq)).or_insert(seen);
        if first.text != seen.text {
            differences.push(format!(
                "screens have seen two frames at the position {}",
                seen.seq
            ));
        }
    }
    differences
}

fn is_meal(text: &str) -> bool {
    text.starts_with(r#"{"type":"gavage_realtime""#)
}

fn without_seq(text: &str) -> &str {
    text.rsplit_once(r#","seq":"#)
        .map_or(text, |(frame, _)| frame)
}

fn key_of(told: &str) -> String {
    let frame: Value = serde_json::from_str(&format!("{told}}}")).unwrap();
    key(&frame["data"])
}
