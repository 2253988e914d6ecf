//! Alerts on the wire: one object for REST and frames, with the words of supervision and of the farmers.

use super::frames::{At, ServerFrame};
use crate::domain::{
    alert::{
        Alert, AlertCode, AlertEvent, Severity, digits,
        wording::{self, Language},
    },
    moment::Moment,
    site::Site,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An alert. `null` means that it has no such value or that it was not measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertData {
    pub id: i64,
    pub code_lot: Option<String>,
    pub gaveur_id: Option<i32>,
    pub gaveur_nom: Option<String>,
    /// `LL`, `LS` or `MT`.
    pub site_code: Option<&'static str>,
    /// `ecart_dose`, `mortalite`, `temperature`, `humidite`, `poids_repas`, `gain_moyen`, `flux_muet`, `score_qualite`, `oxydation` or
    /// `fraicheur`.
    pub r#type: &'static str,
    /// `info`, `warning` or `critical`: the worst so far.
    pub severite: &'static str,
    /// The same in the farmers' words: `info`, `important` or `critique`.
    pub niveau: &'static str,
    /// = `niveau`.
    pub criticite: &'static str,
    pub titre: &'static str,
    /// One French sentence.
    pub message: String,
    /// = `message`.
    pub description: String,
    pub mesure: Option<f64>,
    pub seuil: Option<f64>,
    /// Unit of `mesure` and `seuil`: `%`, `°C`, `g`, `g/j` or empty.
    pub unite: &'static str,
    /// `gavage`, `sqal` or `feed`.
    pub source: &'static str,
    pub device_id: Option<String>,
    pub sample_id: Option<String>,
    /// Meal at which the alert was raised.
    pub jour: Option<i32>,
    pub moment: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    pub levee_le: At,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub fermee_le: Option<At>,
    pub ouverte: bool,
    pub acquittee: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acquittee_le: Option<At>,
    pub acquittee_par: Option<String>,
    pub simule: bool,
    /// What is wrong, finer than `type`: too much and too little have two codes. Texts are chosen by it.
    pub code: &'static str,
    /// How many decimals `mesure` and `seuil` need to be told apart.
    pub decimales: usize,
    /// What to do now, in French.
    pub que_faire: &'static str,
    /// Telephone of the gaveur, if the cooperative entered it.
    pub gaveur_telephone: Option<String>,
    /// What was written with the acknowledgement.
    pub commentaire: Option<String>,
    /// The texts in English.
    pub en: AlertTexts,
}

/// The texts of an alert in one language.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertTexts {
    pub titre: &'static str,
    /// One sentence.
    pub message: String,
    /// What to do now.
    pub que_faire: &'static str,
}

impl From<&Alert> for AlertData {
    fn from(alert: &Alert) -> Self {
        let message = wording::message(alert, Language::Fr);
        let severity = alert.breach.severity;
        let acquittement = alert.acquittement.as_ref();
        AlertData {
            id: alert.id,
            code_lot: alert.code_lot.clone(),
            gaveur_id: alert.gaveur_id,
            gaveur_nom: alert.gaveur_nom.clone(),
            site_code: alert.site.map(Site::as_str),
            r#type: alert.kind.as_str(),
            severite: severity.as_str(),
            niveau: severity.niveau(),
            criticite: severity.niveau(),
            titre: wording::titre(alert, Language::Fr),
            description: message.clone(),
            message,
            mesure: alert.breach.mesure,
            seuil: alert.breach.seuil,
            unite: alert.kind.unite(),
            source: alert.kind.source().as_str(),
            device_id: alert.device_id.clone(),
            sample_id: alert.sample_id.clone(),
            jour: alert.position.map(|(jour, _)| jour),
            moment: alert.position.map(|(_, moment)| Moment::as_str(moment)),
            levee_le: At(alert.levee_le),
            fermee_le: alert.fermee_le.map(At),
            ouverte: alert.fermee_le.is_none(),
            acquittee: acquittement.is_some(),
            acquittee_le: acquittement.map(|noted| At(noted.le)),
            acquittee_par: acquittement.map(|noted| noted.par.clone()),
            simule: alert.simule,
            code: AlertCode::from(alert).as_str(),
            decimales: digits::of(alert),
            que_faire: wording::que_faire(alert, Language::Fr),
            gaveur_telephone: alert.gaveur_telephone.clone(),
            commentaire: acquittement.and_then(|noted| noted.commentaire.clone()),
            en: AlertTexts {
                titre: wording::titre(alert, Language::En),
                message: wording::message(alert, Language::En),
                que_faire: wording::que_faire(alert, Language::En),
            },
        }
    }
}

/// The fields that older supervision screens read of an alert. They do not know ends and acknowledgements, and show every unacknowledged
/// alert as new; `data` holds its current state.
#[derive(Debug, Serialize)]
pub struct AlertPayload {
    id: String,
    severity: &'static str,
    title: &'static str,
    message: String,
    source: &'static str,
    timestamp: At,
    acknowledged: bool,
}

/// The fields that a gaveur's screen reads of an alert. It shows `message`, which describes the event; `description` does not change.
#[derive(Debug, Serialize)]
pub struct AlerteData {
    alerte_id: i64,
    #[serde(flatten)]
    alert: AlertData,
}

/// The `alert` frame for supervision screens.
pub fn for_supervision(event: &AlertEvent, now: Timestamp) -> ServerFrame<'static> {
    let data = Box::new(AlertData::from(&event.alert));
    let message = wording::announcement(event);
    ServerFrame::Alert {
        timestamp: At(now),
        event: event.change.as_str(),
        payload: AlertPayload {
            id: data.id.to_string(),
            severity: data.severite,
            title: data.titre,
            message: message.clone(),
            source: data.source,
            timestamp: data.levee_le,
            acknowledged: data.acquittee || !data.ouverte,
        },
        message,
        data,
    }
}

/// The `alerte` frame for the gaveur of the lot.
pub fn for_gaveur(event: &AlertEvent, now: Timestamp) -> ServerFrame<'static> {
    ServerFrame::Alerte {
        timestamp: At(now),
        event: event.change.as_str(),
        data: Box::new(AlerteData {
            alerte_id: event.alert.id,
            alert: AlertData {
                message: wording::announcement(event),
                ..AlertData::from(&event.alert)
            },
        }),
        priority: match (event.calls_out(), event.alert.breach.severity) {
            (false, _) => "low",
            (true, Severity::Critical) => "critical",
            (true, Severity::Warning) => "high",
            (true, Severity::Info) => "medium",
        },
    }
}

/// A flat notification, or `None` for an event that needs no attention. Screens show each id once, so an alert that gets worse gets a new
/// id.
pub fn notification(event: &AlertEvent, now: Timestamp) -> Option<ServerFrame<'static>> {
    let severity = event.alert.breach.severity;
    event.calls_out().then(|| ServerFrame::Notification {
        id: format!("{}-{}", event.alert.id, severity.as_str()),
        r#type: match severity {
            Severity::Critical => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        },
        title: wording::titre(&event.alert, Language::Fr),
        message: wording::message(&event.alert, Language::Fr),
        timestamp: At(now),
    })
}
