//! Reports about stations that are not stored yet, merged per station.

use super::sample::DeviceReport;
use std::collections::HashMap;

/// Maximum number of stations with a pending report; reports of further stations are dropped.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub struct DeviceReports(HashMap<String, DeviceReport>);

impl DeviceReports {
    /// Adds a report; false if it was dropped.
    pub fn note(&mut self, report: DeviceReport) -> bool {
        let has_room = self.0.len() < MOST;
        match self.0.get_mut(&report.device_id) {
            Some(known) => known.merge(report),
            None if has_room => {
                self.0.insert(report.device_id.clone(), report);
            }
            None => return false,
        }
        true
    }

    /// Takes the pending reports, one per station.
    pub fn take(&mut self) -> Vec<DeviceReport> {
        self.0.drain().map(|(_, report)| report).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn report(second: i64, firmware: Option<&str>) -> DeviceReport {
        DeviceReport {
            firmware_version: firmware.map(str::to_owned),
            ..DeviceReport::new(
                "ESP32_LL_01".to_owned(),
                Timestamp::from_second(second).unwrap(),
            )
        }
    }

    #[test]
    fn what_is_heard_later_of_a_station_stands_and_leaves_what_it_does_not_say() {
        let mut device_reports = DeviceReports::default();
        device_reports.note(report(1, Some("1.0")));
        device_reports.note(report(2, Some("1.1")));
        device_reports.note(report(3, None));
        assert_eq!(device_reports.take(), [report(3, Some("1.1"))]);
        assert!(device_reports.take().is_empty());
    }

    #[test]
    fn of_too_many_stations_no_further_one_is_remembered() {
        let mut device_reports = DeviceReports::default();
        let named = |number: usize| DeviceReport::new(number.to_string(), Timestamp::UNIX_EPOCH);
        assert!((0..MOST).all(|number| device_reports.note(named(number))));
        assert!(!device_reports.note(named(MOST)));
        assert!(device_reports.note(named(0)), "a known one still is");
    }
}
