//! The figures of one period.

use crate::{
    domain::{
        alert::Severity,
        intervals::{FEWEST, Spread, WeightedMean},
        itm_class::ItmClass,
        pilotage::{
            Conformity, Graded, GroupItm, PeriodLot, Production, graded, group_itm, mortality,
        },
        quality::ByGrade,
        rounding::{one_decimal, two_decimals},
        site::Site,
    },
    http::{error::ApiError, sqal_figures::GradeCounts},
    store::{
        pilotage::{self, Responses, SiteConformity, Window},
        view::View,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

/// The rows of which the figures of a period are drawn up.
pub struct Rows {
    lots: Vec<PeriodLot>,
    conformity: Vec<SiteConformity>,
    responses: Vec<Responses>,
}

/// The figures of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// All are of simulated data, because there is no real one.
    pub simule: bool,
    production: ProductionFigure,
    itm: ItmFigure,
    mortalite: MeanFigure,
    conformite: ConformityFigure,
    /// By site.
    grades: Vec<SiteGrades>,
    /// The most frequent kind first.
    alertes: Vec<AlertFigure>,
}

/// Livers: two figures that cannot be added up.
#[derive(Debug, Serialize, ToSchema)]
struct ProductionFigure {
    /// Lots that ended.
    lots: i64,
    /// Lots that the estimate is of: at least ten livers were weighed.
    lots_estimes: i64,
    /// Livers of all their ducks, kg, one decimal.
    foie_estime_kg: Option<f64>,
    /// Livers that quality control weighed.
    foies_mesures: i64,
    /// kg, two decimals.
    foie_mesure_kg: Option<f64>,
}

/// A mean.
#[derive(Debug, Serialize, ToSchema)]
struct MeanFigure {
    /// Lots.
    n: usize,
    /// %, two decimals.
    valeur: Option<f64>,
    /// Bounds that hold the true value 19 times of 20; `null` below five lots.
    ic95: Option<[f64; 2]>,
}

impl From<Option<WeightedMean>> for MeanFigure {
    fn from(mean: Option<WeightedMean>) -> Self {
        MeanFigure {
            n: mean.map_or(0, |mean| mean.n),
            valeur: mean.map(|mean| two_decimals(mean.mean)),
            ic95: mean.and_then(|mean| mean.ic95).map(bounds),
        }
    }
}

fn bounds((low, high): (f64, f64)) -> [f64; 2] {
    [two_decimals(low), two_decimals(high)]
}

/// ITM of lots: Σ ducks × maize / Σ ducks × liver, g/g, two decimals. Lower is better.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItmFigure {
    /// Lots.
    n: usize,
    valeur: Option<f64>,
    /// `null` below five lots.
    ic95: Option<[f64; 2]>,
    /// `A` (best) to `E`.
    #[schema(value_type = Option<String>)]
    classe: Option<ItmClass>,
    /// Of the single lots; `null` below five.
    etendue: Option<SpreadFigure>,
}

/// Least, quartiles and most, two decimals.
#[derive(Debug, Serialize, ToSchema)]
struct SpreadFigure {
    min: f64,
    q1: f64,
    mediane: f64,
    q3: f64,
    max: f64,
}

impl From<Spread> for SpreadFigure {
    fn from(spread: Spread) -> Self {
        SpreadFigure {
            min: two_decimals(spread.least),
            q1: two_decimals(spread.q1),
            mediane: two_decimals(spread.median),
            q3: two_decimals(spread.q3),
            max: two_decimals(spread.most),
        }
    }
}

impl From<Option<GroupItm>> for ItmFigure {
    fn from(itm: Option<GroupItm>) -> Self {
        let mean = itm.map(|itm| itm.mean);
        ItmFigure {
            n: mean.map_or(0, |mean| mean.n),
            valeur: mean.map(|mean| two_decimals(mean.mean)),
            ic95: mean.and_then(|mean| mean.ic95).map(bounds),
            classe: mean.map(|mean| ItmClass::of(mean.mean)),
            etendue: itm.and_then(|itm| itm.spread).map(SpreadFigure::from),
        }
    }
}

/// Meals by their deviation from the plan; shares of the meals with a plan, %, one decimal.
#[derive(Debug, Serialize, ToSchema)]
struct ConformityFigure {
    repas: i64,
    avec_plan: i64,
    /// Within ±5 %.
    part_5: Option<f64>,
    /// Within ±10 %.
    part_10: Option<f64>,
    /// More than 5 % below and above the plan.
    part_dessous: Option<f64>,
    part_dessus: Option<f64>,
}

