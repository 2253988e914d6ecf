//! A sample: a quality station's measurements of one foie.

use super::{Grade, Quality, defect::Defect, matrix::Matrix};
use crate::domain::{lot::LotId, site::Site};
use jiff::Timestamp;

/// A sample as judged and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub sample_id: String,
    pub time: Timestamp,
    /// The time is so old that the station's clock may be wrong, or that the sample is history.
    pub horloge_douteuse: bool,
    /// When it arrived.
    pub recu_le: Timestamp,
    pub device_id: String,
    pub site: Option<Site>,
    /// The lot that it belongs to; `None` if unknown, since it is never guessed. A code without a lot is kept on its own.
    pub lot_id: Option<LotId>,
    pub code_lot: Option<String>,
    /// Judged by our rule.
    pub quality: Quality,
    /// The score that the station computed.
    pub station_score: Option<f64>,
    pub station_grade: Option<Grade>,
    pub defauts: Vec<Defect>,
    pub simule: bool,
}

impl Sample {
    /// True if the station's result differs from ours.
    pub fn disagrees(&self) -> bool {
        /// Scores are displayed with two decimals.
        const SAME: f64 = 0.005;
        let differ = |(ours, theirs): (f64, f64)| (ours - theirs).abs() > SAME;
        let scores = self.quality.final_score.zip(self.station_score);
        self.station_grade
            .is_some_and(|claimed| Some(claimed) != self.quality.final_grade)
            || scores.is_some_and(differ)
    }
}

/// The sensors' data, as JSON for the screens: encoded once, not parsed again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SensorPayload {
    pub distance: Option<Matrix>,
    pub reflectance: Option<Matrix>,
    pub amplitude: Option<Matrix>,
    pub status: Option<Matrix>,
    pub ambient: Option<Matrix>,
    pub tof_meta: Option<String>,
    /// `None` if the station sent nothing of this sensor.
    pub tof: Option<String>,
    pub spectral: Option<String>,
    pub fusion: String,
}

/// The lot that a station names for its sample.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LotReference {
    #[default]
    Nothing,
    Code(String),
    /// Id of the lot's row.
    Id(i64),
}

/// A sample as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingSample {
    /// Without the lot, which is found later.
    pub sample: Sample,
    pub lot: LotReference,
    /// True if the message contained a time; otherwise the arrival time is used.
    pub is_dated: bool,
    /// The time as read, if it had no time zone.
    pub naive_time: Option<Timestamp>,
    pub location: Option<String>,
    pub payload: SensorPayload,
}

/// Information about a station from one of its messages.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceReport {
    pub device_id: String,
    pub at: Timestamp,
    pub site: Option<Site>,
    pub location: Option<String>,
    pub firmware_version: Option<String>,
    pub ip_address: Option<String>,
    pub mac_address: Option<String>,
    pub simule: Option<bool>,
    /// Number of new samples, and the time of the latest.
    pub samples: i64,
    pub last_sample: Option<Timestamp>,
}

impl DeviceReport {
    pub fn new(device_id: String, at: Timestamp) -> Self {
        DeviceReport {
            site: site_of_device(&device_id),
            device_id,
            at,
            location: None,
            firmware_version: None,
            ip_address: None,
            mac_address: None,
            simule: None,
            samples: 0,
            last_sample: None,
        }
    }

    /// Adds the information of a later message of the same station.
    pub fn merge(&mut self, later: DeviceReport) {
        self.at = self.at.max(later.at);
        self.site = later.site.or(self.site);
        self.location = later.location.or(self.location.take());
        self.firmware_version = later.firmware_version.or(self.firmware_version.take());
        self.ip_address = later.ip_address.or(self.ip_address.take());
        self.mac_address = later.mac_address.or(self.mac_address.take());
        self.simule = later.simule.or(self.simule);
        self.samples += later.samples;
        self.last_sample = self.last_sample.max(later.last_sample);
    }
}

impl IncomingSample {
    /// The time that identifies a repeated sample. If the message had none, it is the epoch, because the arrival time differs at each
    /// repetition.
    pub fn stated_time(&self) -> Timestamp {
        if self.is_dated {
            self.sample.time
        } else {
            Timestamp::UNIX_EPOCH
        }
    }

    pub fn report(&self, at: Timestamp, is_new: bool) -> DeviceReport {
        DeviceReport {
            site: self.sample.site,
            location: self.location.clone(),
            simule: Some(self.sample.simule),
            samples: i64::from(is_new),
            last_sample: (is_new && !self.sample.horloge_douteuse).then_some(self.sample.time),
            ..DeviceReport::new(self.sample.device_id.clone(), at)
        }
    }
}

/// The site is the two-letter token in a device's name, e.g. `ESP32_LL_01`.
pub fn site_of_device(device_id: &str) -> Option<Site> {
    let mut tokens = device_id.split(|c: char| !c.is_alphanumeric());
    tokens.find_map(|token| token.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_of_a_device_is_the_token_in_its_name() {
        assert_eq!(site_of_device("ESP32_LL_01"), Some(Site::Ll));
        assert_eq!(site_of_device("ESP32-MT-7"), Some(Site::Mt));
        assert_eq!(site_of_device("esp32_ls_02"), Some(Site::Ls));
        assert_eq!(site_of_device("WELLS"), None);
    }
}
