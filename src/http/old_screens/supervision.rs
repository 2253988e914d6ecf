//! Sites, key figures and gaveurs as the supervision (Euralis) screens read them. A field that they cannot do without is 0 where there is
//! no figure, and the count beside it says so.

use super::liver_per_maize;
use crate::{
    domain::{
        rounding::{one_decimal, two_decimals},
        yields::Yields,
    },
    store::{feeding::FeedingNow, gaveurs::GaveurNow, sites::SiteNow},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

fn number(figure: Option<f64>) -> f64 {
    figure.map_or(0.0, two_decimals)
}

/// What they read of a site.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldSite {
    /// From 1, in the order of the codes.
    id: usize,
    /// = `gaveurs`.
    nb_gaveurs_actifs: i64,
}

impl OldSite {
    pub fn new(now: &SiteNow) -> Self {
        OldSite {
            id: now.site as usize + 1,
            nb_gaveurs_actifs: now.gaveurs,
        }
    }
}

/// What they read of a site's figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldSiteStats {
    site_code: &'static str,
    site_nom: String,
    /// Lots being fed, and lots that ended on the days.
    nb_lots: i64,
    nb_gaveurs: i64,
    nb_lots_actifs: i64,
    nb_lots_termines: i64,
    /// g of liver for each g of maize, four decimals: the inverse of `itm`.
    itm_moyen: f64,
    itm_min: f64,
    itm_max: f64,
    /// Mean coefficient of variation of the livers of a lot.
    sigma_moyen: f64,
    /// Of the lots being fed, else of those that ended on the days, %.
    mortalite_moyenne: f64,
    /// = `foie_estime_kg`.
    production_foie_kg: f64,
    /// = `foie_estime_kg`.
    production_totale_kg: f64,
    /// Maize of a duck, g.
    conso_moyenne_mais: f64,
    /// Days of a feeding.
    duree_moyenne: f64,
    derniere_maj: Option<Timestamp>,
}

impl OldSiteStats {
    pub fn new(now: &SiteNow, ended: &Yields) -> Self {
        let bounds = ended.itm_bornes;
        let kg = ended.foie_estime_kg.map_or(0.0, one_decimal);
        OldSiteStats {
            site_code: now.site.as_str(),
            site_nom: now.nom.clone(),
            nb_lots: now.fed.lots_en_cours + ended.lots,
            nb_gaveurs: now.gaveurs,
            nb_lots_actifs: now.fed.lots_en_cours,
            nb_lots_termines: ended.lots,
            itm_moyen: liver_per_maize(ended.itm),
            // The worst ITM gives the least liver.
            itm_min: liver_per_maize(bounds.map(|(_, worst)| worst)),
            itm_max: liver_per_maize(bounds.map(|(best, _)| best)),
            sigma_moyen: number(ended.sigma),
            mortalite_moyenne: number(now.fed.taux_mortalite.or(ended.taux_mortalite)),
            production_foie_kg: kg,
            production_totale_kg: kg,
            conso_moyenne_mais: number(ended.mais_g_par_canard),
            duree_moyenne: number(ended.jours),
            derniere_maj: now.fed.dernier_releve.max(ended.dernier_releve),
        }
    }
}

/// What they read of a site beside the others.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldComparedSite {
    pub site_nom: String,
    /// g of liver for each g of maize, four decimals.
    pub itm_moyen: f64,
    /// %.
    pub mortalite: f64,
    /// Estimated from the weighed livers, kg.
    pub production_kg: f64,
    pub nb_lots: i64,
    /// By the figure that is compared, the best first, from 1; sites without it come last.
    pub rank: usize,
}

impl OldComparedSite {
    pub fn new(nom: &str, mortality: Option<f64>, ended: &Yields) -> Self {
        OldComparedSite {
            site_nom: nom.to_owned(),
            itm_moyen: liver_per_maize(ended.itm),
            mortalite: number(mortality.or(ended.taux_mortalite)),
            production_kg: ended.foie_estime_kg.map_or(0.0, one_decimal),
            nb_lots: ended.lots,
            rank: 0,
        }
    }
}

/// What they read of all sites together.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldKpis {
    /// = `foie_estime_kg`.
    pub production_totale_kg: f64,
    /// = `lots_en_cours`.
    pub nb_lots_actifs: i64,
    /// Ended within the days.
    pub nb_lots_termines: i64,
    /// = `gaveurs`.
    pub nb_gaveurs_actifs: i64,
    /// g of liver for each g of maize, four decimals.
    pub itm_moyen_global: f64,
    /// %.
    pub mortalite_moyenne_globale: f64,
    /// = `alertes_critiques`.
    pub nb_alertes_critiques: i64,
}

