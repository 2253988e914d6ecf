//! Which rows and frames a caller may see.

use super::{audience::Audience, site::Site};
use std::collections::BTreeSet;

/// Which rows and frames a caller may see. Without a site they are visible only with [`Scope::Everything`], without a gaveur to no farmer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    Everything,
    Sites(BTreeSet<Site>),
    /// One farmer's own.
    Gaveur(i32),
    Nothing,
}

impl Scope {
    /// The scope of a supervisor of these sites.
    pub fn of_sites(sites: impl IntoIterator<Item = Site>) -> Self {
        Scope::Sites(sites.into_iter().collect())
    }

    /// Those of the supervisors of some sites, whichever they are.
    pub fn of_any_sites() -> Vec<Self> {
        let choices = 1..1_u32 << Site::ALL.len();
        let chosen = choices.map(|choice| {
            let sites = Site::ALL.into_iter().enumerate();
            sites
                .filter(|(place, _)| choice & 1 << place != 0)
                .map(|(_, site)| site)
                .collect()
        });
        chosen.map(Scope::Sites).collect()
    }

    /// Whether a publication may be sent to a caller with this scope.
    pub fn sees(&self, audience: &Audience) -> bool {
        // Aggregates over sites are published once for every scope that somebody has.
        if let Audience::Sites(of) = audience {
            return *of == self.sites() && !matches!(self, Scope::Gaveur(_) | Scope::Nothing);
        }
        match self {
            Scope::Everything => true,
            Scope::Sites(sites) => audience.site().is_some_and(|site| sites.contains(&site)),
            Scope::Gaveur(id) => audience.gaveur_id() == Some(*id),
            Scope::Nothing => false,
        }
    }

    /// Whether lots and figures of a whole site are visible.
    pub fn sees_site(&self, site: Site) -> bool {
        match self {
            Scope::Everything => true,
            Scope::Sites(sites) => sites.contains(&site),
            Scope::Gaveur(_) | Scope::Nothing => false,
        }
    }

    /// The sites that it is limited to; `None` if it is not limited to sites.
    pub fn sites(&self) -> Option<BTreeSet<Site>> {
        match self {
            Scope::Sites(sites) => Some(sites.clone()),
            _ => None,
        }
    }

    /// The farmer whose scope this is.
    pub fn gaveur(&self) -> Option<i32> {
        match self {
            Scope::Gaveur(id) => Some(*id),
            _ => None,
        }
    }

    /// Whether an address may name this gaveur: a farmer may name only himself. For other callers the rows are limited.
    pub fn may_name(&self, gaveur_id: i32) -> bool {
        !matches!(self, Scope::Gaveur(own) if *own != gaveur_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::Source;
    use proptest::{collection::btree_set, option, prelude::*, sample::select};

    fn site() -> impl Strategy<Value = Site> {
        select(&Site::ALL[..])
    }

    /// With the site and the gaveur that it is of.
    fn audience() -> impl Strategy<Value = (Audience, Option<Site>, Option<i32>)> {
        let meal = (site(), 1..4).prop_map(|(site, gaveur_id)| {
            let code_lot = "LL2611001".to_owned();
            let meal = Audience::Gavage {
                site,
                code_lot,
                gaveur_id,
            };
            (meal, Some(site), Some(gaveur_id))
        });
        let whose = || (option::of(site()), option::of(1..4));
        let sample = whose().prop_map(|(site, gaveur_id)| {
            let sample = Audience::Sample {
                device_id: "ESP32_LL_01".to_owned(),
                site,
                code_lot: None,
                gaveur_id,
                grade: None,
            };
            (sample, site, gaveur_id)
        });
        let alert = whose().prop_map(|(site, gaveur_id)| {
            let alert = Audience::Alert {
                id: 1,
                source: Source::Gavage,
                site,
                code_lot: None,
                gaveur_id,
                device_id: None,
            };
            (alert, site, gaveur_id)
        });
        prop_oneof![meal, sample, alert]
    }

    proptest! {
        #[test]
        fn a_scope_shows_what_is_its_own_and_nothing_else((audience, site, gaveur_id) in audience(), sites in btree_set(site(), 0..4), own in 1..4) {
            prop_assert!(Scope::Everything.sees(&audience));
            prop_assert!(!Scope::Nothing.sees(&audience));
            prop_assert_eq!(Scope::Gaveur(own).sees(&audience), gaveur_id == Some(own));
            let of_sites = site.is_some_and(|site| sites.contains(&site));
            prop_assert_eq!(Scope::Sites(sites).sees(&audience), of_sites);
        }
    }

    #[test]
    fn figures_of_sites_are_shown_to_those_who_see_just_these_sites() {
        let of_all = Audience::Sites(None);
        let of_one = Audience::Sites(Some(BTreeSet::from([Site::Ll])));
        let of_two = Audience::Sites(Some(BTreeSet::from([Site::Ll, Site::Mt])));
        let sees = |scope: Scope| [&of_all, &of_one, &of_two].map(|figures| scope.sees(figures));
        assert_eq!(sees(Scope::Everything), [true, false, false]);
        assert_eq!(sees(Scope::of_sites([Site::Ll])), [false, true, false]);
        assert_eq!(
            sees(Scope::of_sites([Site::Mt, Site::Ll])),
            [false, false, true]
        );
        assert_eq!(sees(Scope::Gaveur(1)), [false; 3]);
        assert_eq!(sees(Scope::Nothing), [false; 3]);
    }

    #[test]
    fn every_choice_of_sites_is_a_scope_once() {
        let scopes = Scope::of_any_sites();
        assert_eq!(scopes.len(), 7);
        for (place, scope) in scopes.iter().enumerate() {
            assert!(!scopes[..place].contains(scope), "{scope:?}");
            assert_ne!(*scope, Scope::of_sites([]));
        }
    }

    #[test]
    fn a_farmer_may_name_himself_only() {
        assert!(Scope::Gaveur(1).may_name(1));
        assert!(!Scope::Gaveur(1).may_name(2));
        assert!(Scope::of_sites([Site::Ll]).may_name(2));
        assert!(Scope::Everything.may_name(2));
    }
}
