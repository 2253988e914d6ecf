//! What a piece of advice rests on: whom the lot was compared with, by what, and what the comparison cannot tell.

use super::{ComparedLot, Rule, comparison::ComparisonSet};
use crate::domain::{moment::Moment, words::words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Codes of compared lots that are named.
pub const MOST_NAMED: usize = 50;
/// Fewer lots or gaveurs are said to be few.
const FEW_LOTS: usize = 40;
const FEW_GAVEURS: usize = 10;

words! {
    /// A figure by which lots are compared.
    pub enum Measure {
        Foie = "foie_g",
        Perte = "perte_pct",
        Cv = "cv",
        Itm = "itm",
        Note = "note",
    }
}

words! {
    /// What a comparison cannot tell.
    pub enum Limit {
        /// Nobody chose at random which lots were fed how.
        Observation = "observation",
        PeuDeLots = "peu_de_lots",
        PeuDeGaveurs = "peu_de_gaveurs",
        /// Several figures were looked at: one of them may differ by chance.
        PlusieursMesures = "plusieurs_mesures",
    }
}

impl Measure {
    /// What comes out of a lot, as far as the farmer sees it.
    pub const OUTPUTS: [Measure; 4] = [Measure::Foie, Measure::Perte, Measure::Cv, Measure::Itm];

    pub fn of(self, lot: &ComparedLot) -> Option<f64> {
        match self {
            Measure::Foie => lot.foie_g,
            Measure::Perte => lot.perte_pct,
            Measure::Cv => lot.cv,
            Measure::Itm => lot.itm(),
            Measure::Note => lot.note(),
        }
    }

    /// Whether an interval of a difference lies on the bad side of 0 as a whole.
    pub fn is_adverse(self, (low, high): (f64, f64)) -> bool {
        match self {
            Measure::Foie | Measure::Note => high < 0.0,
            Measure::Perte | Measure::Cv | Measure::Itm => low > 0.0,
        }
    }

    /// Whether one value is better than another.
    pub fn is_better(self, value: f64, than: f64) -> bool {
        match self {
            Measure::Foie | Measure::Note => value > than,
            Measure::Perte | Measure::Cv | Measure::Itm => value < than,
        }
    }
}

/// Calendar days of the last meals of the compared lots, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Period {
    pub depuis: String,
    pub jusqua: String,
}

/// Some of the compared lots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// `hors_plan`, `suivi`, `hors_plage`, `dans_la_plage`, `plus_nourris`, `autres`, `reprises`, `acceptees`, `refusees`, `jamais`; `ce_lot` is the
    /// lot itself, of which `n` counts the ratings.
    pub nom: String,
    pub n: usize,
    pub moyenne: f64,
    pub sd: Option<f64>,
}

/// Two groups by one measure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Contrast {
    /// `foie_g`, `perte_pct`, `cv` or `itm`.
    #[schema(value_type = String)]
    pub mesure: Measure,
    pub groupes: Vec<Group>,
    /// First mean minus second mean.
    pub difference: f64,
    /// 95 %; `null` where too few lots or gaveurs allow none.
    pub ic95: Option<(f64, f64)>,
}

/// The figures of the lot itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LotFigures {
    /// g.
    pub foie_g: Option<f64>,
    /// g/g.
    pub itm: Option<f64>,
    /// g per duck.
    pub mais_g: Option<f64>,
    pub perte_pct: Option<f64>,
    pub cv: Option<f64>,
    pub repas: i64,
    pub repas_hors_plan: i64,
    pub releves: i64,
    pub releves_hors_plage: i64,
    /// Ratings, and their mean from five on.
    #[serde(default)]
    pub avis: i64,
    #[serde(default)]
    pub note: Option<f64>,
}

/// A meal that the advice is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NamedMeal {
    pub jour: i32,
    #[schema(value_type = String)]
    pub moment: Moment,
    /// From the plan, %.
    pub ecart_pct: Option<f64>,
    /// °C.
    pub temperature_c: Option<f64>,
    pub humidite_pct: Option<f64>,
}

/// What a piece of advice rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// Compared lots, and their gaveurs.
    pub lots: usize,
    pub gaveurs: usize,
    pub periode: Period,
    /// The measure that `rang_pct`, `groupes`, `difference` and `ic95` are of.
    #[schema(value_type = String)]
    pub mesure: Measure,
    /// Share of the compared lots that are better, %.
    pub rang_pct: Option<f64>,
    pub groupes: Vec<Group>,
    pub difference: Option<f64>,
    pub ic95: Option<(f64, f64)>,
    /// Codes of compared lots, at most 50, the latest first.
    pub lots_compares: Vec<String>,
    /// `observation`, `peu_de_lots`, `peu_de_gaveurs`, `plusieurs_mesures`.
    #[schema(value_type = Vec<String>)]
    pub limites: Vec<Limit>,
    pub lot: LotFigures,
    /// All measures that were looked at.
    pub mesures: Vec<Contrast>,
    /// The meals that it is about, at most 40.
    pub repas: Vec<NamedMeal>,
    /// Maize of the compared lots that the plan should come closer to, g per duck.
    pub mais_cible_g: Option<f64>,
    /// Of `avis` the rule that has found something in the lot as well.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub avec: Option<Rule>,
}

impl Evidence {
    /// Of a comparison by one measure, of all that were looked at.
    pub fn new(
        lot: &ComparedLot,
        set: &ComparisonSet<'_>,
        mesure: Measure,
        mesures: Vec<Contrast>,
    ) -> Self {
        let shown = mesures.iter().find(|one| one.mesure == mesure);
        let mut limites = vec![Limit::Observation];
        let gaveurs = set.gaveurs();
        let is_so = [
            (set.lots.len() < FEW_LOTS, Limit::PeuDeLots),
            (gaveurs < FEW_GAVEURS, Limit::PeuDeGaveurs),
            (mesures.len() > 1, Limit::PlusieursMesures),
        ];
        limites.extend(is_so.iter().filter(|(is, _)| *is).map(|(_, limit)| *limit));
        Evidence {
            lots: set.lots.len(),
            gaveurs,
            periode: set.period(),
            mesure,
            rang_pct: set.rank(lot, mesure),
            groupes: shown.map(|one| one.groupes.clone()).unwrap_or_default(),
            difference: shown.map(|one| one.difference),
            ic95: shown.and_then(|one| one.ic95),
            lots_compares: set.codes(),
            limites,
            lot: LotFigures {
                foie_g: lot.foie_g,
                itm: lot.itm(),
                mais_g: lot.mais_g,
                perte_pct: lot.perte_pct,
                cv: lot.cv,
                repas: lot.repas,
                repas_hors_plan: lot.repas_hors_plan,
                releves: lot.releves,
                releves_hors_plage: lot.releves_hors_plage,
                avis: lot.avis.n(),
                note: lot.note(),
            },
            mesures,
            repas: Vec::new(),
            mais_cible_g: None,
            avec: None,
        }
    }

    /// The contrast of a measure.
    pub fn by(&self, measure: Measure) -> Option<&Contrast> {
        self.mesures.iter().find(|one| one.mesure == measure)
    }
}
