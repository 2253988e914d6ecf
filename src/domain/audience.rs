//! Which sessions a publication concerns, and the filters that a screen may set.

use super::{alert::Source, quality::Grade, site::Site, words::words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The content of a publication, which filters are matched against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Audience {
    Gavage {
        site: Site,
        code_lot: String,
        gaveur_id: i32,
    },
    /// A lot's step in its life cycle.
    Lot {
        site: Site,
        code_lot: String,
        gaveur_id: i32,
    },
    /// Of the loop from lots to consumers and back.
    Boucle {
        /// The advice that it tells of.
        recommandation: Option<i64>,
        site: Site,
        code_lot: String,
        gaveur_id: i32,
    },
    /// Aggregates over the gavage of these sites; `None` for all.
    Sites(Option<BTreeSet<Site>>),
    /// A sample of a quality station. Unknown fields match no filter on them.
    Sample {
        device_id: String,
        site: Option<Site>,
        code_lot: Option<String>,
        gaveur_id: Option<i32>,
        /// Judged by our rule.
        grade: Option<Grade>,
    },
    Alert {
        id: i64,
        source: Source,
        site: Option<Site>,
        code_lot: Option<String>,
        gaveur_id: Option<i32>,
        device_id: Option<String>,
    },
}

impl Audience {
    /// `None` if it belongs to no site, or to all.
    pub fn site(&self) -> Option<Site> {
        match self {
            Audience::Gavage { site, .. }
            | Audience::Lot { site, .. }
            | Audience::Boucle { site, .. } => Some(*site),
            Audience::Sites(_) => None,
            Audience::Sample { site, .. } | Audience::Alert { site, .. } => *site,
        }
    }

    /// `None` if it belongs to no farmer.
    pub fn gaveur_id(&self) -> Option<i32> {
        match self {
            Audience::Gavage { gaveur_id, .. }
            | Audience::Lot { gaveur_id, .. }
            | Audience::Boucle { gaveur_id, .. } => Some(*gaveur_id),
            Audience::Sites(_) => None,
            Audience::Sample { gaveur_id, .. } | Audience::Alert { gaveur_id, .. } => *gaveur_id,
        }
    }
}

words! {
    /// The frames that a screen asks for.
    pub enum Only {
        Sqal = "sqal_only",
        Gavage = "gavage_only",
    }
}

/// A screen's filters, all of which must match. The default matches everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Quality station; does not apply to gavage.
    pub device_id: Option<String>,
    pub site_code: Option<Site>,
    /// Lowest grade that matches; does not apply to gavage.
    pub min_grade: Option<Grade>,
    pub only: Option<Only>,
    pub code_lot: Option<String>,
    pub gaveur_id: Option<i32>,
}

impl Filter {
    pub fn lets_through(&self, audience: &Audience) -> bool {
        match audience {
            Audience::Sites(_) => self.only != Some(Only::Sqal),
            Audience::Gavage {
                site,
                code_lot,
                gaveur_id,
            }
            | Audience::Lot {
                site,
                code_lot,
                gaveur_id,
            } => {
                self.only != Some(Only::Sqal)
                    && self.concerns(Some(*site), Some(code_lot), Some(*gaveur_id))
            }
            Audience::Boucle {
                site,
                code_lot,
                gaveur_id,
                ..
            } => {
                // Neither gavage nor quality.
                self.only.is_none() && self.concerns(Some(*site), Some(code_lot), Some(*gaveur_id))
            }
            Audience::Sample {
                device_id,
                site,
                code_lot,
                gaveur_id,
                grade,
            } => {
                self.only != Some(Only::Gavage)
                    && self.concerns(*site, code_lot.as_deref(), *gaveur_id)
                    && agrees(&self.device_id.as_ref(), Some(device_id))
                    && self.takes_grade(*grade)
            }
            Audience::Alert {
                source,
                site,
                code_lot,
                gaveur_id,
                device_id,
                ..
            } => {
                self.takes_source(*source)
                    && self.concerns(*site, code_lot.as_deref(), *gaveur_id)
                    && (*source != Source::Sqal
                        || agrees(&self.device_id.as_ref(), device_id.as_ref()))
            }
        }
    }

    fn concerns(&self, site: Option<Site>, code_lot: Option<&str>, gaveur_id: Option<i32>) -> bool {
        agrees(&self.site_code, site)
            && agrees(&self.code_lot.as_deref(), code_lot)
            && agrees(&self.gaveur_id, gaveur_id)
    }

