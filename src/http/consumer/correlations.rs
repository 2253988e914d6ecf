//! `GET /api/consumer/correlations`: how ratings and the feeding of a lot go together, in words that do not say more than the lots do.

use crate::{
    domain::{
        access::Policy,
        consumer::correlation::{self, Correlation, FEWEST_LOTS, Point},
        pilotage::unmixed,
        quality::itm,
        rounding::two_decimals,
    },
    http::error::{ApiError, ReadFailure},
    store::{
        rated_lots::{self, RatedLot},
        view::View,
    },
};
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/consumer/correlations";
    super::super::get(cfg, path, Policy::Supervision, correlations);
}

type Measure = (&'static str, fn(&RatedLot) -> Option<f64>);

/// What comes out of a lot.
const OUTPUTS: [Measure; 10] = [
    ("note", |lot| Some(lot.note)),
    ("texture", |lot| lot.texture),
    ("flavor", |lot| lot.flavor),
    ("color", |lot| lot.color),
    ("aroma", |lot| lot.aroma),
    ("freshness", |lot| lot.freshness),
    ("itm", |lot| itm(lot.mais_g, lot.masse_g)),
    ("foie_g", |lot| lot.masse_g),
    ("cv", |lot| lot.cv),
    ("perte_pct", |lot| lot.perte),
];

/// What goes into it, and what the sensors saw of its livers.
const INPUTS: [Measure; 9] = [
    ("mais_g_par_canard", |lot| lot.mais_g),
    ("repas", |lot| lot.repas),
    ("pente_repas_1_12", |lot| lot.pente),
    ("plateau_g", |lot| lot.plateau),
    ("ecart_moyen_pct", |lot| lot.ecart),
    ("part_repas_hors_5_pct", |lot| lot.hors_plan),
    ("part_hors_ambiance", |lot| lot.hors_ambiance),
    ("fraicheur", |lot| lot.fraicheur),
    ("oxydation", |lot| lot.oxydation),
];

/// How one measure of the product and one of the feeding go together.
#[derive(Debug, Serialize, ToSchema)]
struct Relation {
    sortie: &'static str,
    entree: &'static str,
    /// Lots of which both are known.
    n: usize,
    /// Spearman's, of ranks less their mean in site and genetics; from 20 lots on.
    rho: Option<f64>,
    ic95: Option<(f64, f64)>,
    /// Of the ranks as they are: differences between sites are in it.
    rho_brut: Option<f64>,
    /// Share of chance among as clear relations, of all that were looked at.
    q: Option<f64>,
    /// `indice` or `rien à conclure`; or how many lots are missing.
    lecture: String,
}

/// Number of ratings of a lot.
#[derive(Debug, Serialize, ToSchema)]
struct RatingsOfLots {
    min: i64,
    mediane: i64,
    max: i64,
}

/// Relations over closed lots.
#[derive(Debug, Serialize, ToSchema)]
pub struct Correlations {
    lots: usize,
    /// Lots from which a relation is told.
    minimum: usize,
    /// With few ratings a lot the same truth looks weaker.
    avis_par_lot: Option<RatingsOfLots>,
    simule: bool,
    /// A relation is no cause.
    relations: Vec<Relation>,
}

/// How ratings and feeding go together
///
/// Over the closed lots of five ratings or more, real or, where there is no real one, simulated. Below 20 lots nothing is told. `indice` only if
/// q < 0.10, the interval leaves out 0, and two sites of ten lots have the same sign.
#[utoipa::path(
    get,
    path = "/api/consumer/correlations",
    tag = "consommateurs",
    responses((status = 200, description = "A row for each pair of measures", body = Correlations), ReadFailure)
)]
pub async fn correlations(view: View) -> Result<web::Json<Correlations>, ApiError> {
    let lots = rated_lots::list(&view).await?;
    let (lots, simule) = unmixed(lots, |lot| lot.simule);
    Ok(web::Json(Correlations {
        lots: lots.len(),
        minimum: FEWEST_LOTS,
        avis_par_lot: ratings(&lots),
        simule,
        relations: relations(&lots),
    }))
}

fn ratings(lots: &[RatedLot]) -> Option<RatingsOfLots> {
    let mut counts: Vec<i64> = lots.iter().map(|lot| lot.avis).collect();
    counts.sort_unstable();
    Some(RatingsOfLots {
        min: *counts.first()?,
        mediane: counts[counts.len() / 2],
        max: *counts.last()?,
    })
}

fn relations(lots: &[RatedLot]) -> Vec<Relation> {
    let pairs = OUTPUTS
        .iter()
        .flat_map(|output| INPUTS.iter().map(move |input| (output, input)));
    let computed: Vec<_> = pairs
        .map(|(output, input)| {
            let points = points(lots, output, input);
            (
                output.0,
                input.0,
                points.len(),
                correlation::correlate(&points),
            )
        })
        .collect();
    let found: Vec<Correlation> = computed.iter().filter_map(|one| one.3.clone()).collect();
    let mut readings = correlation::read(&found).into_iter();
    let rows = computed.into_iter().map(|(sortie, entree, n, found)| {
        let reading = found.as_ref().and_then(|_| readings.next());
        let lecture = match &reading {
            Some(reading) if reading.is_hint => "indice".to_owned(),
            None if n < FEWEST_LOTS => format!("il manque {} lots", FEWEST_LOTS - n),
            _ => "rien à conclure".to_owned(),
        };
        Relation {
            sortie,
            entree,
            n,
            rho: found.as_ref().map(|it| two_decimals(it.rho)),
            ic95: found
                .as_ref()
                .map(|it| (two_decimals(it.ic95.0), two_decimals(it.ic95.1))),
            rho_brut: found.as_ref().map(|it| two_decimals(it.raw)),
            q: reading.map(|reading| (reading.q * 1e4).round() / 1e4),
            lecture,
        }
    });
    rows.collect()
}

fn points(lots: &[RatedLot], output: &Measure, input: &Measure) -> Vec<Point> {
    let both = lots.iter().filter_map(|lot| {
        Some(Point {
            site: lot.site,
            genetique: lot.genetique.clone(),
            input: input.1(lot)?,
            output: output.1(lot)?,
        })
    });
    both.collect()
}
