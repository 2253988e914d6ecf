//! French sentences for alerts, with numbers in French form and their units.

use super::{Alert, AlertEvent, AlertKind, Change, Severity};

/// The kind of problem in a few words.
pub fn titre(alert: &Alert) -> &'static str {
    match (alert.kind, alert.breach.severity) {
        (AlertKind::EcartDose, _) if is_refusal(alert) => "Refus alimentaire",
        (AlertKind::EcartDose, _) => "Écart de dose",
        (AlertKind::Mortalite, Severity::Critical) => "Mortalité critique",
        (AlertKind::Mortalite, _) => "Mortalité élevée",
        (AlertKind::Temperature, _) if is_low(alert) => "Température trop basse",
        (AlertKind::Temperature, _) => "Température trop haute",
        (AlertKind::Humidite, _) if is_low(alert) => "Humidité trop basse",
        (AlertKind::Humidite, _) => "Humidité trop haute",
        (AlertKind::PoidsRepas, _) => "Perte de poids",
        (AlertKind::GainMoyen, _) => "Gain de poids insuffisant",
        (AlertKind::FluxMuet, _) => "Plus de relevés",
        (AlertKind::ScoreQualite, Severity::Critical) => "Foie rejeté",
        (AlertKind::ScoreQualite, _) => "Qualité insuffisante",
        (AlertKind::Oxydation, _) => "Oxydation élevée",
        (AlertKind::Fraicheur, _) => "Fraîcheur insuffisante",
    }
}

/// One sentence for the event; an end must not read like a new alert.
pub fn announcement(event: &AlertEvent) -> String {
    let alert = &event.alert;
    match (event.change, &alert.acquittement) {
        (Change::Closed, _) => about(alert, "fin d'alerte, "),
        (Change::Acknowledged, Some(noted)) => {
            about(alert, &format!("alerte acquittée par {}, ", noted.par))
        }
        _ => message(alert),
    }
}

/// One sentence: where it is, what was measured, and which threshold it passed.
pub fn message(alert: &Alert) -> String {
    about(alert, "")
}

fn about(alert: &Alert, event: &str) -> String {
    let fact = match alert.kind {
        AlertKind::EcartDose => dose(alert),
        AlertKind::Mortalite => format!("mortalité cumulée {}", mesure(alert, 2)),
        AlertKind::Temperature => format!("température de stabule {}", mesure(alert, 1)),
        AlertKind::Humidite => format!("humidité de stabule {}", mesure(alert, 1)),
        AlertKind::PoidsRepas => {
            format!("poids moyen {} depuis le repas précédent", mesure(alert, 1))
        }
        AlertKind::GainMoyen => format!("gain moyen sur 3 jours {}", mesure(alert, 1)),
        AlertKind::FluxMuet => "aucun relevé depuis le temps de deux repas".to_owned(),
        AlertKind::ScoreQualite => score(alert),
        AlertKind::Oxydation => format!("indice d’oxydation {}", mesure(alert, 2)),
        AlertKind::Fraicheur => format!("indice de fraîcheur {}", mesure(alert, 2)),
    };
    let threshold = seuil(alert).map(|seuil| format!(" (seuil {seuil})"));
    format!(
        "{} : {event}{fact}{}{}",
        place(alert),
        threshold.unwrap_or_default(),
        meal(alert)
    )
}

fn is_refusal(alert: &Alert) -> bool {
    alert.breach.seuil == Some(-30.0)
}

/// True for alerts that something is too cold or too dry.
fn is_low(alert: &Alert) -> bool {
    let low = match alert.kind {
        AlertKind::Temperature => 18.0,
        _ => 50.0,
    };
    alert.breach.seuil.is_some_and(|seuil| seuil <= low)
}

fn dose(alert: &Alert) -> String {
    let side = match alert.breach.mesure {
        Some(percent) if percent < 0.0 => "sous",
        _ => "au-dessus de",
    };
    let size = alert.breach.mesure.map(f64::abs);
    let size = size.map_or_else(String::new, |size| with_unit(size, 1, "%"));
    format!("dose donnée {size} {side} la dose prévue")
}

fn score(alert: &Alert) -> String {
    let score = alert.breach.mesure.map(|score| nombre(score, 2));
    match (score, alert.breach.severity) {
        (Some(score), Severity::Critical) => format!("échantillon rejeté, score {score}"),
        (Some(score), _) => format!("score final {score}"),
        (None, _) => "échantillon rejeté".to_owned(),
    }
}

fn mesure(alert: &Alert, decimals: usize) -> String {
    let unite = alert.kind.unite();
    alert
        .breach
        .mesure
        .map_or_else(|| "–".to_owned(), |value| with_unit(value, decimals, unite))
}

