//! Formats the results as text.

use crate::{
    latency::Latencies,
    load::{Load, LoadResult},
    server_figures::ServerFigures,
};
use std::{fmt, time::Duration};

/// What producers measured of a server, and the server's own figures before and after.
pub struct Served {
    load: Load,
    outcome: LoadResult,
    /// Readings and transactions during the load.
    batches: Option<(f64, f64)>,
    memory: Option<(u64, u64)>,
}

impl Served {
    /// # Errors
    /// As those of [`Load::run`].
    pub async fn measure(load: Load) -> anyhow::Result<Self> {
        let before = ServerFigures::ask(&load.url).await;
        let outcome = load.run().await?;
        let after = ServerFigures::ask(&load.url).await;
        let figures = before.zip(after);
        Ok(Served {
            load,
            outcome,
            batches: figures.map(|(before, after)| after.batches_since(before)),
            memory: figures.and_then(|(before, after)| before.memory.zip(after.memory)),
        })
    }

    fn merge(&mut self, later: Served) {
        self.outcome.merge(&later.outcome);
        let both = self.batches.zip(later.batches);
        self.batches = both.map(|(a, b)| (a.0 + b.0, a.1 + b.1));
        self.memory = self.memory.zip(later.memory).map(|(a, b)| (a.0, b.1));
    }
}

/// Results of the same database without a server.
pub struct Yardsticks {
    pub ceiling: LoadResult,
    pub naive: LoadResult,
    /// Latencies of one producer's acks, of transactions with one reading by the same statements, and of commits of one row.
    pub lone: Latencies,
    pub single: Latencies,
    pub bare: Latencies,
}

impl Yardsticks {
    fn merge(&mut self, later: &Yardsticks) {
        self.ceiling.merge(&later.ceiling);
        self.naive.merge(&later.naive);
        self.lone.merge(&later.lone);
        self.single.merge(&later.single);
        self.bare.merge(&later.bare);
    }
}

pub struct Report {
    pub served: Vec<Served>,
    pub yardsticks: Option<Yardsticks>,
}

impl Report {
    /// Measures one load without yardsticks.
    ///
    /// # Errors
    /// As those of [`Load::run`].
    pub async fn of(load: Load) -> anyhow::Result<Self> {
        Ok(Report {
            served: vec![Served::measure(load).await?],
            yardsticks: None,
        })
    }

    /// Adds later measurements of the same kind.
    pub fn merge(&mut self, later: Report) {
        for (known, later) in self.served.iter_mut().zip(later.served) {
            known.merge(later);
        }
        if let (Some(known), Some(later)) = (&mut self.yardsticks, &later.yardsticks) {
            known.merge(later);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for served in &self.served {
            served.fmt(f)?;
            if let Some(yardsticks) = &self.yardsticks {
                compare(f, &served.outcome, yardsticks)?;
            }
        }
        match &self.yardsticks {
            Some(yardsticks) => yardsticks.fmt(f),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Load {
            producers,
            window,
            batch,
            ..
        } = self.load;
        let outcome = &self.outcome;
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

fn compare(
    f: &mut fmt::Formatter<'_>,
    outcome: &LoadResult,
    yardsticks: &Yardsticks,
) -> fmt::Result {
    writeln!(
        f,
        "  compared       {:.0} % of the raw ceiling, {:.1} times the naive way",
        100.0 * outcome.rate() / yardsticks.ceiling.rate(),
        outcome.rate() / yardsticks.naive.rate()
    )
}

impl fmt::Display for Yardsticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Yardsticks {
            ceiling,
            naive,
            lone,
            single,
            bare,
        } = self;
        writeln!(f, "raw ceiling      {:>10.0} readings/s", ceiling.rate())?;
        writeln!(f, "naive way        {:>10.0} readings/s", naive.rate())?;
        writeln!(f, "  a transaction  {}", quantiles(&naive.latencies))?;
        writeln!(f, "a lone reading   {}", quantiles(lone))?;
        let median = |latencies: &Latencies| latencies.quantile(0.5).unwrap_or_default();
        let times = |of: &Latencies| median(lone).as_secs_f64() / median(of).as_secs_f64();
        writeln!(
            f,
            "  its transaction without a server {}: {:.1} times that",
            quantiles(single),
            times(single)
        )?;
        writeln!(
            f,
            "  a bare commit  {}: {:.1} times that",
            quantiles(bare),
            times(bare)
        )
    }
}

pub fn quantiles(latencies: &Latencies) -> String {
    let quantiles = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map(|(name, share)| {
        let millis = |latency: Duration| format!("{:.2} ms", latency.as_secs_f64() * 1e3);
        format!(
            "{name} {}",
            latencies.quantile(share).map_or("–".to_owned(), millis)
        )
    });
    quantiles.join(", ")
}
