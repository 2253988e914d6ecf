//! What each code is called and what to do about it, in French and in English. The only table of these texts.
//!
//! The advice is a first step that does no harm. The cooperative's technicians own its content (decision 0070).

use super::{
    AlertCode,
    wording::Language::{self, En, Fr},
};

/// The texts of a code in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guidance {
    /// The problem in a few words.
    pub titre: &'static str,
    /// What to do now, in one or two sentences.
    pub que_faire: &'static str,
}

impl AlertCode {
    pub const fn guidance(self, language: Language) -> Guidance {
        let (titre, que_faire) = match (self, language) {
            (AlertCode::RefusAlimentaire, Fr) => (
                "Refus alimentaire",
                "Ne pas compléter la dose : palper les jabots, vérifier l’eau et la température. Appeler le technicien avant le prochain repas.",
            ),
            (AlertCode::RefusAlimentaire, En) => (
                "Feed refused",
                "Do not top the dose up: feel the crops, check water and temperature. Call the technician before the next meal.",
            ),
            (AlertCode::DoseBasse, Fr) => (
                "Écart de dose",
                "Vérifier le réglage et le débit de la gaveuse. Si la dose a été réduite exprès, noter pourquoi en acquittant.",
            ),
            (AlertCode::DoseBasse, En) => (
                "Dose off plan",
                "Check the setting and the flow of the feeder. If the dose was reduced on purpose, note why when acknowledging.",
            ),
            (AlertCode::DoseHaute, Fr) => (
                "Écart de dose",
                "Revenir à la dose prévue au prochain repas après avoir palpé les jabots. Vérifier le réglage de la gaveuse.",
            ),
            (AlertCode::DoseHaute, En) => (
                "Dose off plan",
                "Return to the planned dose at the next meal, after feeling the crops. Check the setting of the feeder.",
            ),
            (AlertCode::MortaliteElevee, Fr) => (
                "Mortalité élevée",
                "Retirer et compter les morts, noter la cause probable, contrôler la ventilation. Prévenir le technicien dans la journée.",
            ),
            (AlertCode::MortaliteElevee, En) => (
                "High mortality",
                "Remove and count the dead, note the likely cause, check the ventilation. Tell the technician today.",
            ),
            (AlertCode::MortaliteCritique, Fr) => (
                "Mortalité critique",
                "Appeler le vétérinaire et le technicien maintenant. Garder les morts à part pour examen, ne déplacer aucun canard.",
            ),
            (AlertCode::MortaliteCritique, En) => (
                "Critical mortality",
                "Call the vet and the technician now. Keep the dead apart for examination, move no duck.",
            ),
            (AlertCode::TemperatureBasse, Fr) => (
                "Température trop basse",
                "Réduire l’entrée d’air, fermer les ouvertures, contrôler le chauffage. Relire la sonde dans 30 min.",
            ),
            (AlertCode::TemperatureBasse, En) => (
                "Temperature too low",
                "Reduce the air inlet, close openings, check the heating. Read the probe again in 30 min.",
            ),
            (AlertCode::TemperatureHaute, Fr) => (
                "Température trop haute",
                "Augmenter la ventilation et la brumisation, vérifier l’eau. Décaler le repas aux heures fraîches si la chaleur dure.",
            ),
            (AlertCode::TemperatureHaute, En) => (
                "Temperature too high",
                "Increase ventilation and misting, check the water. Move the meal to cooler hours if the heat lasts.",
            ),
            (AlertCode::HumiditeBasse, Fr) => (
                "Humidité trop basse",
                "Réduire la ventilation si la température le permet, remettre la brumisation. Comparer la sonde avec une seconde mesure.",
            ),
            (AlertCode::HumiditeBasse, En) => (
                "Humidity too low",
                "Reduce ventilation if the temperature allows it, turn misting on. Compare the probe with a second reading.",
            ),
            (AlertCode::HumiditeHaute, Fr) => (
                "Humidité trop haute",
                "Augmenter la ventilation, couper la brumisation, chercher une fuite d’eau ou une litière mouillée.",
            ),
            (AlertCode::HumiditeHaute, En) => (
                "Humidity too high",
                "Increase ventilation, turn misting off, look for a water leak or wet litter.",
            ),
            (AlertCode::PertePoids, Fr) => (
                "Perte de poids",
                "Repeser pour exclure une erreur de balance, puis contrôler l’eau et les jabots. Confirmée : appeler le technicien.",
            ),
            (AlertCode::PertePoids, En) => (
                "Weight loss",
                "Weigh again to rule out the scale, then check water and crops. If confirmed: call the technician.",
            ),
            (AlertCode::GainInsuffisant, Fr) => (
                "Gain de poids insuffisant",
                "Comparer les doses données au plan, vérifier la pesée. Revoir la courbe de doses avec le technicien.",
            ),
            (AlertCode::GainInsuffisant, En) => (
                "Weight gain too low",
                "Compare the given doses with the plan, check the weighing. Review the dose curve with the technician.",
            ),
            (AlertCode::FluxMuet, Fr) => (
                "Plus de relevés",
                "Demander au gaveur si les repas ont été donnés. Vérifier le courant et le réseau de la gaveuse.",
            ),
            (AlertCode::FluxMuet, En) => (
                "No more readings",
                "Ask the gaveur whether the meals were given. Check the power and the network of the feeder.",
            ),
            (AlertCode::FoieRejete, Fr) => (
                "Foie rejeté",
                "Retirer le foie de la ligne et le faire contrôler par une personne. Nettoyer la vitre du capteur si les rejets se suivent.",
            ),
            (AlertCode::FoieRejete, En) => (
                "Liver rejected",
                "Take the liver off the line and have a person inspect it. Clean the sensor’s window if rejects follow one another.",
            ),
            (AlertCode::QualiteInsuffisante, Fr) => (
                "Qualité insuffisante",
                "Contrôler ce foie à la main. Si les suivants aussi sont bas, vérifier le capteur avec la référence.",
            ),
            (AlertCode::QualiteInsuffisante, En) => (
                "Quality too low",
                "Inspect this liver by hand. If the next ones are low too, check the sensor with the reference.",
            ),
            (AlertCode::OxydationElevee, Fr) => (
                "Oxydation élevée",
                "Contrôler la couleur et l’odeur du foie, la chaîne du froid et le temps depuis l’éviscération.",
            ),
            (AlertCode::OxydationElevee, En) => (
                "High oxidation",
                "Check colour and smell of the liver, the cold chain and the time since evisceration.",
            ),
            (AlertCode::FraicheurInsuffisante, Fr) => (
                "Fraîcheur insuffisante",
                "Contrôler la température du foie et l’heure d’abattage ; mettre de côté jusqu’à l’avis d’une personne.",
            ),
            (AlertCode::FraicheurInsuffisante, En) => (
                "Not fresh enough",
                "Check the temperature of the liver and the hour of slaughter; set it aside until a person has judged it.",
            ),
        };
        Guidance { titre, que_faire }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_in_both_languages_what_to_do_and_never_in_the_same_words() {
        for code in AlertCode::ALL {
            let [fr, en] = [Fr, En].map(|language| code.guidance(language));
            assert_ne!(fr.titre, en.titre, "{code}");
            assert_ne!(fr.que_faire, en.que_faire, "{code}");
            for text in [fr.que_faire, en.que_faire] {
                assert!(text.ends_with('.') && text.chars().count() < 150, "{code}");
            }
        }
        let all = AlertCode::ALL.map(|code| code.guidance(Fr).que_faire);
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
