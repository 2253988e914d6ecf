//! What was measured, as text.

use super::{
    latency::Latencies,
    load::{Load, Outcome},
    server_figures::ServerFigures,
};
use std::{fmt, time::Duration};

/// What producers saw of a server, and how the server was before and after.
pub struct Served {
    pub outcome: Outcome,
    /// Readings and transactions meanwhile.
    pub batches: Option<(f64, f64)>,
    pub memory: Option<(u64, u64)>,
}

impl Served {
    pub fn new(
        outcome: Outcome,
        before: Option<ServerFigures>,
        after: Option<ServerFigures>,
    ) -> Self {
        let figures = before.zip(after);
        Served {
            outcome,
            batches: figures.map(|(before, after)| after.batches_since(before)),
            memory: figures.and_then(|(before, after)| before.memory.zip(after.memory)),
        }
    }

    fn merge(&mut self, later: Served) {
        self.outcome.merge(&later.outcome);
        let both = self.batches.zip(later.batches);
        self.batches = both.map(|(a, b)| (a.0 + b.0, a.1 + b.1));
        self.memory = self.memory.zip(later.memory).map(|(a, b)| (a.0, b.1));
    }
}

/// What the same database does without a server.
pub struct Yardsticks {
    pub ceiling: Outcome,
    pub naive: Outcome,
    /// Acks of a single producer, and commits of one row.
    pub lone: Latencies,
    pub bare: Latencies,
}

impl Yardsticks {
    fn merge(&mut self, later: &Yardsticks) {
        self.ceiling.merge(&later.ceiling);
        self.naive.merge(&later.naive);
        self.lone.merge(&later.lone);
        self.bare.merge(&later.bare);
    }
}

pub struct Report {
    pub load: Load,
    pub served: Served,
    pub yardsticks: Option<Yardsticks>,
}

impl Report {
    /// Takes over what was measured later in the same way.
    pub fn merge(&mut self, later: Report) {
        self.served.merge(later.served);
        if let (Some(known), Some(later)) = (&mut self.yardsticks, &later.yardsticks) {
            known.merge(later);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Load {
            producers,
            window,
            batch,
            ..
        } = self.load;
        let outcome = &self.served.outcome;
        let seconds = outcome.elapsed.as_secs_f64();
        writeln!(
            f,
            "{producers} producers, {window} frames under way, {batch} readings a frame, {seconds:.1} s"
        )?;
        writeln!(
            f,
            "  acked          {:>10.0} readings/s ({} in all)",
            outcome.rate(),
            outcome.acked
        )?;
        if let Some(rate) = self.load.rate {
            writeln!(f, "  asked for      {rate:>10} readings/s")?;
        }
        writeln!(f, "  ack latency    {}", quantiles(&outcome.latencies))?;
        self.served.fmt(f)?;
        match &self.yardsticks {
            Some(yardsticks) => compare(f, outcome, yardsticks),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.batches.filter(|(_, transactions)| *transactions > 0.0);
        match mean {
            Some((readings, transactions)) => {
                writeln!(
                    f,
                    "  transaction    {:>10.1} readings, mean",
                    readings / transactions
                )?;
            }
            None => writeln!(
                f,
                "  transaction             – (the server's /metrics says nothing of them)"
            )?,
        }
        match self
            .memory
            .map(|(before, after)| (before as f64 / 1e6, after as f64 / 1e6))
        {
            Some((before, after)) => {
                writeln!(
                    f,
                    "  server's memory {before:>9.1} MB at the beginning, {after:.1} MB at the end"
                )
            }
            None => writeln!(
                f,
                "  server's memory         – (the server's /metrics does not say)"
            ),
        }
    }
}

fn compare(f: &mut fmt::Formatter<'_>, outcome: &Outcome, yardsticks: &Yardsticks) -> fmt::Result {
    let Yardsticks {
        ceiling,
        naive,
        lone,
        bare,
    } = yardsticks;
    let share = 100.0 * outcome.rate() / ceiling.rate();
    writeln!(
        f,
        "raw ceiling      {:>10.0} readings/s: the server reaches {share:.0} %",
        ceiling.rate()
    )?;
    writeln!(
        f,
        "naive way        {:>10.0} readings/s: the server does {:.1} times that",
        naive.rate(),
        outcome.rate() / naive.rate()
    )?;
    writeln!(f, "  a transaction  {}", quantiles(&naive.latencies))?;
    writeln!(f, "a lone reading   {}", quantiles(lone))?;
    writeln!(f, "a bare commit    {}", quantiles(bare))
}

pub fn quantiles(latencies: &Latencies) -> String {
    let told = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map(|(name, share)| {
        let millis = |latency: Duration| format!("{:.2} ms", latency.as_secs_f64() * 1e3);
        format!(
            "{name} {}",
            latencies.quantile(share).map_or("–".to_owned(), millis)
        )
    });
    told.join(", ")
}
