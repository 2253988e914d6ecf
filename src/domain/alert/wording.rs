//! Sentences for alerts in French and in English, with numbers in the form of the language and their units.

use super::{Alert, AlertCode, AlertEvent, AlertKind, Change, Severity, digits};
use crate::domain::{moment::Moment, words::words};

words! {
    /// A language of the screens.
    pub enum Language {
        Fr = "fr",
        En = "en",
    }
}
use Language::{En, Fr};

impl Language {
    pub const fn choose(self, fr: &'static str, en: &'static str) -> &'static str {
        match self {
            Fr => fr,
            En => en,
        }
    }
}

/// The kind of problem in a few words.
pub fn titre(alert: &Alert, language: Language) -> &'static str {
    AlertCode::from(alert).guidance(language).titre
}

/// What to do now.
pub fn que_faire(alert: &Alert, language: Language) -> &'static str {
    AlertCode::from(alert).guidance(language).que_faire
}

/// One French sentence for the event; an end must not read like a new alert.
pub fn announcement(event: &AlertEvent) -> String {
    let alert = &event.alert;
    match (event.change, &alert.acquittement) {
        (Change::Closed, _) => about(alert, "fin d'alerte, ", Fr),
        (Change::Withdrawn, _) => about(alert, "acquittement retiré, ", Fr),
        (Change::Acknowledged, Some(noted)) => {
            about(alert, &format!("alerte acquittée par {}, ", noted.par), Fr)
        }
        _ => message(alert, Fr),
    }
}

/// One sentence: where it is, what was measured, and which threshold it passed.
pub fn message(alert: &Alert, language: Language) -> String {
    about(alert, "", language)
}

fn about(alert: &Alert, event: &str, language: Language) -> String {
    let place = place(alert, language);
    let colon = language.choose(" : ", ": ");
    let threshold = seuil(alert, language).unwrap_or_default();
    let (fact, meal) = (fact(alert, language), meal(alert, language));
    format!("{place}{colon}{event}{fact}{threshold}{meal}")
}

fn fact(alert: &Alert, language: Language) -> String {
    let measured = |fr, en| format!("{} {}", language.choose(fr, en), mesure(alert, language));
    match alert.kind {
        AlertKind::EcartDose => dose(alert, language),
        AlertKind::Mortalite => measured("mortalité cumulée", "cumulated mortality"),
        AlertKind::Temperature => measured("température de stabule", "temperature"),
        AlertKind::Humidite => measured("humidité de stabule", "humidity"),
        AlertKind::PoidsRepas => {
            let since = language.choose("depuis le repas précédent", "since the previous meal");
            format!("{} {since}", measured("poids moyen", "mean weight"))
        }
        AlertKind::GainMoyen => measured("gain moyen sur 3 jours", "mean gain over 3 days"),
        AlertKind::FluxMuet => language
            .choose(
                "aucun relevé depuis le temps de deux repas",
                "no reading for the time of two meals",
            )
            .to_owned(),
        AlertKind::ScoreQualite => score(alert, language),
        AlertKind::Oxydation => measured("indice d’oxydation", "oxidation index"),
        AlertKind::Fraicheur => measured("indice de fraîcheur", "freshness index"),
    }
}

fn dose(alert: &Alert, language: Language) -> String {
    let side = match alert.breach.mesure {
        Some(percent) if percent < 0.0 => language.choose("sous", "below"),
        _ => language.choose("au-dessus de", "above"),
    };
    let size = alert.breach.mesure.map_or_else(String::new, |percent| {
        with_unit(percent.abs(), digits::of(alert), alert.kind, language)
    });
    let given = language.choose("dose donnée", "given dose");
    let plan = language.choose("la dose prévue", "the planned dose");
    format!("{given} {size} {side} {plan}")
}

fn score(alert: &Alert, language: Language) -> String {
    let score = alert.breach.mesure;
    let score = score.map(|score| number(score, digits::of(alert), language));
    let rejected = language.choose("échantillon rejeté", "sample rejected");
    match (score, alert.breach.severity) {
        (Some(score), Severity::Critical) => format!("{rejected}, score {score}"),
        (Some(score), _) => format!("{} {score}", language.choose("score final", "final score")),
        (None, _) => rejected.to_owned(),
    }
}

fn mesure(alert: &Alert, language: Language) -> String {
    let digits = digits::of(alert);
    alert.breach.mesure.map_or_else(
        || "–".to_owned(),
        |value| with_unit(value, digits, alert.kind, language),
    )
}

/// The threshold with its unit, in brackets; `None` if it has none, or is itself what is said.
fn seuil(alert: &Alert, language: Language) -> Option<String> {
    let is_said = alert.kind == AlertKind::FluxMuet;
    let seuil = alert.breach.seuil.filter(|_| !is_said)?;
    let digits = if alert.kind.unite().is_empty() { 2 } else { 0 };
    let seuil = with_unit(seuil, digits, alert.kind, language);
    Some(format!(
        " ({} {seuil})",
        language.choose("seuil", "threshold")
    ))
}

