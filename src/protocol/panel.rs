//! The control panel: what its requests ask for, and the frames of `/api/control/ws`, which are a contract with the older panel.

mod panne;

pub use panne::{FaultFrame, fault, targets};

use super::{
    frames::At,
    lenient::{self, BadField, BadMessage, Object, Scalar},
};
use crate::domain::{
    consumer::profile::Profile,
    panel::{
        Condition, ConsumerRun, GavageRun, MonitorRun, Report, Run, Simulator, SimulatorReport,
        SqalRun, bounds,
        log::Line,
        saying::{Saying, Word},
        scenario::{Progress, Scenario, Step},
    },
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{ops::RangeInclusive, time::Duration};

/// From one foie to the next of the stations that claim the lots that wait.
pub const STATION_PACE: Duration = Duration::from_millis(400);
/// Stations unless others are asked for.
pub const STATIONS: u32 = 2;

/// Reads what a simulator is to do. What is absent, null or no number has its default; the older panel posts without a body.
///
/// # Errors
/// What of the body cannot be used.
pub fn run(simulator: Simulator, text: &str) -> Result<Run, BadMessage> {
    let fields = body(text)?;
    Ok(match simulator {
        Simulator::Gavage => Run::Gavage(GavageRun {
            lots: given(&fields, "nb_lots", bounds::LOTS, 3)?,
            acceleration: given(&fields, "acceleration", bounds::ACCELERATION, 1_440)?,
            forever: true,
            strays: false,
            seed: None,
        }),
        Simulator::Monitor => Run::Monitor(MonitorRun {
            stations: given(&fields, "stations", bounds::STATIONS, STATIONS)?,
            ask_every: seconds(&fields, "polling_interval", 60)?,
            foies_per_lot: given(&fields, "samples_per_lot", bounds::SAMPLES_PER_LOT, 5)?,
            pace: STATION_PACE,
            seed: None,
        }),
        Simulator::Sqal => Run::Sqal(SqalRun {
            device_id: text_of(&fields, "device_id", 64)?
                .unwrap_or_else(|| "ESP32_LL_01".to_owned()),
            interval: seconds(&fields, "interval", 30)?,
            samples: given(&fields, "nb_samples", bounds::SAMPLES, 50)?,
            lot: text_of(&fields, "lot_id", 64)?,
        }),
        Simulator::Consumer => Run::Consumer(ConsumerRun {
            interval: seconds(&fields, "interval", 10)?,
            ratings: given(&fields, "num_feedbacks", bounds::RATINGS, 0)?,
            lot: text_of(&fields, "code_lot", 64)?,
            profile: profile(&fields)?,
            seed: None,
        }),
    })
}

/// Which scenario is asked for, and the acceleration of its lots if it is not to be its own.
///
/// # Errors
/// What of the body cannot be used.
pub fn scenario(text: &str) -> Result<(Scenario, Option<u32>), BadMessage> {
    let fields = body(text)?;
    let acceleration = count(&fields, "acceleration", bounds::ACCELERATION)?;
    Ok((fields.word("scenario")?, acceleration))
}

/// One text of a body; `None` if it is absent.
///
/// # Errors
/// The body is no object, or the value no text.
pub fn field(text: &str, name: &str) -> Result<Option<String>, BadMessage> {
    Ok(text_of(&body(text)?, name, 100)?)
}

fn body(text: &str) -> Result<Object<'_>, BadMessage> {
    if text.trim().is_empty() {
        return Ok(Object::default());
    }
    lenient::check(text)?;
    Object::read(text).ok_or_else(|| lenient::not_an_object(text))
}

fn given(
    fields: &Object<'_>,
    name: &str,
    range: RangeInclusive<i32>,
    default: u32,
) -> Result<u32, BadField> {
    Ok(count(fields, name, range)?.unwrap_or(default))
}

fn count(
    fields: &Object<'_>,
    name: &str,
    range: RangeInclusive<i32>,
) -> Result<Option<u32>, BadField> {
    let number = match fields.scalar(name) {
        Scalar::Null => None,
        // An empty field of a form.
        Scalar::Text(text) if text.trim().is_empty() => None,
        _ => fields.count(name, range)?,
    };
    Ok(number.map(i32::unsigned_abs))
}

