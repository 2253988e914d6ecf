//! Processes make the same of one journal, whatever they begin from, and however its entries reach them: each is a supervisor of its own, with
//! the writer's order of the journal before it.

mod history;

use crate::{
    core::Core,
    probe::{Heard, probe},
    stage::opened,
};
use actix::{Addr, Recipient};
use gaveurs::{
    actors::supervisor::Supervisor,
    domain::{
        journal_order::JournalOrder,
        presence::{Held, ProcessKey},
        scope::Scope,
        stream::{Epoch, Position, Topic},
    },
    messages::{
        app_to_supervisor::{
            BeginJournal, ContinueStreams, JoinCluster, RememberLots, RepeatEntries, RepeatedEntry,
        },
        follower_to_supervisor::KeepsJournal,
        http_to_supervisor::ShowWall,
        session_to_supervisor::Resume,
        supervisor_to_session::{BeginStream, Deliver},
        supervisor_to_writer::{KeepJournal, Reached},
        writer_to_supervisor::Committed,
    },
    telemetry::metrics::Metrics,
};
use history::{Entry, GAVEURS, History, deed};
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeMap;
use tokio::task::yield_now;

const TOPICS: [Topic; 4] = [
    Topic::Realtime,
    Topic::Gaveur(GAVEURS[0]),
    Topic::Gaveur(GAVEURS[1]),
    Topic::Notifications,
];

/// How a process comes to know the journal, in parts of its length.
#[derive(Debug, Clone)]
struct Life {
    checkpoint: Index,
    begins: Index,
    ends: Index,
    /// Entries that it repeats are read so many at a time.
    page: usize,
    /// Entries arrive by these keys in their order, and some again.
    arrival: Vec<u8>,
    again: Vec<Index>,
    /// Which of them are its own.
    own: Vec<bool>,
}

const MOST_DEEDS: usize = 30;

fn life() -> impl Strategy<Value = Life> {
    (
        any::<(Index, Index, Index)>(),
        1..7_usize,
        prop::collection::vec(any::<u8>(), MOST_DEEDS),
        prop::collection::vec(any::<Index>(), 0..10),
        prop::collection::vec(any::<bool>(), MOST_DEEDS),
    )
        .prop_map(
            |((checkpoint, begins, ends), page, arrival, again, own)| Life {
                checkpoint,
                begins,
                ends,
                page,
                arrival,
                again,
                own,
            },
        )
}

/// What one has of a process that has published up to a position.
#[derive(Debug, Clone, PartialEq)]
struct State {
    topics: Vec<(Topic, u64)>,
    presence: String,
    wall: Vec<String>,
}

type Frames = BTreeMap<(Topic, u64), String>;

struct Process {
    supervisor: Addr<Supervisor>,
    heard: Vec<(Topic, Heard<Deliver>)>,
    keep: Heard<KeepJournal>,
    next_cid: u64,
}

impl Process {
    /// As `app/core.rs` starts it: from a checkpoint, the entries up to where it begins, and what is stored there.
    async fn start(
        reached: Option<Reached>,
        entries: Vec<Vec<RepeatedEntry>>,
        wall: RememberLots,
    ) -> Self {
        let supervisor = Core::start_with(&Metrics::new()).supervisor;
        let go_on = ContinueStreams {
            epoch: Epoch::new("epoque"),
            since: Timestamp::now(),
            reached,
            cluster: Some(JoinCluster {
                process: ProcessKey(100),
                place: probe().0,
            }),
        };
        supervisor.send(go_on).await.unwrap();
        for page in entries {
            supervisor.send(RepeatEntries(page)).await.unwrap();
        }
        supervisor.send(wall).await.unwrap();
        let (keep, kept) = probe();
        supervisor.send(BeginJournal { keep }).await.unwrap();
        let mut process = Process {
            supervisor,
            heard: Vec::new(),
            keep: kept,
            next_cid: 1_000,
        };
        for topic in TOPICS {
            let (deliver, heard) = probe();
            process.listen(topic, deliver, None).await;
            process.heard.push((topic, heard));
        }
        process
    }