fn place(alert: &Alert, language: Language) -> String {
    match (&alert.code_lot, &alert.device_id) {
        (Some(lot), Some(device)) => format!("Lot {lot}, station {device}"),
        (Some(lot), None) => format!("Lot {lot}"),
        (None, Some(device)) => format!("Station {device}"),
        (None, None) => language.choose("Alerte", "Alert").to_owned(),
    }
}

fn meal(alert: &Alert, language: Language) -> String {
    let Some((jour, moment)) = alert.position else {
        return String::new();
    };
    let moment = match moment {
        Moment::Matin => language.choose("matin", "morning"),
        Moment::Soir => language.choose("soir", "evening"),
    };
    let day = number(f64::from(jour), 0, language);
    format!(", {} {day} {moment}", language.choose("jour", "day"))
}

/// In French a narrow no-break space precedes every unit, in English every one but %.
fn with_unit(value: f64, decimals: usize, kind: AlertKind, language: Language) -> String {
    let number = number(value, decimals, language);
    match (kind.unite(), language) {
        ("", _) => number,
        ("%", En) => format!("{number}%"),
        ("g/j", En) => format!("{number}\u{202f}g/d"),
        (unite, _) => format!("{number}\u{202f}{unite}"),
    }
}

/// Formats with a true minus sign, and with the comma and the narrow no-break spaces of French or the point and the commas of English.
pub fn number(value: f64, decimals: usize, language: Language) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let mut out = String::from(if value < 0.0 && !is_zero { "−" } else { "" });
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push_str(language.choose("\u{202f}", ","));
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out.push_str(language.choose(",", "."));
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::sample as alert;

    #[test]
    fn numbers_are_in_the_form_of_their_language() {
        let fr = |value, decimals| number(value, decimals, Fr);
        assert_eq!(fr(1234567.891, 1), "1\u{202f}234\u{202f}567,9");
        assert_eq!(fr(-0.04, 1), "0,0");
        assert_eq!(fr(-150.0, 0), "−150");
        assert_eq!(fr(999.96, 1), "1\u{202f}000,0");
        assert_eq!(number(-1234567.891, 1, En), "−1,234,567.9");
    }

    #[test]
    fn a_refusal_and_an_excess_say_on_which_side_of_the_plan_they_are() {
        let refusal = alert(
            AlertKind::EcartDose,
            Severity::Critical,
            Some(-42.25),
            Some(-30.0),
        );
        assert_eq!(titre(&refusal, Fr), "Refus alimentaire");
        assert_eq!(
            message(&refusal, Fr),
            "Lot LL2611001 : dose donnée 42,2\u{202f}% sous la dose prévue (seuil −30\u{202f}%), jour 5 soir"
        );
        let excess = alert(
            AlertKind::EcartDose,
            Severity::Warning,
            Some(12.5),
            Some(10.0),
        );
        assert!(
            message(&excess, Fr)
                .contains("12,5\u{202f}% au-dessus de la dose prévue (seuil 10\u{202f}%)")
        );
    }

    #[test]
    fn the_same_alert_reads_in_english() {
        let refusal = alert(
            AlertKind::EcartDose,
            Severity::Critical,
            Some(-42.25),
            Some(-30.0),
        );
        assert_eq!(titre(&refusal, En), "Feed refused");
        assert_eq!(
            message(&refusal, En),
            "Lot LL2611001: given dose 42.2% below the planned dose (threshold −30%), day 5 evening"
        );
    }

    #[test]
    fn a_measure_just_over_its_threshold_does_not_read_like_the_threshold() {
        let over = alert(AlertKind::EcartDose, Severity::Info, Some(5.04), Some(5.0));
        assert!(message(&over, Fr).contains("dose donnée 5,04\u{202f}% au-dessus"));
    }

    #[test]
    fn too_cold_and_too_hot_are_told_apart() {
        let cold = alert(
            AlertKind::Temperature,
            Severity::Critical,
            Some(14.2),
            Some(15.0),
        );
        assert_eq!(titre(&cold, Fr), "Température trop basse");
        let hot = alert(
            AlertKind::Temperature,
            Severity::Warning,
            Some(25.0),
            Some(25.0),
        );
        assert_eq!(titre(&hot, Fr), "Température trop haute");
        let damp = alert(
            AlertKind::Humidite,
            Severity::Warning,
            Some(75.0),
            Some(75.0),
        );
        assert_eq!(titre(&damp, Fr), "Humidité trop haute");
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
            message(&rejected, Fr),
            "Lot LL2611001, station ESP32_LL_01 : échantillon rejeté, score 0,48"
        );
    }

    #[test]
    fn every_kind_has_a_title_and_a_sentence() {
        for kind in AlertKind::ALL {
            let alert = alert(kind, Severity::Warning, Some(1.5), Some(1.0));
            assert!(!titre(&alert, Fr).is_empty());
            assert!(
                message(&alert, Fr).starts_with("Lot LL2611001 : "),
                "{kind:?}"
            );
            let english = message(&alert, En);
            assert!(english.starts_with("Lot LL2611001: "), "{kind:?}");
            assert!(english.ends_with(", day 5 evening"), "{english}");
            assert!(!english.contains(['é', 'è']), "{english}");
        }
    }
}
