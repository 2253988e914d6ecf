//! Alerts as the farmers', the supervision and the quality screens read them.

use super::Beside;
use crate::{
    domain::{alert::Alert, rounding::one_decimal},
    protocol::{alerts::AlertData, frames::At},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What the farmers' screens read of an alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct FarmerAlert {
    /// = `levee_le`.
    #[schema(value_type = String, format = DateTime)]
    time: At,
    /// Same as the id of the lot: alerts are of lots, not of single ducks.
    canard_id: i64,
    /// = `type`.
    type_alerte: &'static str,
    /// No text messages are sent.
    sms_envoye: bool,
    /// = `mesure`.
    valeur_mesuree: Option<f64>,
    /// = `seuil`.
    valeur_seuil: Option<f64>,
}

/// An alert beside what the farmers' screens read of it.
pub fn for_farmer(alert: &Alert) -> Beside<AlertData, FarmerAlert> {
    let ours = AlertData::from(alert);
    let old = FarmerAlert {
        time: ours.levee_le,
        canard_id: alert.lot_id.unwrap_or(0),
        type_alerte: ours.r#type,
        sms_envoye: false,
        valeur_mesuree: ours.mesure,
        valeur_seuil: ours.seuil,
    };
    Beside { ours, old }
}

/// What the supervision screens read of an alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupervisionAlert {
    /// = `levee_le`.
    #[schema(value_type = String, format = DateTime)]
    time: At,
    /// = `type`.
    type_alerte: &'static str,
    lot_id: Option<i64>,
    /// = `mesure`.
    valeur_observee: Option<f64>,
    /// = `seuil`.
    valeur_attendue: Option<f64>,
    /// The measured value from the threshold, %, one decimal.
    ecart_pct: Option<f64>,
}

/// An alert beside what the supervision screens read of it. They know `severite` in French only.
pub fn for_supervision(alert: &Alert) -> Beside<AlertData, SupervisionAlert> {
    let mut ours = AlertData::from(alert);
    ours.severite = ours.niveau;
    let old = SupervisionAlert {
        time: ours.levee_le,
        type_alerte: ours.r#type,
        lot_id: alert.lot_id,
        valeur_observee: ours.mesure,
        valeur_attendue: ours.seuil,
        ecart_pct: ours
            .mesure
            .zip(ours.seuil)
            .and_then(|(measured, threshold)| percent_from(measured, threshold)),
    };
    Beside { ours, old }
}

fn percent_from(measured: f64, threshold: f64) -> Option<f64> {
    let percent = 100.0 * (measured - threshold) / threshold;
    percent.is_finite().then(|| one_decimal(percent))
}

/// What the quality screens read of an alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct QualityAlert {
    alert_id: String,
    /// = `levee_le`.
    #[schema(value_type = String, format = DateTime)]
    time: At,
    /// = `type`.
    alert_type: &'static str,
    /// = `severite`.
    severity: &'static str,
    /// = `mesure`.
    value: Option<f64>,
    is_acknowledged: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged_at: Option<At>,
    acknowledged_by: Option<String>,
}

/// An alert beside what the quality screens read of it.
pub fn for_quality(alert: &Alert) -> Beside<AlertData, QualityAlert> {
    let ours = AlertData::from(alert);
    let old = QualityAlert {
        alert_id: ours.id.to_string(),
        time: ours.levee_le,
        alert_type: ours.r#type,
        severity: ours.severite,
        value: ours.mesure,
        is_acknowledged: ours.acquittee,
        acknowledged_at: ours.acquittee_le,
        acknowledged_by: ours.acquittee_par.clone(),
    };
    Beside { ours, old }
}

/// What the farmers' screens read of their alerts, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct FarmerCounts {
    /// = `critiques`.
    pub critiques_actives: i64,
    /// = `importantes`.
    pub importantes_actives: i64,
    /// = `info`.
    pub info_actives: i64,
    /// Raised within the last 24 hours.
    pub alertes_24h: i64,
    /// No text messages are sent.
    pub sms_envoyes: i64,
}
