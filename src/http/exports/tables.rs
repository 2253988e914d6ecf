//! The columns of the exported tables. Units stand in the headers.

use crate::{
    domain::{
        alert::Alert,
        csv::Cell,
        itm_class::ItmClass,
        pilotage::{
            ends::EndingDay,
            gaveurs::{FEWEST_LOTS, RankedGaveur},
        },
        quality::{Grade, itm},
        reading::ecart_dose,
        rounding::{one_decimal, two_decimals},
    },
    store::exports::{ExportedLot, ExportedMeal, ExportedRating, ExportedSample},
};

/// A row of a table.
pub trait Table {
    const HEADERS: &'static [&'static str];

    /// One for each header.
    fn cells(&self) -> Vec<Cell>;
}

fn count(number: Option<i32>) -> Cell {
    Cell::Count(number.map(i64::from))
}

impl Table for ExportedLot {
    const HEADERS: &'static [&'static str] = &[
        "Lot",
        "Site",
        "Gaveur n°",
        "Gaveur",
        "Génétique",
        "Début",
        "Dernier relevé",
        "Statut",
        "Jour",
        "Canards au début",
        "Canards vivants",
        "Mortalité (%)",
        "Poids moyen (g)",
        "Maïs par canard (g)",
        "Foies contrôlés",
        "Foies A+",
        "Foies A",
        "Foies B",
        "Foies C",
        "Foies rejetés",
        "Foie moyen (g)",
        "Sigma",
        "ITM (g/g)",
        "Classe ITM",
        "Simulé",
    ];

    fn cells(&self) -> Vec<Cell> {
        let itm = itm(self.mais_g_par_canard, self.masse_moyenne_g);
        let class = itm.map(|itm| ItmClass::of(itm).to_string());
        let mut cells = vec![
            Cell::word(&self.code_lot),
            Cell::word(self.site.as_str()),
            Cell::Count(Some(self.gaveur_id.into())),
            Cell::word(&self.gaveur_nom),
            Cell::word(&self.genetique),
            Cell::Day(Some(self.debut_lot)),
            Cell::Time(Some(self.dernier_releve)),
            Cell::word(self.statut.as_str()),
            Cell::Count(Some(self.jour_actuel.into())),
            count(self.nb_canards_initial),
            count(self.nb_canards_actuel),
            Cell::Number(self.taux_mortalite),
            Cell::Number(self.poids_moyen_actuel),
            Cell::Number(self.mais_g_par_canard.map(one_decimal)),
            Cell::Count(Some(self.echantillons)),
        ];
        cells.extend(self.grades.best_first().map(|n| Cell::Count(Some(n))));
        cells.extend([
            Cell::Number(self.masse_moyenne_g.map(one_decimal)),
            Cell::Number(self.sigma.map(|sigma| (sigma * 1e4).round() / 1e4)),
            Cell::Number(itm.map(two_decimals)),
            Cell::Text(class),
            Cell::Flag(self.simule),
        ]);
        cells
    }
}

impl Table for ExportedMeal {
    const HEADERS: &'static [&'static str] = &[
        "Heure",
        "Lot",
        "Site",
        "Gaveur n°",
        "Gaveur",
        "Jour",
        "Repas",
        "Dose prévue (g)",
        "Dose donnée (g)",
        "Écart (%)",
        "Poids moyen (g)",
        "Canards vivants",
        "Mortalité (%)",
        "Température (°C)",
        "Humidité (%)",
        "Prêt à l’abattage",
        "Origine",
        "Auteur",
        "Reçu le",
        "Corrigé le",
        "Simulé",
    ];

    fn cells(&self) -> Vec<Cell> {
        let ecart = ecart_dose(self.dose_theorique, self.dose_reelle);
        vec![
            Cell::Time(Some(self.time)),
            Cell::word(&self.code_lot),
            Cell::word(self.site.as_str()),
            Cell::Count(Some(self.gaveur_id.into())),
            Cell::word(&self.gaveur_nom),
            Cell::Count(Some(self.jour.into())),
            Cell::word(self.moment.as_str()),
            Cell::Number(self.dose_theorique),
            Cell::Number(Some(self.dose_reelle)),
            Cell::Number(ecart.map(one_decimal)),
            Cell::Number(self.poids_moyen),
            count(self.nb_canards_vivants),
            Cell::Number(self.taux_mortalite),
            Cell::Number(self.temperature_stabule),
            Cell::Number(self.humidite_stabule),
            Cell::Flag(self.pret_abattage),
            Cell::word(&self.origine),
            Cell::Text(self.auteur.clone()),
            Cell::Time(Some(self.recu_le)),
            Cell::Time(self.corrected_at),
            Cell::Flag(self.simule),
        ]
    }
}

impl Table for ExportedSample {
    const HEADERS: &'static [&'static str] = &[
        "Heure",
        "Échantillon",
        "Station",
        "Site",
        "Lot",
        "Note (0–1)",
        "Grade",
        "Note de la station (0–1)",
        "Grade de la station",
        "Masse du foie (g)",
        "Volume (mm³)",
        "Défauts",
        "Fraîcheur (0–1)",
        "Oxydation (0–1)",
        "Qualité du gras (0–1)",
        "Vendable",
        "QR autorisé",
        "Simulé",
    ];

    fn cells(&self) -> Vec<Cell> {
        let grade = |grade: Option<Grade>| Cell::Text(grade.map(|grade| grade.as_str().to_owned()));
        vec![
            Cell::Time(Some(self.time)),
            Cell::word(&self.sample_id),
            Cell::word(&self.device_id),
            Cell::Text(self.site.map(|site| site.as_str().to_owned())),
            Cell::Text(self.code_lot.clone()),
            Cell::Number(self.final_score),
            grade(self.final_grade),
            Cell::Number(self.station_score),
            grade(self.station_grade),
            Cell::Number(self.masse_foie_g),
            Cell::Number(self.volume_mm3),
            Cell::Count(Some(self.nb_defauts.into())),
            Cell::Number(self.freshness_index),
            Cell::Number(self.oxidation_index),
            Cell::Number(self.fat_quality_index),
            Cell::Flag(self.sellable),
            Cell::Flag(self.qr_allowed),
            Cell::Flag(self.simule),
        ]
    }
}

