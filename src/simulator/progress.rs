//! Shows the operator the progress: a bar on a terminal, log lines elsewhere.

use super::feeder::{Event, Summary};
use crate::domain::reading::Reading;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use log::Level;
use std::{
    collections::BTreeMap,
    fmt,
    io::{IsTerminal, stderr},
    time::Duration,
};
use tokio::time::Instant;

/// Interval of log lines when there is no terminal.
const LOG_EVERY: Duration = Duration::from_secs(5);
/// How many lots one line names; it only counts the others.
const LOTS_NAMED: usize = 4;

/// Follows one run of a feeder.
#[derive(Debug)]
pub struct Progress {
    title: &'static str,
    total: Option<u64>,
    bar: Option<ProgressBar>,
    /// Lots being fed, with their last acked meal.
    lots: BTreeMap<String, String>,
    lots_finished: u64,
    /// The operator was told that the server asks to retry later; nothing was acked since.
    patience_asked: bool,
    started: Instant,
    last_log: Instant,
}

impl Progress {
    /// `total` is the number of readings to come; `None` if there is no end.
    pub fn new(title: &'static str, total: Option<u64>) -> Self {
        let now = Instant::now();
        Progress {
            title,
            total,
            bar: stderr().is_terminal().then(|| bar(total)),
            lots: BTreeMap::new(),
            lots_finished: 0,
            patience_asked: false,
            started: now,
            last_log: now,
        }
    }

    pub fn lots_finished(&self) -> u64 {
        self.lots_finished
    }

    /// Updates the counts after an event.
    pub fn follow(&mut self, event: &Event<'_>, summary: &Summary) {
        match event {
            Event::Acked(reading) => {
                self.patience_asked = false;
                self.remember(reading);
                self.show(summary);
            }
            Event::Connected => self.say("connected to the server".to_owned()),
            Event::Disconnected { reason, retry_in } => {
                let seconds = retry_in.as_secs_f32();
                self.say(format!("{reason}; next attempt in {seconds:.1} s"));
            }
            Event::Postponed { sentence, .. } => {
                // In an outage every reading of the window is postponed repeatedly.
                if !std::mem::replace(&mut self.patience_asked, true) {
                    self.say(format!("the server asks for patience: {sentence}"));
                }
            }
            Event::DamageRefused { sentence } => {
                self.say(format!("refused as expected: {sentence}"))
            }
            Event::Refused { reading, sentence } => {
                let line = format!("REFUSED {}: {sentence}", meal(reading));
                self.say_at(Level::Warn, line);
            }
        }
    }

    /// Removes the bar before the summary is printed.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn remember(&mut self, reading: &Reading) {
        if reading.pret_abattage {
            self.lots.remove(&reading.code_lot);
            self.lots_finished += 1;
        } else {
            let place = format!("j{} {}", reading.jour, reading.moment);
            self.lots.insert(reading.code_lot.clone(), place);
        }
    }

    fn show(&mut self, summary: &Summary) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(summary.acked);
                bar.set_message(self.lots_line());
            }
            None if self.last_log.elapsed() >= LOG_EVERY => {
                self.last_log = Instant::now();
                log::info!("{}", self.status(summary));
            }
            None => {}
        }
    }

    fn status(&self, summary: &Summary) -> String {
        let of_total = self
            .total
            .map(|total| format!("/{total}"))
            .unwrap_or_default();
        let rate = summary.acked as f64 / self.started.elapsed().as_secs_f64().max(0.001);
        let (title, acked, lots) = (self.title, summary.acked, self.lots_line());
        format!("{title}: {acked}{of_total} meals acked, {rate:.1}/s, {lots}")
    }

    fn lots_line(&self) -> String {
        let named = self.lots.iter().take(LOTS_NAMED);
        let mut parts: Vec<_> = named.map(|(lot, place)| format!("{lot} {place}")).collect();
        match self.lots.len().saturating_sub(LOTS_NAMED) {
            0 => {}
            more => parts.push(format!("and {more} more")),
        }
        if self.lots_finished > 0 {
            parts.push(format!("{} finished", self.lots_finished));
        }
        parts.join(" · ")
    }

    fn say(&self, line: String) {
        self.say_at(Level::Info, line);
    }

    fn say_at(&self, level: Level, line: String) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => log::log!(level, "{line}"),
        }
    }
}

fn meal(reading: &Reading) -> String {
    format!(
        "{} jour {} {}",
        reading.code_lot, reading.jour, reading.moment
    )
}

fn bar(total: Option<u64>) -> ProgressBar {
    const BOUNDED: &str = "{bar:24} {pos}/{len} meals  {rate}  {eta} left  {wide_msg}";
    const ENDLESS: &str = "{spinner} {pos} meals  {rate}  {elapsed}  {wide_msg}";
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), BOUNDED),
        None => (ProgressBar::new_spinner(), ENDLESS),
    };
    let style = ProgressStyle::with_template(template)
        .expect("the templates are constants, drawn by a test")
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A failure to draw the bar must not stop the sending.
            let _ = write!(out, "{:.1}/s", state.per_sec());
        });
    bar.with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{moment::Moment, reading::sample};

    fn acked(progress: &mut Progress, code: &str, jour: i32, last: bool) {
        let reading = Reading {
            pret_abattage: last,
            ..sample(code, jour, Moment::Soir)
        };
        progress.follow(
            &Event::Acked(&reading),
            &Summary {
                acked: 1,
                ..Summary::default()
            },
        );
    }

    #[test]
    fn both_bars_can_be_drawn() {
        bar(Some(3)).tick();
        bar(None).tick();
    }

    #[tokio::test(start_paused = true)]
    async fn the_line_names_a_few_lots_and_counts_the_others() {
        let mut progress = Progress::new("simulation", Some(10));
        for n in 1..=6 {
            acked(&mut progress, &format!("LL261100{n}"), 2, false);
        }
        acked(&mut progress, "LL2611001", 9, true);
        assert_eq!(
            progress.lots_line(),
            "LL2611002 j2 soir · LL2611003 j2 soir · LL2611004 j2 soir · LL2611005 j2 soir · and 1 more · 1 finished"
        );
        tokio::time::advance(Duration::from_secs(2)).await;
        let summary = Summary {
            acked: 5,
            ..Summary::default()
        };
        assert!(
            progress
                .status(&summary)
                .starts_with("simulation: 5/10 meals acked, 2.5/s, LL2611002")
        );
    }
}