    fn takes_grade(&self, grade: Option<Grade>) -> bool {
        self.min_grade
            .is_none_or(|worst| grade.is_some_and(|grade| grade <= worst))
    }

    fn takes_source(&self, source: Source) -> bool {
        match self.only {
            None => true,
            Some(Only::Sqal) => source == Source::Sqal,
            Some(Only::Gavage) => source != Source::Sqal,
        }
    }
}

/// A filter that is not set matches everything; one that is set matches only the same value.
fn agrees<T: PartialEq>(wanted: &Option<T>, given: Option<T>) -> bool {
    wanted.is_none() || *wanted == given
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Audience {
        Audience::Sample {
            device_id: "ESP32_LL_01".to_owned(),
            site: Some(Site::Ll),
            code_lot: Some("LL2611001".to_owned()),
            gaveur_id: Some(1),
            grade: Some(Grade::B),
        }
    }

    fn alert(source: Source) -> Audience {
        Audience::Alert {
            id: 1,
            source,
            site: Some(Site::Ll),
            code_lot: None,
            gaveur_id: None,
            device_id: Some("ESP32_LL_01".to_owned()),
        }
    }

    fn passes(change: impl FnOnce(&mut Filter), audience: &Audience) -> bool {
        let mut filter = Filter::default();
        change(&mut filter);
        filter.lets_through(audience)
    }

    #[test]
    fn every_filter_applies_to_samples() {
        let sample = sample();
        assert!(passes(|_| {}, &sample));
        assert!(passes(|f| f.min_grade = Some(Grade::B), &sample));
        assert!(!passes(|f| f.min_grade = Some(Grade::A), &sample));
        assert!(!passes(
            |f| f.device_id = Some("ESP32_LL_02".to_owned()),
            &sample
        ));
        assert!(!passes(|f| f.site_code = Some(Site::Mt), &sample));
        assert!(!passes(
            |f| f.code_lot = Some("LL2611002".to_owned()),
            &sample
        ));
        assert!(!passes(|f| f.gaveur_id = Some(2), &sample));
        assert!(!passes(|f| f.only = Some(Only::Gavage), &sample));
        assert!(passes(|f| f.only = Some(Only::Sqal), &sample));
    }

    #[test]
    fn filters_of_the_stations_say_nothing_about_gavage() {
        let gavage = Audience::Gavage {
            site: Site::Ll,
            code_lot: "LL2611001".to_owned(),
            gaveur_id: 1,
        };
        assert!(passes(
            |f| f.device_id = Some("ESP32_MT_01".to_owned()),
            &gavage
        ));
        assert!(passes(|f| f.min_grade = Some(Grade::APlus), &gavage));
        assert!(!passes(|f| f.only = Some(Only::Sqal), &gavage));
        assert!(passes(
            |f| f.device_id = Some("ESP32_MT_01".to_owned()),
            &alert(Source::Gavage)
        ));
    }

    #[test]
    fn who_asks_for_one_kind_of_data_gets_nothing_of_the_loop_and_other_filters_apply_to_it() {
        let boucle = Audience::Boucle {
            recommandation: Some(1),
            site: Site::Ll,
            code_lot: "LL2611001".to_owned(),
            gaveur_id: 1,
        };
        assert!(passes(|_| {}, &boucle));
        assert!(!passes(|f| f.only = Some(Only::Gavage), &boucle));
        assert!(!passes(|f| f.only = Some(Only::Sqal), &boucle));
        assert!(!passes(|f| f.site_code = Some(Site::Mt), &boucle));
        assert!(!passes(|f| f.gaveur_id = Some(2), &boucle));
        assert!(passes(
            |f| f.code_lot = Some("LL2611001".to_owned()),
            &boucle
        ));
        assert!(passes(|f| f.min_grade = Some(Grade::APlus), &boucle));
    }

    #[test]
    fn an_alert_goes_with_what_it_was_seen_in() {
        assert!(passes(|f| f.only = Some(Only::Sqal), &alert(Source::Sqal)));
        assert!(!passes(|f| f.only = Some(Only::Sqal), &alert(Source::Feed)));
        assert!(!passes(
            |f| f.only = Some(Only::Gavage),
            &alert(Source::Sqal)
        ));
        assert!(!passes(
            |f| f.code_lot = Some("LL2611001".to_owned()),
            &alert(Source::Sqal)
        ));
        assert!(!passes(
            |f| f.device_id = Some("ESP32_LL_02".to_owned()),
            &alert(Source::Sqal)
        ));
    }
}
