//! An alert in the form in which people see it.

use super::{AlertKind, Breach, Change};
use crate::domain::{lot::LotId, reading::MealPosition, site::Site};
use jiff::Timestamp;

/// Who acknowledged an alert, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub le: Timestamp,
    pub par: String,
}

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
