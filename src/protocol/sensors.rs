//! `/ws/sensors/`: what a quality station sends, and what screens get of it.

mod analysis;
mod cleaned;
mod defects;
mod sample;
pub mod update;
mod words;

use super::{
    input::InputRules,
    lenient::{self, BadField, BadMessage, Object},
};
use crate::domain::quality::sample::{DeviceReport, IncomingSample};
use jiff::Timestamp;

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
///
/// # Errors
/// What of the frame cannot be used; then nothing of it is.
pub fn parse(text: &str, rules: &InputRules, now: Timestamp) -> Result<SensorMessage, BadMessage> {
    let is_visible = lenient::check(text)?;
    let object = Object::read(text).ok_or_else(|| lenient::not_an_object(text))?;
    let message = if is_visible {
        read(&object, rules, now)
    } else {
        read_cleaned(&object, &cleaned::cleaned(text), rules, now)
    };
    // What a station sends is large: the sentence names the field, and does not quote it.
    message.map_err(|fault| fault.unquoted().into())
}

fn read_cleaned(
    object: &Object<'_>,
    cleaned: &str,
    rules: &InputRules,
    now: Timestamp,
) -> Result<SensorMessage, BadField> {
    for name in KEYS {
        object.optional_key(name, usize::MAX)?;
    }
    // What was an object is one without what nobody can see.
    read(&Object::read(cleaned).unwrap_or_default(), rules, now)
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
) -> Result<SensorMessage, BadField> {
    let kind = object.optional_key("type", 64)?;
    match kind.as_deref() {
        None | Some("sensor_data") => Ok(SensorMessage::Sample(Box::new(sample::read(
            object, rules, now,
        )?))),
        Some("esp32_hello" | "hello") => {
            let device_id = required_key(object, "device_id", 64)?;
            Ok(SensorMessage::Hello(report(object, device_id, now)?))
        }
        Some("heartbeat") => {
            let device_id = object.optional_key("device_id", 64)?;
            let report = device_id.map(|device_id| report(object, device_id, now));
            Ok(SensorMessage::Heartbeat(report.transpose()?))
        }
        Some("ping") => Ok(SensorMessage::Ping),
        Some(_) => Err(object.bad(
            "type",
            "must be one of sensor_data, esp32_hello, heartbeat, ping",
        )),
    }
}

fn required_key(object: &Object<'_>, name: &str, max_chars: usize) -> Result<String, BadField> {
    object
        .optional_key(name, max_chars)?
        .ok_or_else(|| object.bad(name, "is missing"))
}

fn report(
    object: &Object<'_>,
    device_id: String,
    now: Timestamp,
) -> Result<DeviceReport, BadField> {
    let mut report = DeviceReport::new(device_id, now);
    report.site = words::site(object, "site_code")?.or(report.site);
    report.location = object.optional_key("location", 200)?;
    report.firmware_version = object.optional_key("firmware_version", 64)?;
    report.ip_address = object.optional_key("ip_address", 64)?;
    report.mac_address = object.optional_key("mac_address", 64)?;
    report.simule = object.flag("simule")?;
    Ok(report)
}

#[cfg(test)]
mod tests;