impl OldKpis {
    pub fn new(now: &FeedingNow, ended: &Yields) -> Self {
        let mortality = now.fed.taux_mortalite.or(ended.taux_mortalite);
        OldKpis {
            production_totale_kg: ended.foie_estime_kg.map_or(0.0, one_decimal),
            nb_lots_actifs: now.fed.lots_en_cours,
            nb_lots_termines: ended.lots,
            nb_gaveurs_actifs: now.gaveurs,
            itm_moyen_global: liver_per_maize(ended.itm),
            mortalite_moyenne_globale: number(mortality),
            nb_alertes_critiques: now.alertes_critiques,
        }
    }
}

/// What they read of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldDate {
    /// = `jour`.
    pub date: Date,
}

/// What they read of a gaveur beside the others.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldPerformance {
    /// = `nom`.
    pub gaveur_nom: String,
    /// Lots being fed, and lots that ended on the days.
    pub nb_lots_total: i64,
    /// g of liver for each g of maize, four decimals.
    pub itm_moyen: f64,
    pub sigma_moyen: f64,
    /// %.
    pub mortalite_moyenne: f64,
    /// Estimated from the weighed livers, kg.
    pub production_totale_kg: f64,
}

impl OldPerformance {
    pub fn new(gaveur: &GaveurNow, ended: &Yields) -> Self {
        let mortality = gaveur.fed.taux_mortalite.or(ended.taux_mortalite);
        OldPerformance {
            gaveur_nom: gaveur.nom.clone(),
            nb_lots_total: gaveur.fed.lots_en_cours + ended.lots,
            itm_moyen: liver_per_maize(ended.itm),
            sigma_moyen: number(ended.sigma),
            mortalite_moyenne: number(mortality),
            production_totale_kg: ended.foie_estime_kg.map_or(0.0, one_decimal),
        }
    }
}

/// Where a gaveur stands among the others by ITM. Gaveurs without one have no rank. They are not grouped.
#[derive(Debug, Serialize, ToSchema)]
pub struct OldStanding {
    pub cluster_id: Option<i32>,
    pub cluster_label: Option<String>,
    /// g of liver for each g of maize, four decimals.
    pub itm_site_moyen: f64,
    pub itm_euralis_moyen: f64,
    /// From 1, the best first.
    pub rang_site: Option<usize>,
    pub total_gaveurs_site: usize,
    pub rang_euralis: Option<usize>,
    pub total_gaveurs_euralis: usize,
    /// Lots are weeks apart, so a week has no course.
    pub evolution_itm_7j: Vec<f64>,
}

/// The ITM of a gaveur, if any.
pub struct GaveurItm {
    pub gaveur_id: i32,
    pub is_of_site: bool,
    pub itm: Option<f64>,
}

impl OldStanding {
    pub fn new(gaveur_id: i32, all: &[GaveurItm], site: &Yields, everybody: &Yields) -> Self {
        let own = all.iter().find(|one| one.gaveur_id == gaveur_id);
        let own = own.and_then(|one| one.itm);
        let rank = |of_site: bool| {
            let others = all.iter().filter(|one| !of_site || one.is_of_site);
            let better = others.filter(|one| one.itm < own && one.itm.is_some());
            own.map(|_| better.count() + 1)
        };
        OldStanding {
            cluster_id: None,
            cluster_label: None,
            itm_site_moyen: liver_per_maize(site.itm),
            itm_euralis_moyen: liver_per_maize(everybody.itm),
            rang_site: rank(true),
            total_gaveurs_site: all.iter().filter(|one| one.is_of_site).count(),
            rang_euralis: rank(false),
            total_gaveurs_euralis: all.len(),
            evolution_itm_7j: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_itm_is_told_as_liver_for_maize_and_none_as_zero() {
        assert_eq!(liver_per_maize(Some(14.6)), 0.0685);
        assert_eq!(liver_per_maize(None), 0.0);
    }

    #[test]
    fn a_gaveur_is_ranked_among_those_who_have_an_itm() {
        let all = [
            (1, true, Some(14.0)),
            (2, true, None),
            (3, false, Some(13.0)),
        ];
        let all = all.map(|(gaveur_id, is_of_site, itm)| GaveurItm {
            gaveur_id,
            is_of_site,
            itm,
        });
        let nothing = Yields::default();
        let first = OldStanding::new(1, &all, &nothing, &nothing);
        assert_eq!((first.rang_site, first.rang_euralis), (Some(1), Some(2)));
        assert_eq!(
            (first.total_gaveurs_site, first.total_gaveurs_euralis),
            (2, 3)
        );
        assert_eq!(
            OldStanding::new(2, &all, &nothing, &nothing).rang_site,
            None
        );
    }
}
