//! What advice says, in French and in English, from its evidence.

use super::{
    CurveAction, Rule,
    evidence::{Contrast, Evidence, Measure, NamedMeal},
};
use crate::domain::{
    alert::wording::{
        Language::{self, En, Fr},
        number,
    },
    moment::Moment,
};

/// Meals that a sentence names; the others are counted.
const MOST_SAID: usize = 6;

/// The rule in a few words.
pub const fn titre(rule: Rule, language: Language) -> &'static str {
    match rule {
        Rule::SuiviDuPlan => language.choose(
            "Suivre le plan de plus près",
            "Follow the plan more closely",
        ),
        Rule::MaisSansFoie => language.choose(
            "Moins de maïs pour le même foie",
            "Less maize for the same liver",
        ),
        Rule::Ambiance => language.choose(
            "Régler l’ambiance du bâtiment",
            "Adjust the climate of the building",
        ),
        Rule::Avis => language.choose("Un lot moins aimé", "A lot that is liked less"),
        Rule::AReprendre => language.choose("Une courbe à reprendre", "A curve to take again"),
    }
}

/// A few plain sentences: what was seen in the lot, what it was compared with, what is advised.
pub fn texte(
    rule: Rule,
    code_lot: &str,
    evidence: &Evidence,
    action: Option<&CurveAction>,
    language: Language,
) -> String {
    let sentences = match rule {
        Rule::SuiviDuPlan => off_plan(evidence, language),
        Rule::MaisSansFoie => maize(evidence, action, language),
        Rule::Ambiance => climate(evidence, language),
        Rule::Avis => ratings(evidence, language),
        Rule::AReprendre => again(code_lot, evidence, language),
    };
    let colon = language.choose(" : ", ": ");
    format!("Lot {code_lot}{colon}{sentences}")
}

/// What was seen of the meals.
fn meals_off_plan(evidence: &Evidence, language: Language) -> String {
    let (off, of) = (evidence.lot.repas_hors_plan, evidence.lot.repas);
    let meals = named(&evidence.repas, language);
    match language {
        Fr => format!("{off} repas sur {of} donnés à plus de 5\u{202f}% du plan ({meals})"),
        En => format!("{off} of {of} meals were given more than 5% off the plan ({meals})"),
    }
}

/// What was seen of the stable.
fn readings_out_of_range(evidence: &Evidence, language: Language) -> String {
    let (out, of) = (evidence.lot.releves_hors_plage, evidence.lot.releves);
    let meals = named(&evidence.repas, language);
    match language {
        Fr => format!(
            "{out} relevés sur {of} hors de 18–25\u{202f}°C ou de 50–75\u{202f}% d’humidité ({meals})"
        ),
        En => format!("{out} of {of} readings out of 18–25\u{202f}°C or 50–75% humidity ({meals})"),
    }
}

fn off_plan(evidence: &Evidence, language: Language) -> String {
    let meals = meals_off_plan(evidence, language);
    let compared = contrasts(evidence, language);
    let (one, other) = counts(evidence);
    match language {
        Fr => format!(
            "{meals}. Les {one} lots comparables donnés ainsi, comparés aux {other} qui \
             suivent leur plan : {compared}. C’est souvent la suite d’un lot qui mange mal : cherchez d’abord la cause. Ce conseil ne change aucune \
             dose."
        ),
        En => format!(
            "{meals}. The {one} comparable lots fed so, compared with the {other} that follow \
             their plan: {compared}. Often it comes from a flock that eats badly: look for the cause first. This advice changes no dose."
        ),
    }
}

fn climate(evidence: &Evidence, language: Language) -> String {
    let readings = readings_out_of_range(evidence, language);
    let compared = contrasts(evidence, language);
    let (one, other) = counts(evidence);
    match language {
        Fr => format!(
            "{readings}. Les {one} lots comparables dans ce cas, \
             comparés aux {other} autres : {compared}. Vérifiez ventilation et chauffage à ces heures."
        ),
        En => format!(
            "{readings}. The {one} comparable lots like that, compared with the {other} \
             others: {compared}. Check ventilation and heating at these hours."
        ),
    }
}

fn maize(evidence: &Evidence, action: Option<&CurveAction>, language: Language) -> String {
    let lot = &evidence.lot;
    let grams = |value: Option<f64>| with_unit(value, 0, "g", language);
    let (mais, foie, itm) = (
        grams(lot.mais_g),
        grams(lot.foie_g),
        plain(lot.itm, 1, language),
    );
    let total = grams(action.map(|action| action.total_g));
    let percent = plain(
        action.map(|action| (1.0 - action.facteur) * 100.0),
        1,
        language,
    );
    let n = evidence.lots;
    match language {
        Fr => format!(
            "{mais} de maïs par canard, parmi les plus nourris de {n} lots comparables, pour un foie de {foie}, pas plus gros que la moitié d’entre \
             eux (ITM {itm}). Pour le prochain lot : la même courbe avec {percent}\u{202f}% de maïs en moins, {total} en tout."
        ),
        En => format!(
            "{mais} of maize per duck, among the most fed of {n} comparable lots, for a liver of {foie}, no larger than half of theirs (ITM {itm}). \
             For the next lot: the same curve with {percent}% less maize, {total} in all."
        ),
    }
}