    /// Returns how the stream begins.
    async fn listen(
        &mut self,
        topic: Topic,
        deliver: Recipient<Deliver>,
        position: Option<u64>,
    ) -> BeginStream {
        self.next_cid += 1;
        let (mut opened, _) = opened(self.next_cid, topic, deliver);
        let (begin, mut begun) = probe();
        let listens = opened.listens.as_mut().unwrap();
        listens.begin = begin;
        listens.resume = position.map(|last_seq| Resume {
            position: Some(Position {
                epoch: "epoque".to_owned(),
                last_seq,
            }),
        });
        self.supervisor.send(opened).await.unwrap();
        begun.next().await
    }

    async fn heard(&mut self) -> Frames {
        let mut frames = Frames::new();
        for (topic, heard) in &mut self.heard {
            for delivered in heard.so_far().await {
                for published in delivered.frames.iter() {
                    let known = frames.insert((*topic, published.seq), text(&published.frame));
                    assert_eq!(known, None, "a frame was delivered twice");
                }
            }
        }
        frames
    }

    /// The frames after a position of a topic, for a tab that returns; `None` if it is told that it cannot have them.
    async fn replay(&mut self, topic: Topic, after: u64) -> Option<Frames> {
        let begun = self.listen(topic, probe().0, Some(after)).await;
        let replay = begun.resumed.unwrap().outcome.ok()?;
        let missed = replay.missed.iter();
        Some(
            missed
                .map(|published| ((topic, published.seq), text(&published.frame)))
                .collect(),
        )
    }

    /// What it would put into a checkpoint now, and the wall that a new screen gets.
    async fn state(&mut self) -> (Reached, State) {
        drop(self.keep.so_far().await);
        self.supervisor.send(KeepsJournal(true)).await.unwrap();
        let reached = loop {
            if let Some(reached) = self.keep.next().await.checkpoint {
                break reached;
            }
        };
        self.supervisor.send(KeepsJournal(false)).await.unwrap();
        let wall = self.supervisor.send(ShowWall {
            scope: Scope::Everything,
        });
        let wall = wall.await.unwrap();
        let state = State {
            topics: reached.topics.clone(),
            presence: serde_json::to_string(&reached.presence).unwrap(),
            wall: wall
                .iter()
                .map(|frame| without_time(&text(frame)))
                .collect(),
        };
        (reached, state)
    }
}

/// The text of a frame, whatever precedes it.
fn text(frame: &[u8]) -> String {
    let begin = frame.iter().position(|byte| *byte == b'{').unwrap();
    String::from_utf8(frame[begin..].to_vec()).unwrap()
}

/// Without the instant at which it was made.
fn without_time(text: &str) -> String {
    let mut frame: serde_json::Value = serde_json::from_str(text).unwrap();
    let instant = frame["timestamp"].take();
    text.replacen(&instant.to_string(), "", 1)
}

/// As the store keeps it.
fn copied(reached: &Reached) -> Reached {
    let topics = serde_json::to_string(&reached.topics).unwrap();
    let presence = serde_json::to_string(&reached.presence).unwrap();
    let presence: Option<Held> = serde_json::from_str(&presence).unwrap();
    Reached {
        position: reached.position,
        at: reached.at,
        topics: serde_json::from_str(&topics).unwrap(),
        presence,
    }
}

/// What the process does that has seen everything, one entry after the other.
struct Reference {
    frames: Frames,
    /// At each position.
    states: Vec<(Reached, State)>,
}

impl Reference {
    async fn of(history: &History) -> Self {
        let wall = history.stored[0].wall();
        let mut process = Process::start(None, Vec::new(), wall).await;
        let mut states = vec![process.state().await];
        for (position, entry) in (1..).zip(&history.entries) {
            let committed = committed(position, entry, false);
            process.supervisor.send(committed).await.unwrap();
            states.push(process.state().await);
        }
        let frames = process.heard().await;
        Reference { frames, states }
    }

