//! Maize fed at each site and livers measured by quality control, by day, from the aggregates by hour.

use super::{
    Params, StoreError,
    rows::{FromRow, from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    calendar::Days,
    production::{Foies, Meals},
    site::Site,
};
use jiff::civil::Date;
use tokio_postgres::Row;

const SUM_UP_MEALS: Scoped = scoped!("gavage_site_heure/sum_up_days");
const SUM_UP_SAMPLES: Scoped = scoped!("sqal_station_heure/sum_up_days");

/// One day of a site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SiteDay {
    pub jour: Date,
    pub site: Site,
    pub meals: Meals,
    pub foies: Foies,
}

/// Every day of the site, or of each site, including days without data; ordered by day, then site.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn by_day(
    view: &View,
    days: &Days,
    site: Option<Site>,
) -> Result<Vec<SiteDay>, StoreError> {
    let bounds = days.bounds();
    let params: Params<'_> = &[&bounds, &site];
    let asked = [(&SUM_UP_MEALS, params), (&SUM_UP_SAMPLES, params)];
    let [meals, samples] = view.query_all(asked).await?;
    let mut grid = empty(view, days, site);
    for row in &meals {
        if let Some(day) = day_of(row, days, &mut grid)? {
            day.meals = Meals::from_row(row)?;
        }
    }
    for row in &samples {
        if let Some(day) = day_of(row, days, &mut grid)? {
            day.foies = Foies::from_row(row)?;
        }
    }
    Ok(grid)
}

/// The sums over many days.
pub fn total<'a>(days: impl IntoIterator<Item = &'a SiteDay>) -> (Meals, Foies) {
    let nothing = (Meals::default(), Foies::default());
    days.into_iter().fold(nothing, |(meals, foies), day| {
        (meals.plus(day.meals), foies.plus(day.foies))
    })
}

fn empty(view: &View, days: &Days, site: Option<Site>) -> Vec<SiteDay> {
    let mut sites = view.sites();
    sites.retain(|known| site.is_none_or(|wanted| wanted == *known));
    let day = |jour: Date, site: Site| SiteDay {
        jour,
        site,
        meals: Meals::default(),
        foies: Foies::default(),
    };
    let dates = days.dates().iter();
    dates
        .flat_map(|jour| sites.iter().map(move |site| day(*jour, *site)))
        .collect()
}

/// The database counts days from 1.
fn day_of<'a>(
    row: &Row,
    days: &Days,
    grid: &'a mut [SiteDay],
) -> Result<Option<&'a mut SiteDay>, StoreError> {
    let (place, site): (i32, Site) = (read(row, "place")?, read(row, "site_code")?);
    let place = usize::try_from(place).ok().and_then(|n| n.checked_sub(1));
    let jour = place.and_then(|place| days.dates().get(place));
    Ok(jour.and_then(|jour| {
        grid.iter_mut()
            .find(|day| day.jour == *jour && day.site == site)
    }))
}

from_row! {
    Meals {
        releves, releves_comptes, canards_nourris, mais_g, mais_prevu_g, mais_compare_g, poids_g, canards_peses, temperatures,
        temperature_somme, humidites, humidite_somme, simule,
    }
}

from_row! { Foies { echantillons, scores, score_somme, masses, masse_g, classes, rejets, simule } }