fn seconds(fields: &Object<'_>, name: &str, default: u32) -> Result<Duration, BadField> {
    let seconds = given(fields, name, bounds::SECONDS, default)?;
    Ok(Duration::from_secs(seconds.into()))
}

fn text_of(fields: &Object<'_>, name: &str, most: usize) -> Result<Option<String>, BadField> {
    fields.optional_key(name, most)
}

fn profile(fields: &Object<'_>) -> Result<Profile, BadField> {
    let is_given = text_of(fields, "profile", 64)?.is_some();
    let profile = is_given.then(|| fields.word("profile")).transpose()?;
    Ok(profile.unwrap_or(Profile::Realistic))
}

/// How all simulators are doing.
#[derive(Debug, Serialize)]
pub struct PanelFrame<'a> {
    timestamp: At,
    simulators: SimulatorFrames,
    /// The scenario that was started last.
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<ScenarioFrame<'a>>,
    /// Faults that are being made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pannes: Vec<FaultFrame>,
    /// For each simulator the lots that it feeds, or its stations.
    #[serde(skip_serializing_if = "Option::is_none")]
    cibles: Option<Value>,
}

#[derive(Debug, Serialize)]
struct ScenarioFrame<'a> {
    nom: Scenario,
    /// The lot that is followed.
    code_lot: Option<&'a str>,
    etapes: Vec<StepFrame>,
}

#[derive(Debug, Serialize)]
struct StepFrame {
    etape: Step,
    /// When it happened.
    le: Option<At>,
}