/// What consumers say, and what was seen of the feeding of the same lot.
fn ratings(evidence: &Evidence, language: Language) -> String {
    let n = evidence.lot.avis;
    let note = plain(evidence.lot.note, 1, language);
    let lots = evidence.lots;
    let rating = evidence.by(Measure::Note);
    let difference = rating.map_or_else(String::new, |one| contrast(one, language));
    let seen = match evidence.avec {
        Some(Rule::SuiviDuPlan) => meals_off_plan(evidence, language),
        Some(Rule::Ambiance) => readings_out_of_range(evidence, language),
        _ => maize_and_liver(evidence, language),
    };
    match language {
        Fr => format!(
            "{n} avis de consommateurs, {note} sur 5 en moyenne, parmi le quart le moins aimé de {lots} lots comparables : {difference}. Dans le même \
             lot : {seen}. L’un n’est pas prouvé être la cause de l’autre, mais c’est par là qu’il faut chercher. Ce conseil ne change aucune dose."
        ),
        En => format!(
            "{n} ratings of consumers, {note} of 5 on average, among the least liked quarter of {lots} comparable lots: {difference}. In the same lot: \
             {seen}. Nothing proves that one is the cause of the other, but it is where to look. This advice changes no dose."
        ),
    }
}

fn maize_and_liver(evidence: &Evidence, language: Language) -> String {
    let lot = &evidence.lot;
    let grams = |value: Option<f64>| with_unit(value, 0, "g", language);
    let (mais, foie) = (grams(lot.mais_g), grams(lot.foie_g));
    let itm = plain(lot.itm, 1, language);
    match language {
        Fr => format!("{mais} de maïs par canard pour un foie de {foie} (ITM {itm})"),
        En => format!("{mais} of maize per duck for a liver of {foie} (ITM {itm})"),
    }
}

fn again(code_lot: &str, evidence: &Evidence, language: Language) -> String {
    let lot = &evidence.lot;
    let (itm, foie) = (
        plain(lot.itm, 1, language),
        with_unit(lot.foie_g, 0, "g", language),
    );
    let n = evidence.lots;
    match language {
        Fr => format!(
            "ITM {itm}, parmi le meilleur dixième de {n} lots comparables, et un foie de {foie}, au moins aussi gros que la moitié d’entre eux. Pour \
             le prochain lot : reprendre la courbe donnée au lot {code_lot}."
        ),
        En => format!(
            "ITM {itm}, among the best tenth of {n} comparable lots, and a liver of {foie}, at least as large as half of theirs. For the next lot: \
             take the curve given to lot {code_lot} again."
        ),
    }
}

/// Lots in both groups.
fn counts(evidence: &Evidence) -> (usize, usize) {
    let n = |place: usize| evidence.groupes.get(place).map_or(0, |group| group.n);
    (n(0), n(1))
}

fn contrasts(evidence: &Evidence, language: Language) -> String {
    let each: Vec<_> = evidence
        .mesures
        .iter()
        .map(|one| contrast(one, language))
        .collect();
    each.join(language.choose(" ; ", "; "))
}

/// A difference with its interval, as "foie −8,9 g (entre −16,0 et −2,0)".
fn contrast(one: &Contrast, language: Language) -> String {
    let (name, unit, digits, scale) = match one.mesure {
        Measure::Foie => (language.choose("foie", "liver"), "g", 1, 1.0),
        Measure::Perte => (language.choose("pertes", "losses"), "points", 1, 1.0),
        Measure::Cv => (
            language.choose("inégalité des foies", "unevenness of livers"),
            "points",
            1,
            100.0,
        ),
        Measure::Itm => ("ITM", "", 2, 1.0),
        Measure::Note => (language.choose("note", "rating"), "", 2, 1.0),
    };
    let signed = |value: f64| {
        let text = number(value * scale, digits, language);
        if value > 0.0 {
            format!("+{text}")
        } else {
            text
        }
    };
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!("\u{202f}{unit}")
    };
    let interval = match (one.ic95, language) {
        (None, Fr) => "trop peu de lots pour un intervalle".to_owned(),
        (None, _) => "too few lots for an interval".to_owned(),
        (Some((low, high)), Fr) => format!("entre {} et {}", signed(low), signed(high)),
        (Some((low, high)), _) => format!("between {} and {}", signed(low), signed(high)),
    };
    format!("{name} {}{unit} ({interval})", signed(one.difference))
}

fn named(meals: &[NamedMeal], language: Language) -> String {
    let one = |meal: &NamedMeal| {
        let moment = match meal.moment {
            Moment::Matin => language.choose("matin", "morning"),
            Moment::Soir => language.choose("soir", "evening"),
        };
        format!("{}{} {moment}", language.choose("J", "D"), meal.jour)
    };
    let said: Vec<_> = meals.iter().take(MOST_SAID).map(one).collect();
    let rest = meals.len().saturating_sub(MOST_SAID);
    let rest = match rest {
        0 => String::new(),
        1 => language.choose(" et 1 autre", " and 1 more").to_owned(),
        rest => match language {
            Fr => format!(" et {rest} autres"),
            En => format!(" and {rest} more"),
        },
    };
    said.join(", ") + &rest
}

fn plain(value: Option<f64>, digits: usize, language: Language) -> String {
    value.map_or_else(|| "–".to_owned(), |value| number(value, digits, language))
}

fn with_unit(value: Option<f64>, digits: usize, unit: &str, language: Language) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |value| format!("{}\u{202f}{unit}", number(value, digits, language)),
    )
}

#[cfg(test)]
mod tests;
