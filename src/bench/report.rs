//! What was measured, as text.

use super::{
    latency::Latencies,
    load::{Load, Outcome},
};
use std::{fmt, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

#[derive(Default)]
pub struct Report {
    pub load: Option<(Load, Outcome)>,
    /// Readings in a transaction of the server, mean.
    pub batch_size: Option<f64>,
    pub ceiling: Option<Outcome>,
    pub naive: Option<Outcome>,
    /// Acks of a single producer, and commits of one row.
    pub lone: Option<(Latencies, Latencies)>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((load, outcome)) = &self.load else {
            return Ok(());
        };
        let (producers, window, batch) = (load.producers, load.window, load.batch);
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
        writeln!(f, "  ack latency    {}", quantiles(&outcome.latencies))?;
        match self.batch_size {
            Some(size) => writeln!(f, "  transaction    {size:>10.1} readings, mean")?,
            None => writeln!(
                f,
                "  transaction             – (the server's /metrics could not be read)"
            )?,
        }
        if let Some(ceiling) = &self.ceiling {
            let share = 100.0 * outcome.rate() / ceiling.rate();
            writeln!(
                f,
                "raw ceiling      {:>10.0} readings/s: the server reaches {share:.0} %",
                ceiling.rate()
            )?;
        }
        if let Some(naive) = &self.naive {
            let times = outcome.rate() / naive.rate();
            writeln!(
                f,
                "naive way        {:>10.0} readings/s: the server does {times:.1} times that",
                naive.rate()
            )?;
            writeln!(f, "  a transaction  {}", quantiles(&naive.latencies))?;
        }
        if let Some((lone, bare)) = &self.lone {
            writeln!(f, "a lone reading   {}", quantiles(lone))?;
            writeln!(f, "a bare commit    {}", quantiles(bare))?;
        }
        Ok(())
    }
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

/// How many transactions a server has committed, and how many readings in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchCounts {
    transactions: f64,
    readings: f64,
}

impl BatchCounts {
    /// Asks `/metrics` of the server with this WebSocket address.
    pub async fn ask(url: &str) -> Option<Self> {
        let request = url.into_client_request().ok()?;
        let host = request.uri().authority()?.as_str();
        let mut stream = TcpStream::connect(host).await.ok()?;
        let question =
            format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        Self::parse(&answer)
    }

    fn parse(metrics: &str) -> Option<Self> {
        let sample = |name: &str| {
            let mut values = metrics.lines().filter_map(|line| line.strip_prefix(name));
            values.next()?.trim().parse().ok()
        };
        Some(BatchCounts {
            transactions: sample("gaveurs_batch_size_count ")?,
            readings: sample("gaveurs_batch_size_sum ")?,
        })
    }

    /// Readings in a transaction between the two; `None` when one is not known or nothing was committed.
    pub fn mean_between(before: Option<Self>, after: Option<Self>) -> Option<f64> {
        let (before, after) = (before?, after?);
        let transactions = after.transactions - before.transactions;
        (transactions > 0.0).then(|| (after.readings - before.readings) / transactions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_batch_is_that_of_the_time_between_two_looks() {
        let at = |count: u32, sum: u32| {
            BatchCounts::parse(&format!(
                "# TYPE gaveurs_batch_size histogram\ngaveurs_batch_size_sum {sum}.0\ngaveurs_batch_size_count {count}\n"
            ))
        };
        assert_eq!(
            BatchCounts::mean_between(at(10, 100), at(12, 150)),
            Some(25.0)
        );
        assert_eq!(BatchCounts::mean_between(at(10, 100), at(10, 100)), None);
        assert_eq!(BatchCounts::mean_between(None, at(10, 100)), None);
    }
}