impl<'a> From<&'a Progress> for ScenarioFrame<'a> {
    fn from(progress: &'a Progress) -> Self {
        let step = |step: &Step| StepFrame {
            etape: *step,
            le: progress.at(*step).map(At),
        };
        ScenarioFrame {
            nom: progress.scenario,
            code_lot: progress.lot.as_deref(),
            etapes: progress.scenario.steps().iter().map(step).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct SimulatorFrames {
    gavage: SimulatorFrame,
    monitor: SimulatorFrame,
    sqal: SimulatorFrame,
    consumer: SimulatorFrame,
}

/// How one simulator is doing.
#[derive(Debug, Serialize)]
pub struct SimulatorFrame {
    status: Condition,
    running: bool,
    uptime: u64,
    stats: Stats,
    last_error: Option<String>,
    /// The last error for a screen that says it in its own language.
    #[serde(skip_serializing_if = "Option::is_none")]
    erreur: Option<SayingFrame>,
}

/// What a simulator says: the word by which a screen chooses its text, and the values in it.
#[derive(Debug, Serialize)]
struct SayingFrame {
    code: Word,
    valeurs: Map<String, Value>,
}

impl From<&Saying> for SayingFrame {
    fn from(saying: &Saying) -> Self {
        let values = saying.values.iter();
        SayingFrame {
            code: saying.word,
            valeurs: values
                .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
                .collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Stats {
    messages_sent: u64,
    errors: u64,
    uptime_seconds: u64,
}

impl<'a> From<&'a Report> for PanelFrame<'a> {
    fn from(report: &'a Report) -> Self {
        let frame = |simulator| SimulatorFrame::from(report.of(simulator));
        PanelFrame {
            timestamp: At(report.at),
            simulators: SimulatorFrames {
                gavage: frame(Simulator::Gavage),
                monitor: frame(Simulator::Monitor),
                sqal: frame(Simulator::Sqal),
                consumer: frame(Simulator::Consumer),
            },
            scenario: report.progress.as_ref().map(ScenarioFrame::from),
            pannes: report.faults.iter().map(FaultFrame::from).collect(),
            cibles: (!report.targets.is_empty()).then(|| targets(&report.targets)),
        }
    }
}

impl From<&SimulatorReport> for SimulatorFrame {
    fn from(report: &SimulatorReport) -> Self {
        let uptime = report.uptime.as_secs();
        SimulatorFrame {
            status: report.condition,
            running: report.condition == Condition::Running,
            uptime,
            stats: Stats {
                messages_sent: report.tally.messages,
                errors: report.tally.errors,
                uptime_seconds: uptime,
            },
            last_error: report.tally.last_error.as_ref().map(Saying::to_string),
            erreur: report.tally.last_error.as_ref().map(SayingFrame::from),
        }
    }
}

/// A line of the log of one simulator.
#[derive(Debug, Serialize)]
pub struct LogFrame {
    timestamp: At,
    /// The simulator; the older panel names a device.
    device_id: Simulator,
    level: &'static str,
    message: String,
    #[serde(flatten)]
    saying: SayingFrame,
    /// How many lines before it were left out for a slow reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u64>,
}

impl LogFrame {
    pub fn new(line: &Line, skipped: u64) -> Self {
        LogFrame {
            timestamp: At(line.at),
            device_id: line.simulator,
            level: if line.is_warning { "warning" } else { "info" },
            message: line.saying.to_string(),
            saying: SayingFrame::from(&line.saying),
            skipped: Some(skipped).filter(|skipped| *skipped > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(simulator: Simulator, text: &str) -> Run {
        run(simulator, text).expect("the body is read")
    }

    #[test]
    fn without_a_body_and_with_null_or_no_number_a_simulator_does_what_the_older_panel_expects() {
        let expected = Run::Gavage(GavageRun {
            lots: 3,
            acceleration: 1_440,
            forever: true,
            strays: false,
            seed: None,
        });
        for text in [
            "",
            " \n",
            "{}",
            r#"{"nb_lots":null,"acceleration":null}"#,
            r#"{"nb_lots":"NaN","acceleration":""}"#,
        ] {
            assert_eq!(read(Simulator::Gavage, text), expected, "{text}");
        }
        let Run::Sqal(station) = read(Simulator::Sqal, r#"{"lot_id": 1}"#) else {
            panic!("no station");
        };
        assert_eq!(station.device_id, "ESP32_LL_01");
        assert_eq!(
            (station.interval.as_secs(), station.samples),
            (30, 50),
            "{station:?}"
        );
        assert_eq!(station.lot.as_deref(), Some("1"));
    }

    #[test]
    fn a_value_outside_its_range_is_refused_with_its_name() {
        for (simulator, text, name) in [
            (Simulator::Gavage, r#"{"nb_lots": 21}"#, "nb_lots"),
            (Simulator::Gavage, r#"{"acceleration": 0}"#, "acceleration"),
            (Simulator::Monitor, r#"{"stations": 11}"#, "stations"),
            (
                Simulator::Monitor,
                r#"{"samples_per_lot": "beaucoup"}"#,
                "samples_per_lot",
            ),
            (Simulator::Sqal, r#"{"interval": 0}"#, "interval"),
        ] {
            match run(simulator, text) {
                Err(problem) => {
                    assert!(problem.to_string().contains(name), "{problem}")
                }
                _ => panic!("{text} is accepted"),
            }
        }
    }

    #[test]
    fn the_frame_of_the_panel_is_what_the_older_one_reads() {
        let stopped = SimulatorReport {
            condition: Condition::Stopped,
            started_at: None,
            uptime: Duration::ZERO,
            tally: Default::default(),
            run: None,
        };
        let mut report = Report {
            at: "2026-11-29T15:00:00Z".parse().unwrap(),
            simulators: std::array::from_fn(|_| stopped.clone()),
            progress: None,
            faults: Vec::new(),
            targets: Vec::new(),
        };
        let running = &mut report.simulators[Simulator::Gavage as usize];
        running.condition = Condition::Running;
        running.uptime = Duration::from_millis(41_900);
        running.tally.messages = 120;
        let frame = serde_json::to_string(&PanelFrame::from(&report)).unwrap();
        let idle = r#"{"status":"stopped","running":false,"uptime":0,"stats":{"messages_sent":0,"errors":0,"uptime_seconds":0},"last_error":null}"#;
        let busy = r#"{"status":"running","running":true,"uptime":41,"stats":{"messages_sent":120,"errors":0,"uptime_seconds":41},"last_error":null}"#;
        let expected = format!(
            r#"{{"timestamp":"2026-11-29T15:00:00.000Z","simulators":{{"gavage":{busy},"monitor":{idle},"sqal":{idle},"consumer":{idle}}}}}"#
        );
        assert_eq!(frame, expected);
    }
}
