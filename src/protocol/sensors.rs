//! `/ws/sensors/`: what a quality station sends, and what screens get of it.

mod analysis;
mod checked;
mod cleaned;
mod defects;
mod object;
mod sample;
pub mod update;

pub use super::gavage::BadMessage;

use super::{gavage::not_json, input::InputRules};
use crate::domain::quality::sample::{DeviceReport, IncomingSample};
use checked::Checked;
use jiff::Timestamp;
use object::Object;

/// What one text frame of a station says.
#[derive(Debug, Clone, PartialEq)]
pub enum SensorMessage {
    Hello(DeviceReport),
    /// Without a name it only shows that somebody is there.
    Heartbeat(Option<DeviceReport>),
    Ping,
    Sample(Box<IncomingSample>),
}

/// Reads a text frame that arrived at `now`.
///
/// The text is gone through twice: once to know that every part of it is JSON that any client can read, once to pick what
/// is needed. The parts that only pass through are never taken apart, but for what nobody can see in them.
pub fn parse(text: &str, rules: &InputRules, now: Timestamp) -> Result<SensorMessage, BadMessage> {
    let checked = serde_json::from_str::<Checked>(text).map_err(|error| not_json(text, &error))?;
    let object = Object::top(text)?;
    if checked.is_visible {
        return read(&object, rules, now);
    }
    for name in KEYS {
        object.text(name, usize::MAX)?;
    }
    read(&Object::top(&cleaned::cleaned(text))?, rules, now)
}

/// What identifies something is refused when it holds what nobody can see; everything else is cleaned of it.
const KEYS: [&str; 7] = [
    "type",
    "device_id",
    "sample_id",
    "code_lot",
    "lot_id",
    "site_code",
    "timestamp",
];

fn read(
    object: &Object<'_>,
    rules: &InputRules,
    now: Timestamp,
) -> Result<SensorMessage, BadMessage> {
    let kind = object.text("type", 64)?;
    match kind.as_deref() {
        None | Some("sensor_data") => Ok(SensorMessage::Sample(Box::new(sample::read(
            object, rules, now,
        )?))),
        Some("esp32_hello" | "hello") => {
            let device_id = object.required_text("device_id", 64)?;
            Ok(SensorMessage::Hello(report(object, device_id, now)?))
        }
        Some("heartbeat") => {
            let device_id = object.text("device_id", 64)?;
            let report = device_id.map(|device_id| report(object, device_id, now));
            Ok(SensorMessage::Heartbeat(report.transpose()?))
        }
        Some("ping") => Ok(SensorMessage::Ping),
        Some(_) => Err(object
            .bad(
                "type",
                "must be one of sensor_data, esp32_hello, heartbeat, ping",
            )
            .into()),
    }
}

fn report(
    object: &Object<'_>,
    device_id: String,
    now: Timestamp,
) -> Result<DeviceReport, BadMessage> {
    let mut report = DeviceReport::new(device_id, now);
    report.site = object.site("site_code")?.or(report.site);
    report.location = object.text("location", 200)?;
    report.firmware_version = object.text("firmware_version", 64)?;
    report.ip_address = object.text("ip_address", 64)?;
    report.mac_address = object.text("mac_address", 64)?;
    report.simule = object.flag("simule")?;
    Ok(report)
}

#[cfg(test)]
mod tests;
