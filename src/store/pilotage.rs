//! The rows of which the figures of a period are drawn up.

use super::{
    Params, StoreError,
    lot_figures::LIST_ENDED,
    rows::{self, from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    alert::{AlertKind, Severity},
    pilotage::{Conformity, PeriodLot, heat::DayDoses, mortality::LotDay},
    quality::ByGrade,
    site::Site,
    yields::EndedLot,
};
use jiff::Timestamp;
use tokio_postgres::Row;

const COUNT_CONFORMITY: Scoped = scoped!("gavage_lot_jour/count_conformity");
const LIST_DOSES: Scoped = scoped!("gavage_lot_jour/list_doses");
const LIST_MORTALITY: Scoped = scoped!("gavage_data/list_mortality");
const SUM_UP_RESPONSES: Scoped = scoped!("alertes/sum_up_responses");

/// From the first instant to before the second; of one site, `None` for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub since: Timestamp,
    pub until: Timestamp,
    pub site: Option<Site>,
}

from_row! {
    PeriodLot { code_lot, gaveur_nom, grades: ByGrade::from_row, ended: EndedLot::from_row }
}

/// The lots that ended in the window, the latest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn lots(view: &View, window: &Window) -> Result<Vec<PeriodLot>, StoreError> {
    let gaveur_id: Option<i32> = None;
    let params: Params<'_> = &[&window.since, &window.site, &gaveur_id, &window.until];
    view.query(&LIST_ENDED, params).await
}

/// Meals of a site that are real, or simulated ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SiteConformity {
    pub site: Site,
    pub simule: bool,
    pub meals: Conformity,
}

from_row! { SiteConformity { site = "site_code", simule, meals: Conformity::from_row } }
from_row! { Conformity { repas, avec_plan, dans_5, dans_10, dessous, dessus } }

/// How closely the plan was followed in the window, by site.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn conformity(view: &View, window: &Window) -> Result<Vec<SiteConformity>, StoreError> {
    let params: Params<'_> = &[&window.since, &window.until, &window.site];
    view.query(&COUNT_CONFORMITY, params).await
}

/// Alerts of one type and severity that are real, or simulated ones. Times are in minutes, `None` where nothing was acknowledged or closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Responses {
    pub kind: AlertKind,
    pub severity: Severity,
    pub simule: bool,
    pub levees: i64,
    pub acquittees: i64,
    pub fermees: i64,
    pub acquittement_median: Option<f64>,
    pub acquittement_p90: Option<f64>,
    pub duree_mediane: Option<f64>,
}

from_row! {
    Responses {
        kind = "type", severity = "severite", simule, levees, acquittees, fermees, acquittement_median, acquittement_p90, duree_mediane,
    }
}

/// The alerts raised in the window, the most frequent first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn responses(view: &View, window: &Window) -> Result<Vec<Responses>, StoreError> {
    let params: Params<'_> = &[&window.since, &window.until, &window.site];
    view.query(&SUM_UP_RESPONSES, params).await
}

from_row! {
    DayDoses { lot_id, code_lot, gaveur_nom, site = "site_code", simule, jour, matin: morning, soir: evening }
}

type GivenAndPlanned = (Option<f64>, Option<f64>);

fn morning(row: &Row) -> Result<GivenAndPlanned, StoreError> {
    Ok((read(row, "dose_matin")?, read(row, "dose_theorique_matin")?))
}

fn evening(row: &Row) -> Result<GivenAndPlanned, StoreError> {
    Ok((read(row, "dose_soir")?, read(row, "dose_theorique_soir")?))
}

from_row! { LotDay { lot_id, code_lot, site = "site_code", has_ended = "fini", jour, taux_mortalite, simule } }

/// The doses of the lots fed last in a window, and the mortality of those fed last in another, from its earliest meal on; each with how many
/// lots at most, by lot and jour.
///
/// # Errors
/// The database is unavailable, or refuses a statement.
pub async fn days(
    view: &View,
    (doses, most_doses): (&Window, i64),
    (deaths, first_meal, most_deaths): (&Window, Timestamp, i64),
) -> Result<(Vec<DayDoses>, Vec<LotDay>), StoreError> {
    let of_doses: Params<'_> = &[&doses.since, &doses.until, &doses.site, &most_doses];
    let of_deaths: Params<'_> = &[
        &deaths.since,
        &deaths.until,
        &deaths.site,
        &most_deaths,
        &first_meal,
    ];
    let asked = [(&LIST_DOSES, of_doses), (&LIST_MORTALITY, of_deaths)];
    let [doses, deaths] = view.query_all(asked).await?;
    Ok((rows::all(&doses)?, rows::all(&deaths)?))
}
