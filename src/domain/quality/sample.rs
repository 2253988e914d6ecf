//! A sample: what a quality station says of one foie.

use super::{Grade, Quality, defect::Defect, matrix::Matrix};
use crate::domain::{lot::LotId, site::Site};
use jiff::Timestamp;

/// A sample as it is judged and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub sample_id: String,
    pub time: Timestamp,
    /// So old that the station's clock must be doubted, or that it is history.
    pub horloge_douteuse: bool,
    pub device_id: String,
    pub site: Option<Site>,
    /// The lot that it belongs to; `None` when that is not known, which is never guessed. A code that no lot has stands alone.
    pub lot_id: Option<LotId>,
    pub code_lot: Option<String>,
    /// By our rule.
    pub quality: Quality,
    /// As the station claimed it.
    pub station_score: Option<f64>,
    pub station_grade: Option<Grade>,
    pub defauts: Vec<Defect>,
    pub simule: bool,
}

impl Sample {
    /// The station's claim and our rule are not the same.
    pub fn disagrees(&self) -> bool {
        /// Scores are shown with two decimals.
        const SAME: f64 = 0.005;
        let differ = |(ours, theirs): (f64, f64)| (ours - theirs).abs() > SAME;
        let scores = self.quality.final_score.zip(self.station_score);
        self.station_grade
            .is_some_and(|claimed| Some(claimed) != self.quality.final_grade)
            || scores.is_some_and(differ)
    }
}

/// What the sensors saw. The texts are JSON as it goes to the screens: encoded once, opaque here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SensorPayload {
    pub distance: Option<Matrix>,
    pub reflectance: Option<Matrix>,
    pub amplitude: Option<Matrix>,
    pub status: Option<Matrix>,
    pub ambient: Option<Matrix>,
    pub tof_meta: Option<String>,
    /// `None` when the station sent nothing of this sensor.
    pub tof: Option<String>,
    pub spectral: Option<String>,
    pub fusion: String,
}

/// Which lot a station says that its sample is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LotReference {
    #[default]
    Nothing,
    Code(String),
    /// Number of the lot's row.
    Id(i64),
}

/// A sample as it arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingSample {
    /// Still without the lot.
    pub sample: Sample,
    pub lot: LotReference,
    /// It named a time; otherwise its time is that of its arrival.
    pub is_dated: bool,
    /// What its time was taken to be when it named no zone.
    pub naive_time: Option<Timestamp>,
    pub location: Option<String>,
    pub payload: SensorPayload,
}

/// What is learnt of a station from a message of it.
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
    /// New samples, and the time of the latest.
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

    /// Takes over what a later message of the same station says.
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
    /// The time by which it is known again: that of its arrival says nothing when it comes once more.
    pub fn said_time(&self) -> Timestamp {
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

/// The site is the two-letter token in the name of a device, e.g. `ESP32_LL_01`.
pub fn site_of_device(device_id: &str) -> Option<Site> {
    let mut tokens = device_id.split(|c: char| !c.is_alphanumeric());
    tokens.find_map(|token| {
        Site::ALL
            .into_iter()
            .find(|site| site.code().eq_ignore_ascii_case(token))
    })
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