impl Table for ExportedRating {
    const HEADERS: &'static [&'static str] = &[
        "Heure",
        "Lot",
        "Site",
        "Gaveur n°",
        "Produit",
        "Grade",
        "Note",
        "Texture",
        "Goût",
        "Couleur",
        "Arôme",
        "Fraîcheur",
        "Contexte",
        "Recommande",
        "Rachèterait",
        "Commentaire",
        "Simulé",
    ];

    fn cells(&self) -> Vec<Cell> {
        let rating = &self.rating;
        let mut cells = vec![
            Cell::Time(Some(rating.time)),
            Cell::word(&rating.code_lot),
            Cell::word(self.site.as_str()),
            count(Some(self.gaveur_id)),
            Cell::word(&rating.product_id),
            Cell::Text(self.grade.map(|grade| grade.to_string())),
            count(Some(rating.overall)),
        ];
        cells.extend(rating.aspects.map(count));
        let recommends = rating
            .would_recommend
            .map(|does| if does { "oui" } else { "non" });
        cells.extend([
            Cell::Text(rating.context.map(|context| context.to_string())),
            Cell::Text(recommends.map(str::to_owned)),
            count(self.repurchase_intent),
            Cell::Text(rating.comment.clone()),
            Cell::Flag(rating.simule),
        ]);
        cells
    }
}

impl Table for Alert {
    const HEADERS: &'static [&'static str] = &[
        "Levée le",
        "Type",
        "Gravité",
        "Lot",
        "Site",
        "Gaveur n°",
        "Gaveur",
        "Station",
        "Jour",
        "Repas",
        "Mesure",
        "Seuil",
        "Terminée le",
        "Acquittée le",
        "Acquittée par",
        "Minutes avant acquittement",
        "Simulé",
    ];

    fn cells(&self) -> Vec<Cell> {
        let position = self.position;
        let acknowledged = self.acquittement.as_ref();
        let minutes = acknowledged.map(|one| {
            let waited = one.le.duration_since(self.levee_le).as_secs_f64();
            one_decimal(waited / 60.0)
        });
        vec![
            Cell::Time(Some(self.levee_le)),
            Cell::word(self.kind.as_str()),
            Cell::word(self.breach.severity.as_str()),
            Cell::Text(self.code_lot.clone()),
            Cell::Text(self.site.map(|site| site.as_str().to_owned())),
            count(self.gaveur_id),
            Cell::Text(self.gaveur_nom.clone()),
            Cell::Text(self.device_id.clone()),
            count(position.map(|(jour, _)| jour)),
            Cell::Text(position.map(|(_, moment)| moment.as_str().to_owned())),
            Cell::Number(self.breach.mesure),
            Cell::Number(self.breach.seuil),
            Cell::Time(self.fermee_le),
            Cell::Time(acknowledged.map(|one| one.le)),
            Cell::Text(acknowledged.map(|one| one.par.clone())),
            Cell::Number(minutes),
            Cell::Flag(self.simule),
        ]
    }
}

pub const GAVEURS: &[&str] = &[
    "Gaveur n°",
    "Gaveur",
    "Site",
    "Lots terminés",
    "Lots avec ITM",
    "Canards",
    "Mortalité (%)",
    "ITM (g/g)",
    "ITM ajusté (g/g)",
    "Borne basse 90 % (g/g)",
    "Borne haute 90 % (g/g)",
    "Rang",
    "Simulé",
];

pub fn of_gaveur(one: &RankedGaveur, simule: bool) -> Vec<Cell> {
    let rank = match one.rang {
        Some(rank) => rank.to_string(),
        None => format!("trop peu de lots ({}/{FEWEST_LOTS})", one.lots_itm),
    };
    let figure = |value: Option<f64>| Cell::Number(value.map(two_decimals));
    vec![
        Cell::Count(Some(one.gaveur_id.into())),
        Cell::word(&one.nom),
        Cell::word(one.site.as_str()),
        Cell::Count(Some(one.lots as i64)),
        Cell::Count(Some(one.lots_itm as i64)),
        Cell::Count(Some(one.canards)),
        figure(one.taux_mortalite),
        figure(one.itm),
        figure(one.ajuste),
        figure(one.bornes.map(|(low, _)| low)),
        figure(one.bornes.map(|(_, high)| high)),
        Cell::word(&rank),
        Cell::Flag(simule),
    ]
}

pub const ENDS: &[&str] = &["Jour", "Site", "Lots", "Canards", "Simulé"];

pub fn of_end(day: &EndingDay, simule: bool) -> Vec<Cell> {
    vec![
        Cell::Day(Some(day.jour)),
        Cell::word(day.site.as_str()),
        Cell::Count(Some(day.lots)),
        Cell::Count(Some(day.canards)),
        Cell::Flag(simule),
    ]
}