/// The threshold with its unit; `None` if it has no threshold or no unit.
fn seuil(alert: &Alert) -> Option<String> {
    let seuil = alert
        .breach
        .seuil
        .filter(|_| alert.kind != AlertKind::FluxMuet)?;
    let decimals = if alert.kind.unite().is_empty() { 2 } else { 0 };
    Some(with_unit(seuil, decimals, alert.kind.unite()))
}

fn place(alert: &Alert) -> String {
    match (&alert.code_lot, &alert.device_id) {
        (Some(lot), Some(device)) => format!("Lot {lot}, station {device}"),
        (Some(lot), None) => format!("Lot {lot}"),
        (None, Some(device)) => format!("Station {device}"),
        (None, None) => "Alerte".to_owned(),
    }
}

fn meal(alert: &Alert) -> String {
    match alert.position {
        Some((jour, moment)) => format!(", jour {} {moment}", nombre(f64::from(jour), 0)),
        None => String::new(),
    }
}

/// A narrow no-break space precedes the unit.
fn with_unit(value: f64, decimals: usize, unite: &str) -> String {
    let number = nombre(value, decimals);
    match unite {
        "" => number,
        unite => format!("{number}\u{202f}{unite}"),
    }
}

/// Formats with a decimal comma, a true minus sign and narrow no-break spaces between thousands.
pub fn nombre(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let mut out = String::from(if value < 0.0 && !is_zero { "−" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push(',');
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{alert::Breach, moment::Moment};
    use jiff::Timestamp;

    fn alert(
        kind: AlertKind,
        severity: Severity,
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
            site: None,
            device_id: None,
            sample_id: None,
            position: Some((5, Moment::Soir)),
            levee_le: Timestamp::UNIX_EPOCH,
            fermee_le: None,
            acquittement: None,
            simule: false,
        }
    }

    #[test]
    fn numbers_are_in_french_form() {
        assert_eq!(nombre(1234567.891, 1), "1\u{202f}234\u{202f}567,9");
        assert_eq!(nombre(-0.04, 1), "0,0");
        assert_eq!(nombre(-150.0, 0), "−150");
        assert_eq!(nombre(999.96, 1), "1\u{202f}000,0");
    }

    #[test]
    fn a_refusal_and_an_excess_say_on_which_side_of_the_plan_they_are() {
        let refusal = alert(
            AlertKind::EcartDose,
            Severity::Critical,
            Some(-42.25),
            Some(-30.0),
        );
        assert_eq!(titre(&refusal), "Refus alimentaire");
        assert_eq!(
            message(&refusal),
            "Lot LL2611001 : dose donnée 42,2\u{202f}% sous la dose prévue (seuil −30\u{202f}%), jour 5 soir"
        );
        let excess = alert(
            AlertKind::EcartDose,
            Severity::Warning,
            Some(12.5),
            Some(10.0),
        );
        assert!(
            message(&excess)
                .contains("12,5\u{202f}% au-dessus de la dose prévue (seuil 10\u{202f}%)")
        );
    }

    #[test]
    fn too_cold_and_too_hot_are_told_apart() {
        let cold = alert(
            AlertKind::Temperature,
            Severity::Critical,
            Some(14.2),
            Some(15.0),
        );
        assert_eq!(titre(&cold), "Température trop basse");
        let hot = alert(
            AlertKind::Temperature,
            Severity::Warning,
            Some(25.0),
            Some(25.0),
        );
        assert_eq!(titre(&hot), "Température trop haute");
        let damp = alert(
            AlertKind::Humidite,
            Severity::Warning,
            Some(75.0),
            Some(75.0),
        );
        assert_eq!(titre(&damp), "Humidité trop haute");
    }

    #[test]
    fn a_rejected_sample_names_its_lot_and_station_and_no_threshold_that_it_did_not_pass() {
        let mut rejected = alert(
            AlertKind::ScoreQualite,
            Severity::Critical,
            Some(0.484),
            None,
        );
        rejected.device_id = Some("ESP32_LL_01".to_owned());
        rejected.position = None;
        assert_eq!(
            message(&rejected),
            "Lot LL2611001, station ESP32_LL_01 : échantillon rejeté, score 0,48"
        );
    }

    #[test]
    fn every_kind_has_a_title_and_a_sentence() {
        for kind in AlertKind::ALL {
            let alert = alert(kind, Severity::Warning, Some(1.0), Some(1.0));
            assert!(!titre(&alert).is_empty());
            assert!(message(&alert).starts_with("Lot LL2611001 : "), "{kind:?}");
        }
    }
}
