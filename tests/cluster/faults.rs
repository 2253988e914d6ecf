//! What goes wrong in a run of chaos, when, and for how long screens were told nothing because of it.

use crate::{database::Database, fleet::Fleet, tab::Tab};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;
use std::{collections::BTreeMap, fmt, time::Duration};
use tokio::time::{Instant, sleep};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Kill,
    Pause,
    DatabaseCrash,
    EndedConnections,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Kind::Kill => "kill -9",
            Kind::Pause => "SIGSTOP",
            Kind::DatabaseCrash => "crash of PostgreSQL",
            Kind::EndedConnections => "connections ended",
        }
    }

    fn any(rng: &mut ChaCha8Rng) -> Self {
        match rng.random_range(0..10) {
            0..5 => Kind::Kill,
            5..7 => Kind::Pause,
            7 => Kind::DatabaseCrash,
            _ => Kind::EndedConnections,
        }
    }
}

struct Fault {
    kind: Kind,
    begun: Instant,
    over: Instant,
}

/// Time in which a screen was told nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silence {
    pub begun: Instant,
    pub over: Instant,
}

impl Silence {
    fn length(&self) -> Duration {
        self.over.duration_since(self.begun)
    }
}

#[derive(Default)]
pub struct Faults {
    /// Of this run.
    latest: Vec<Fault>,
    counts: BTreeMap<Kind, usize>,
    /// The longest silence of a screen in which these kinds happened, of all runs.
    longest: BTreeMap<Vec<Kind>, Duration>,
    /// The longest rest of a silence after the database took connections again.
    after_recovery: Duration,
}

impl Faults {
    /// Lets the next one happen, and returns when what was killed is there again.
    pub async fn one(&mut self, fleet: &mut Fleet, database: &Database, rng: &mut ChaCha8Rng) {
        let kind = Kind::any(rng);
        let member = rng.random_range(0..fleet.members.len());
        let begun = Instant::now();
        match kind {
            Kind::Kill => {
                fleet.kill(member).await;
                fleet.begin(member).await;
            }
            Kind::Pause => {
                let process = &fleet.members[member].process;
                process.signal(Signal::STOP);
                sleep(Duration::from_millis(rng.random_range(500..2_500))).await;
                process.signal(Signal::CONT);
            }
            Kind::DatabaseCrash => database.crash().await,
            Kind::EndedConnections => database.end_connections().await,
        }
        let over = Instant::now();
        self.latest.push(Fault { kind, begun, over });
    }

    /// Notes at the end of a run how long screens were told nothing.
    pub fn end_run(&mut self, tabs: &[Tab]) {
        for silence in tabs.iter().flat_map(|tab| &tab.silences) {
            let kinds = self.of(silence);
            if kinds.is_empty() {
                // Nothing had happened yet.
                continue;
            }
            if kinds == [Kind::DatabaseCrash] {
                let recovered = self.latest.iter().map(|fault| fault.over);
                let recovered = recovered.filter(|over| *over <= silence.over).max();
                let rest =
                    recovered.map(|over| silence.over.duration_since(over.max(silence.begun)));
                self.after_recovery = self.after_recovery.max(rest.unwrap_or_default());
            }
            let longest = self.longest.entry(kinds).or_default();
            *longest = silence.length().max(*longest);
        }
        for fault in self.latest.drain(..) {
            *self.counts.entry(fault.kind).or_default() += 1;
        }
    }

    /// The kinds of the faults during a silence; if there is none, of the last one before it.
    fn of(&self, silence: &Silence) -> Vec<Kind> {
        let mut before = self
            .latest
            .iter()
            .filter(|fault| fault.begun <= silence.over);
        let during = before.clone().filter(|fault| fault.over >= silence.begun);
        let mut kinds: Vec<_> = during.map(|fault| fault.kind).collect();
        if kinds.is_empty() {
            kinds.extend(before.next_back().map(|fault| fault.kind));
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, count) in &self.counts {
            writeln!(f, "{count} {}", kind.label())?;
        }
        for (kinds, longest) in &self.longest {
            let labels: Vec<_> = kinds.iter().map(|kind| kind.label()).collect();
            let (labels, longest) = (labels.join(" and "), longest.as_secs_f64());
            writeln!(f, "longest silence, {labels}: {longest:.1} s")?;
        }
        let rest = self.after_recovery.as_secs_f64();
        writeln!(
            f,
            "longest silence after PostgreSQL had recovered: {rest:.1} s"
        )
    }
}
