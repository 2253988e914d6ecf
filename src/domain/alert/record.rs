//! An alert in the form in which people see it.

use super::{AlertKind, Breach, Change};
use crate::domain::{lot::LotId, reading::MealPosition, site::Site};
use jiff::Timestamp;
use std::time::Duration;

/// Who acknowledged an alert, when, and what he wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub le: Timestamp,
    pub par: String,
    pub commentaire: Option<String>,
}

/// What somebody does about an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledging {
    /// Only the first is kept.
    Take { commentaire: Option<String> },
    /// Takes his own back, within [`WITHDRAWN_WITHIN`].
    Withdraw,
}

/// Screens offer ten seconds; the rest is for a slow line.
pub const WITHDRAWN_WITHIN: Duration = Duration::from_secs(60);

/// A stored alert, open or closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub id: i64,
    /// Id of the life of its code.
    pub lot_id: Option<LotId>,
    pub kind: AlertKind,
    pub breach: Breach,
    pub code_lot: Option<String>,
    pub gaveur_id: Option<i32>,
    pub gaveur_nom: Option<String>,
    pub gaveur_telephone: Option<String>,
    pub site: Option<Site>,
    pub device_id: Option<String>,
    pub sample_id: Option<String>,
    /// Meal at which the alert was raised.
    pub position: Option<MealPosition>,
    pub levee_le: Timestamp,
    pub fermee_le: Option<Timestamp>,
    pub acquittement: Option<Acknowledgement>,
    pub simule: bool,
}

/// An event of an alert, with the alert's state after it.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertEvent {
    pub change: Change,
    pub alert: Alert,
}

impl AlertEvent {
    /// True if somebody must be notified: the alert begins or gets worse.
    pub fn calls_out(&self) -> bool {
        matches!(self.change, Change::Raised | Change::Worse)
    }
}

/// An alert of a meal for tests.
#[cfg(test)]
pub(crate) fn sample(
    kind: AlertKind,
    severity: super::Severity,
    mesure: Option<f64>,
    seuil: Option<f64>,
) -> Alert {
    Alert {
        id: 1,
        kind,
        breach: Breach {
            severity,
            mesure,
            seuil,
        },
        lot_id: None,
        code_lot: Some("LL2611001".to_owned()),
        gaveur_id: Some(1),
        gaveur_nom: None,
        gaveur_telephone: None,
        site: None,
        device_id: None,
        sample_id: None,
        position: Some((5, crate::domain::moment::Moment::Soir)),
        levee_le: Timestamp::UNIX_EPOCH,
        fermee_le: None,
        acquittement: None,
        simule: false,
    }
}
