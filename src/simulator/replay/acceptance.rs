//! Predicts which readings of an export the server will accept, with the server's own parser.

use super::{
    export::ExportedLot,
    report::{Finding, Problem},
};
use crate::{
    domain::{moment::Moment, reading::Reading},
    protocol::{
        frames,
        gavage::{self, GavageMessage},
        input::InputRules,
        lenient::BadMessage,
    },
};
use jiff::Timestamp;
use std::collections::HashMap;

/// The readings as a server with default rules reads them at `now`, and the refused ones by line and meal.
pub fn accepted(
    readings: &[Reading],
    lots: &[ExportedLot],
    rules: &InputRules,
    now: Timestamp,
) -> (Vec<Reading>, Vec<Finding>) {
    let lines: HashMap<&str, u64> = lots
        .iter()
        .map(|lot| (lot.code_lot.as_str(), lot.line))
        .collect();
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for reading in readings {
        match read_back(reading, rules, now) {
            Ok(message) => taken.extend(message.into_readings()),
            Err(fault) => refused.push(Finding {
                line: lines.get(reading.code_lot.as_str()).copied().unwrap_or(0),
                repas: Some(number(reading)),
                problem: Problem::Refused(fault.to_string()),
            }),
        }
    }
    (taken, refused)
}

fn read_back(
    reading: &Reading,
    rules: &InputRules,
    now: Timestamp,
) -> Result<GavageMessage, BadMessage> {
    let message = frames::reading_data(reading);
    gavage::parse(&String::from_utf8_lossy(&message), rules, now)
}

/// The number of a meal, from 1.
fn number(reading: &Reading) -> usize {
    let second = usize::from(reading.moment == Moment::Soir);
    reading.jour.unsigned_abs() as usize * 2 + second + 1
}

#[cfg(test)]
mod tests {
    use super::super::{
        export::Export,
        schedule::{self, Conventions},
    };
    use super::*;
    use crate::protocol::input::rules_of_tests;
    use jiff::tz::TimeZone;

    const HEADER: &str = "CodeLot;dStart;Gaveur;Souche;Nb_MEG;feedTarget_1;feedCornReal_1;feedTarget_2;feedCornReal_2";

    fn split(lines: &str) -> (Vec<Reading>, Vec<String>) {
        let export = Export::read(format!("{HEADER}\n{lines}").as_bytes()).unwrap();
        let conventions = Conventions {
            zone: TimeZone::UTC,
            starting: None,
            gaveur_offset: 1_000,
        };
        let readings = schedule::readings(&export.lots, &conventions).unwrap();
        let now = "2026-11-22T06:00:00Z".parse().unwrap();
        let (taken, refused) = accepted(&readings, &export.lots, &rules_of_tests(), now);
        (taken, refused.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_a_server_takes_is_kept_and_old_readings_are_marked() {
        let (taken, refused) = split("LL3307701;2023-03-07;GAVEUR 7;S1;500;210;206;230;233");
        assert_eq!((taken.len(), refused.len()), (2, 0));
        assert!(taken.iter().all(|reading| reading.horodatage.douteux));
    }

    #[test]
    fn what_a_server_refuses_is_reported_with_its_line_its_meal_and_the_servers_sentence() {
        let long = format!("GAVEUR 7 {}", "x".repeat(200));
        let lines = [
            format!("LL3307701;2026-03-07;{long};S1;500;210;206;230;233"),
            "LL3307702;2026-11-23;GAVEUR 7;S1;500;210;206;230;233".to_owned(),
            "LL3307703;2026-11-24;GAVEUR 7;S1;500;210;206;230;233".to_owned(),
            "LL3307704;2012-11-24;GAVEUR 7;S1;500;;;230;233".to_owned(),
        ];
        let (taken, refused) = split(&lines.join("\n"));
        let codes: Vec<_> = taken
            .iter()
            .map(|reading| reading.code_lot.as_str())
            .collect();
        assert_eq!(codes, ["LL3307702", "LL3307702"]);
        let begins = [
            "line 5, meal 2: refused by a server: field `timestamp` is before the year 2020",
            "line 2, meal 1: refused by a server: field `gaveur_nom` must have at most 200 characters",
            "line 2, meal 2: refused by a server: field `gaveur_nom` must have at most 200 characters",
            "line 4, meal 1: refused by a server: field `timestamp` is more than 2 days ahead",
            "line 4, meal 2: refused by a server: field `timestamp` is more than 2 days ahead",
        ];
        assert_eq!(refused.len(), begins.len(), "{refused:#?}");
        for (sentence, begin) in refused.iter().zip(begins) {
            assert!(sentence.starts_with(begin), "{sentence}");
        }
    }
}
