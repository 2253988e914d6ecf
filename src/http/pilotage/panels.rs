//! The panels below the figures.

use super::{BAND_DAYS, FEWEST_RANKED, figures::ItmFigure};
use crate::{
    domain::{
        calendar,
        period::Period,
        pilotage::{
            PeriodLot,
            ends::EndingDay,
            gaveurs::{self, RankedGaveur},
            heat::{self, Cell, DayDoses, LotLine},
            mortality::{self, BandDay, FedCurve, LotDay},
            unmixed, weeks,
        },
        rounding::{one_decimal, two_decimals},
        site::Site,
    },
    store::pilotage::Window,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Serialize;
use utoipa::ToSchema;

/// ITM by site and week.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItmWeeks {
    simule: bool,
    /// Oldest first.
    semaines: Vec<String>,
    sites: Vec<SiteWeeks>,
}

/// A site week by week.
#[derive(Debug, Serialize, ToSchema)]
struct SiteWeeks {
    #[schema(value_type = String)]
    site_code: Site,
    /// One for each week.
    itm: Vec<ItmFigure>,
}

impl ItmWeeks {
    pub fn of(lots: &[PeriodLot], sites: &[Site], weeks: Vec<Period>, zone: &TimeZone) -> Self {
        let first = weeks.first().map(|week| begin(week.first(), zone));
        let recent = lots
            .iter()
            .filter(|lot| Some(lot.ended.dernier_releve) >= first);
        let (lots, simule) = unmixed(recent.cloned().collect(), |lot| lot.ended.simule);
        let by_week = weeks::by_week(&lots, sites, &weeks, zone);
        let of_site = |site: Site| {
            let own = by_week.iter().filter(|one| one.site == site);
            own.map(|one| one.itm.into()).collect()
        };
        ItmWeeks {
            simule,
            semaines: weeks.iter().map(ToString::to_string).collect(),
            sites: sites
                .iter()
                .map(|site| SiteWeeks {
                    site_code: *site,
                    itm: of_site(*site),
                })
                .collect(),
        }
    }
}

fn begin(day: Date, zone: &TimeZone) -> Timestamp {
    calendar::begin(day, zone)
}

/// Gaveurs over the lots that ended in the period, and at least in the half year up to its end.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gaveurs {
    simule: bool,
    du: Date,
    /// Lots with an ITM that a rank needs.
    minimum: usize,
    /// The ranked ones first.
    gaveurs: Vec<GaveurLine>,
}

/// A gaveur; `null` where nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
struct GaveurLine {
    gaveur_id: i32,
    gaveur_nom: String,
    #[schema(value_type = String)]
    site_code: Site,
    /// Lots that ended.
    lots: usize,
    /// Of them those with an ITM.
    lots_itm: usize,
    canards: i64,
    /// Weighted by ducks, %, two decimals.
    taux_mortalite: Option<f64>,
    /// Of his lots, g/g, two decimals.
    itm: Option<f64>,
    /// Drawn towards the mean of his site, the more the fewer lots he has, g/g, two decimals.
    itm_ajuste: Option<f64>,
    /// Bounds that hold it 9 times of 10.
    bornes: Option<[f64; 2]>,
    /// From 1, the lowest ITM first; `null` with too few lots.
    rang: Option<usize>,
}

impl From<RankedGaveur> for GaveurLine {
    fn from(one: RankedGaveur) -> Self {
        GaveurLine {
            gaveur_id: one.gaveur_id,
            gaveur_nom: one.nom,
            site_code: one.site,
            lots: one.lots,
            lots_itm: one.lots_itm,
            canards: one.canards,
            taux_mortalite: one.taux_mortalite.map(two_decimals),
            itm: one.itm.map(two_decimals),
            itm_ajuste: one.ajuste.map(two_decimals),
            bornes: one
                .bornes
                .map(|(low, high)| [two_decimals(low), two_decimals(high)]),
            rang: one.rang,
        }
    }
}

impl Gaveurs {
    pub fn of(lots: Vec<PeriodLot>, window: Window, zone: &TimeZone) -> Self {
        let (lots, simule) = unmixed(lots, |lot| lot.ended.simule);
        let ranked = gaveurs::rank(&lots);
        Gaveurs {
            simule,
            du: window.since.to_zoned(zone.clone()).date(),
            minimum: FEWEST_RANKED,
            gaveurs: ranked.into_iter().map(GaveurLine::from).collect(),
        }
    }
}

/// Cumulated mortality of the lots that are being fed at the end of the period, on the band of those that ended in the 28 days before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mortality {
    simule: bool,
    /// Lots of which the band is.
    lots_bande: usize,
    /// Lots that a day of the band needs.
    minimum: usize,
    /// Days before the end of the period from which these lots are.
    jours_bande: i64,
    bande: Vec<BandFigure>,
    /// Those above the band first.
    lots: Vec<MortalityLine>,
}