impl From<Conformity> for ConformityFigure {
    fn from(meals: Conformity) -> Self {
        let share = |count| meals.share(count).map(one_decimal);
        ConformityFigure {
            repas: meals.repas,
            avec_plan: meals.avec_plan,
            part_5: share(meals.dans_5),
            part_10: share(meals.dans_10),
            part_dessous: share(meals.dessous),
            part_dessus: share(meals.dessus),
        }
    }
}

/// Grades of the livers of a site's lots.
#[derive(Debug, Serialize, ToSchema)]
struct SiteGrades {
    #[schema(value_type = String)]
    site_code: Site,
    /// Graded livers.
    n: i64,
    grades: GradeCounts,
    /// A+ and A, %, one decimal; `null` below ten livers.
    part_a: Option<f64>,
    ic95: Option<[f64; 2]>,
}

impl SiteGrades {
    fn of(site: Site, graded: Graded) -> Self {
        let percent = |share: f64| one_decimal(share * 100.0);
        let [a_plus, a, b, c, reject] = graded.counts;
        let by_grade = ByGrade {
            a_plus,
            a,
            b,
            c,
            reject,
        };
        SiteGrades {
            site_code: site,
            n: graded.n,
            grades: by_grade.into(),
            part_a: graded.best.map(|(share, _)| percent(share)),
            ic95: graded
                .best
                .map(|(_, (low, high))| [percent(low), percent(high)]),
        }
    }
}

/// Alerts of one kind, and how long people took to acknowledge them.
#[derive(Debug, Serialize, ToSchema)]
struct AlertFigure {
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(value_type = String)]
    severite: Severity,
    levees: i64,
    acquittees: i64,
    /// Minutes until it was acknowledged, one decimal: half and nine tenths of them; `null` below five.
    acquittement_median: Option<f64>,
    acquittement_p90: Option<f64>,
    /// Minutes until it ended, one decimal, half of them; `null` below five.
    duree_mediane: Option<f64>,
}

impl From<&Responses> for AlertFigure {
    fn from(responses: &Responses) -> Self {
        let enough = |count: i64, minutes: Option<f64>| {
            minutes.filter(|_| count >= FEWEST as i64).map(one_decimal)
        };
        let acknowledged = responses.acquittees;
        AlertFigure {
            kind: responses.kind.as_str(),
            severite: responses.severity,
            levees: responses.levees,
            acquittees: acknowledged,
            acquittement_median: enough(acknowledged, responses.acquittement_median),
            acquittement_p90: enough(acknowledged, responses.acquittement_p90),
            duree_mediane: enough(responses.fermees, responses.duree_mediane),
        }
    }
}

impl Figures {
    pub async fn read(view: &View, window: Window) -> Result<Rows, ApiError> {
        Ok(Rows {
            lots: pilotage::lots(view, &window).await?,
            conformity: pilotage::conformity(view, &window).await?,
            responses: pilotage::responses(view, &window).await?,
        })
    }

    /// Of the rows that are real, or of the simulated ones if none is; of the ones or the others if it is given which, so that two periods can
    /// be compared.
    pub fn draw_up(rows: Rows, sites: &[Site], simulated: Option<bool>) -> Self {
        let has_real = rows.lots.iter().any(|lot| !lot.ended.simule)
            || rows.conformity.iter().any(|meals| !meals.simule)
            || rows.responses.iter().any(|alerts| !alerts.simule);
        let has_any =
            !(rows.lots.is_empty() && rows.conformity.is_empty() && rows.responses.is_empty());
        let simule = simulated.unwrap_or(has_any && !has_real);
        let lots: Vec<_> = rows
            .lots
            .into_iter()
            .filter(|lot| lot.ended.simule == simule)
            .collect();
        let meals = rows.conformity.iter().filter(|site| site.simule == simule);
        let meals = meals.fold(Conformity::default(), |sum, site| sum.plus(site.meals));
        let alerts = rows
            .responses
            .iter()
            .filter(|alerts| alerts.simule == simule);
        let of_site = |site: Site| graded(lots.iter().filter(|lot| lot.ended.site == site));
        let production = Production::of(&lots);
        Figures {
            simule,
            production: ProductionFigure {
                lots: production.lots,
                lots_estimes: production.lots_estimes,
                foie_estime_kg: production.foie_estime_kg.map(one_decimal),
                foies_mesures: production.foies_mesures,
                foie_mesure_kg: production.foie_mesure_kg.map(two_decimals),
            },
            itm: group_itm(&lots).into(),
            mortalite: mortality(&lots).into(),
            conformite: meals.into(),
            grades: sites
                .iter()
                .map(|site| SiteGrades::of(*site, of_site(*site)))
                .collect(),
            alertes: alerts.map(AlertFigure::from).collect(),
        }
    }
}