    fn counter(&self, position: usize, topic: Topic) -> u64 {
        let topics = &self.states[position].1.topics;
        let found = topics.iter().find(|(known, _)| *known == topic);
        found.map_or(0, |(_, seq)| *seq)
    }

    /// The frames of a topic behind one of its positions, up to a position of the journal.
    fn between(&self, topic: Topic, after: u64, to: usize) -> Frames {
        let until = self.counter(to, topic);
        let frames = self.frames.iter();
        let wanted = frames.filter(|((of, seq), _)| *of == topic && *seq > after && *seq <= until);
        wanted.map(|(at, text)| (*at, text.clone())).collect()
    }
}

fn committed(position: i64, entry: &Entry, is_own: bool) -> Committed {
    Committed {
        to_publish: entry.to_publish(),
        position: Some(position),
        by_another: (!is_own).then_some(entry.fait_le),
        credit: None,
    }
}

/// The entries behind a position in the order in which they arrive, some of them again.
fn arrivals(life: &Life, begins: usize, ends: usize) -> Vec<usize> {
    let mut arriving: Vec<_> = (begins + 1..=ends).collect();
    arriving.sort_by_key(|position| life.arrival[position % MOST_DEEDS]);
    for again in &life.again {
        if ends > 0 {
            // Also what it has known from the beginning.
            let position = 1 + again.index(ends);
            arriving.insert(again.index(arriving.len() + 1), position);
        }
    }
    arriving
}

async fn live(life: &Life, history: &History, reference: &Reference) {
    let length = history.entries.len();
    let mut parts = [&life.checkpoint, &life.begins, &life.ends].map(|part| part.index(length + 1));
    parts.sort_unstable();
    let [checkpoint, begins, ends] = parts;
    let reached = (checkpoint > 0).then(|| copied(&reference.states[checkpoint].0));
    let repeated = (checkpoint + 1..=begins).map(|position| {
        let entry = &history.entries[position - 1];
        RepeatedEntry {
            position: position as i64,
            fait_le: entry.fait_le,
            to_publish: entry.to_publish(),
        }
    });
    let mut pages = Vec::new();
    for entry in repeated {
        match pages.last_mut() {
            Some(page) if Vec::len(page) < life.page => page.push(entry),
            _ => pages.push(vec![entry]),
        }
    }
    let mut process = Process::start(reached, pages, history.stored[begins].wall()).await;
    let (_, state) = process.state().await;
    assert_eq!(
        state, reference.states[begins].1,
        "as it begins at {begins}"
    );

    let mut order = JournalOrder::after(begins as i64);
    for position in arrivals(life, begins, ends) {
        let entry = &history.entries[position - 1];
        let is_own = life.own[position % MOST_DEEDS];
        let position = position as i64;
        order.put(position, committed(position, entry, is_own));
        while let Some((_, committed)) = order.take_next() {
            // The mailboxes of those who listen are small.
            process.supervisor.send(committed).await.unwrap();
            yield_now().await;
        }
    }
    let (reached, state) = process.state().await;
    assert_eq!(reached.position, ends as i64);
    assert_eq!(state, reference.states[ends].1, "as it ends at {ends}");
    let heard = process.heard().await;
    let expected =
        TOPICS.map(|topic| reference.between(topic, reference.counter(begins, topic), ends));
    assert_eq!(heard, expected.into_iter().flatten().collect());
    for topic in TOPICS {
        let known = reference.counter(checkpoint, topic);
        for after in 0..=reference.counter(ends, topic) {
            let replay = process.replay(topic, after).await;
            let expected = (after >= known).then(|| reference.between(topic, after, ends));
            assert_eq!(replay, expected, "{topic:?} after {after}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn processes_that_begin_and_end_anywhere_and_hear_in_any_order_number_and_show_the_same(
        deeds in prop::collection::vec(deed(), 1..MOST_DEEDS),
        lives in prop::collection::vec(life(), 1..4),
    ) {
        actix_web::rt::System::new().block_on(async {
            let history = History::of(&deeds);
            let reference = Reference::of(&history).await;
            for life in &lives {
                tokio::time::resume();
                live(life, &history, &reference).await;
            }
        });
    }
}