/// What past lots had cumulated by a day, %, two decimals.
#[derive(Debug, Serialize, ToSchema)]
struct BandFigure {
    jour: i32,
    n: usize,
    p5: f64,
    p50: f64,
    p95: f64,
}

impl From<BandDay> for BandFigure {
    fn from(day: BandDay) -> Self {
        BandFigure {
            jour: day.jour,
            n: day.n,
            p5: two_decimals(day.p5),
            p50: two_decimals(day.p50),
            p95: two_decimals(day.p95),
        }
    }
}

/// A lot that is being fed.
#[derive(Debug, Serialize, ToSchema)]
struct MortalityLine {
    code_lot: String,
    #[schema(value_type = String)]
    site_code: Site,
    jours: Vec<i32>,
    /// Cumulated, %, one for each jour.
    taux: Vec<f64>,
    /// On its last day it is above the band; `null` without a band there.
    au_dessus: Option<bool>,
}

impl From<FedCurve> for MortalityLine {
    fn from(curve: FedCurve) -> Self {
        let (jours, taux) = curve.days.into_iter().unzip();
        MortalityLine {
            code_lot: curve.code_lot,
            site_code: curve.site,
            jours,
            taux,
            au_dessus: curve.is_above,
        }
    }
}

impl Mortality {
    pub fn of(days: Vec<LotDay>) -> Self {
        let (days, simule) = unmixed(days, |day| day.simule);
        let band = mortality::band(&days);
        let mut ended: Vec<_> = days
            .iter()
            .filter(|day| day.has_ended)
            .map(|day| day.lot_id)
            .collect();
        ended.sort_unstable();
        ended.dedup();
        Mortality {
            simule,
            lots_bande: ended.len(),
            minimum: mortality::FEWEST_LOTS,
            jours_bande: BAND_DAYS,
            lots: mortality::fed(&days, &band)
                .into_iter()
                .map(MortalityLine::from)
                .collect(),
            bande: band.into_iter().map(BandFigure::from).collect(),
        }
    }
}

/// Deviations of the lots that were fed last in the period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deviations {
    simule: bool,
    /// There may be more lots.
    tronque: bool,
    /// By code.
    lots: Vec<DeviationLine>,
}

/// The meals of a lot.
#[derive(Debug, Serialize, ToSchema)]
struct DeviationLine {
    code_lot: String,
    gaveur_nom: String,
    #[schema(value_type = String)]
    site_code: Site,
    /// Rank of the first meal: two a day, 0 is the morning of jour 0.
    premier: i32,
    repas: Vec<DeviationCell>,
}

/// One meal.
#[derive(Debug, Serialize, ToSchema)]
struct DeviationCell {
    /// `donne`, `sans_plan` or `non_donne`.
    etat: &'static str,
    /// (given − planned) / planned, %, one decimal.
    ecart: Option<f64>,
}

impl From<Cell> for DeviationCell {
    fn from(cell: Cell) -> Self {
        let (etat, ecart) = match cell {
            Cell::NotGiven => ("non_donne", None),
            Cell::Unplanned => ("sans_plan", None),
            Cell::Off(percent) => ("donne", Some(one_decimal(percent))),
        };
        DeviationCell { etat, ecart }
    }
}

impl From<LotLine> for DeviationLine {
    fn from(line: LotLine) -> Self {
        DeviationLine {
            code_lot: line.code_lot,
            gaveur_nom: line.gaveur_nom,
            site_code: line.site,
            premier: line.first,
            repas: line.cells.into_iter().map(DeviationCell::from).collect(),
        }
    }
}

impl Deviations {
    pub fn of(days: Vec<DayDoses>, most: usize) -> Self {
        let (days, simule) = unmixed(days, |day| day.simule);
        let lines = heat::lines(&days);
        Deviations {
            simule,
            tronque: lines.len() >= most,
            lots: lines.into_iter().map(DeviationLine::from).collect(),
        }
    }
}

/// When the lots that are being fed should end: as they are planned, or as is usual at their site.
#[derive(Debug, Serialize, ToSchema)]
pub struct Calendar {
    simule: bool,
    /// By day, then site.
    jours: Vec<EndFigure>,
}

/// Lots of a site that should end on a day.
#[derive(Debug, Serialize, ToSchema)]
struct EndFigure {
    jour: Date,
    #[schema(value_type = String)]
    site_code: Site,
    lots: i64,
    canards: i64,
}

impl Calendar {
    pub fn of(days: &[EndingDay], simule: bool) -> Self {
        let figure = |day: &EndingDay| EndFigure {
            jour: day.jour,
            site_code: day.site,
            lots: day.lots,
            canards: day.canards,
        };
        Calendar {
            simule,
            jours: days.iter().map(figure).collect(),
        }
    }
}
