//! `gaveurs replay FILE`: a cooperative's export of lots, played again as a live stream.

mod acceptance;
mod cell;
mod columns;
pub mod export;
pub mod report;
pub mod schedule;
mod table;

use super::{
    feeder::Summary,
    options::Target,
    pace::{Acceleration, paced},
    progress::Progress,
};
use crate::signals::asked_to_stop;
use crate::{
    domain::reading::Reading,
    protocol::{frames, input::InputRules},
};
use anyhow::Context;
use clap::Args;
use export::Export;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schedule::Conventions;
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Play a cooperative's CSV export as a live stream, meal by meal
///
/// The separator (; , or tab), the decimal mark, the encoding (UTF-8 or cp1252) and the form of the dates are recognised. Columns are
/// found by their names: CodeLot, dStart, Gaveur, Souche, Nb_MEG, feedTarget_i and feedCornReal_i. Nothing is left out silently: every
/// line, meal or value that cannot be used is reported with its number and the reason.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Rules:
  * i counts meals: meal i belongs to jour (i-1)/2, matin (07:00) when i is odd, soir (19:00) when it is even, counted from dStart.
  * A given dose that is empty, nan, 0 or -0.01 was not measured: no meal. Reported in the middle of a lot, only counted after its end.
  * A given dose of 1 g or less at the end of a lot is a placeholder: reported and not sent.
  * A given dose outside 0 < d <= 600 g, or unreadable: reported and not sent.
  * A planned dose that is missing or outside 0 < d <= 600 g: reported, and the meal is sent without it.
  * A repeated lot, a code of no known site, an unreadable date or gaveur, a wrong number of columns: the whole line is reported and left out.
  * The gaveur is the one number in his name; of several, the one outside brackets (GAVEUR 007 (bâtiment 2) is 7). The number of a building is none.
  * A meal that no server would take (a name that is too long, before 2020, more than 2 days ahead of now) is reported with the server's
    sentence, by --dry-run too. A server keeps meals older than 60 days as history: marked, without alerts.
  * Nb_MEG is the head count of meal 1. The export holds no weight, temperature, humidity or mortality: they stay absent.
  * The last meal sent of a lot says that it is ready for slaughter. The same file played again corrects the same meals and adds none.

Examples:
  gaveurs replay lots-2024.csv --dry-run
      what would be sent, as JSON on standard output, and what would be left out; needs no server
  gaveurs replay lots-2024.csv
      one day a second, to the server on this machine
  gaveurs replay lots-2024.csv --acceleration 1440 --starting 2026-03-02
      one day a minute, the first lot starting on 2 March 2026

Exit code: 0, or 1 when the file is no such export or the server refused a reading.")]
pub struct Replay {
    /// The export: one lot a line
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// How much faster than reality, from 1 to 86400; 86400 is one day a second
    #[arg(long, value_name = "TIMES", default_value_t = Acceleration::DAY_PER_SECOND)]
    acceleration: Acceleration,
    /// Time zone of the hours at which meals are given
    #[arg(long, value_name = "ZONE", default_value = "Europe/Paris", value_parser = zone)]
    zone: TimeZone,
    /// Move the first lot to this day (YYYY-MM-DD), all others with it [default: the dates of the file]
    #[arg(long, value_name = "DATE", value_parser = starting)]
    starting: Option<Date>,
    /// Added to the gaveurs' numbers, so that they differ from those of known gaveurs
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = offset)]
    gaveur_offset: i32,
    /// Send nothing: write the readings to standard output as JSON, one a line
    #[arg(long)]
    dry_run: bool,
}

impl Replay {
    /// Runs until the last meal is acked or the operator stops it.
    ///
    /// # Errors
    /// The file cannot be read or is no export of lots, or its meals lie outside the calendar.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut export = self.read()?;
        let readings = schedule::readings(&export.lots, &self.conventions())?;
        let rules = InputRules::usual(self.zone.clone());
        let (readings, refused) =
            acceptance::accepted(&readings, &export.lots, &rules, Timestamp::now());
        export.report.findings.extend(refused);
        export
            .report
            .findings
            .iter()
            .for_each(|finding| eprintln!("{finding}"));
        if self.dry_run {
            print_all(&readings).context("cannot write the readings to standard output")?;
            let outcome = "nothing was sent (--dry-run)";
            eprintln!("{}", conclusion(&export, readings.len(), outcome));
            return Ok(ExitCode::SUCCESS);
        }
        let meals = readings.len();
        let summary = self.send(readings).await;
        eprintln!("{}", conclusion(&export, meals, &summary.to_string()));
        Ok(summary.exit_code())
    }

    fn read(&self) -> anyhow::Result<Export> {
        let name = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| format!("cannot read {name}"))?;
        let export = Export::read(&bytes).with_context(|| name.to_string())?;
        log::info!(
            "{name}: encoding {}, separator {:?}, decimal mark {}",
            export.encoding,
            export.separator,
            export.decimal_mark
        );
        Ok(export)
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            zone: self.zone.clone(),
            starting: self.starting,
            gaveur_offset: self.gaveur_offset,
        }
    }

    async fn send(&self, readings: Vec<Reading>) -> Summary {
        let mut progress = Progress::new("replay", Some(readings.len() as u64));
        let readings = paced(schedule::timed(readings), self.acceleration);
        let follow = |event: super::feeder::Event<'_>, summary: &Summary| {
            progress.follow(&event, summary);
        };
        let summary = self
            .target
            .feeder()
            .run(readings, asked_to_stop(), follow)
            .await;
        progress.finish();
        summary
    }
}

fn conclusion(export: &Export, meals: usize, outcome: &str) -> String {
    let lots = export.lots.len();
    format!(
        "Replay: {lots} lots, {meals} usable meals; {outcome}\n{}",
        export.report
    )
}

/// Prints one JSON object per line; a closed pipe (`
/// head`) is not an error.
fn print_all(readings: &[Reading]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let lines = readings.iter().map(frames::reading_data);
    let written = lines.into_iter().try_for_each(|line| {
        out.write_all(&line)?;
        out.write_all(b"\n")
    });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "a time zone such as Europe/Paris is expected".to_owned())
}

fn starting(text: &str) -> Result<Date, String> {
    cell::date(text).ok_or_else(|| "a date YYYY-MM-DD from 2000 to 2099 is expected".to_owned())
}

fn offset(text: &str) -> Result<i32, String> {
    let offset = text.trim().parse().ok();
    offset
        .filter(|offset| *offset >= 0)
        .ok_or_else(|| "a whole number, 0 or more, is expected".to_owned())
}
