//! What a key allows: a role, and the sites, the gaveur or the station that it is limited to.

use super::{access::Role, reading::TakeOver, scope::Scope, site::Site};
use std::collections::BTreeSet;

/// What a key allows. Limits that are not set allow everything that the role does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub sites: BTreeSet<Site>,
    pub gaveur_id: Option<i32>,
    pub device_id: Option<String>,
    /// What its holder sends is simulated, also if it does not say so.
    pub is_simulated: bool,
}

impl Grant {
    /// Allows everything that the role does.
    pub fn new(role: Role) -> Self {
        Grant {
            role,
            sites: BTreeSet::new(),
            gaveur_id: None,
            device_id: None,
            is_simulated: false,
        }
    }

    /// # Errors
    /// A sentence: the limits do not belong to the role.
    pub fn check(&self) -> Result<(), &'static str> {
        let is_producer = matches!(self.role, Role::Station | Role::Simulateur);
        let faults = [
            (
                self.role == Role::Public,
                "nobody needs a key for what is public",
            ),
            (
                self.role == Role::Gaveur && self.gaveur_id.is_none(),
                "the key of a gaveur needs his number: --gaveur 7",
            ),
            (
                self.role == Role::Superviseur && self.sites.is_empty(),
                "the key of a superviseur needs his sites: --site LL --site LS --site MT for all",
            ),
            (
                self.gaveur_id.is_some() && !is_producer && self.role != Role::Gaveur,
                "--gaveur limits only gaveurs, simulateurs and stations",
            ),
            (
                self.device_id.is_some() && !is_producer,
                "--device limits only stations and simulateurs",
            ),
            (
                self.is_simulated && !is_producer,
                "--simulated marks only what simulateurs and stations send",
            ),
            (
                !self.sites.is_empty() && matches!(self.role, Role::Admin | Role::Metrics),
                "--site does not limit an admin or a collector of metrics",
            ),
        ];
        let fault = faults.into_iter().find(|(wrong, _)| *wrong);
        fault.map_or(Ok(()), |(_, sentence)| Err(sentence))
    }

    /// What the caller sees.
    pub fn scope(&self) -> Scope {
        match (self.role, self.gaveur_id) {
            (Role::Admin, _) => Scope::Everything,
            (Role::Metrics | Role::Public, _) => Scope::Nothing,
            (Role::Gaveur, gaveur_id) => gaveur_id.map_or(Scope::Nothing, Scope::Gaveur),
            (Role::Superviseur, _) => Scope::Sites(self.sites.clone()),
            _ if self.sites.is_empty() => Scope::Everything,
            _ => Scope::Sites(self.sites.clone()),
        }
    }

    /// What the caller may write.
    pub fn writing(&self) -> WriteScope {
        WriteScope {
            sites: self.sites.clone(),
            gaveur_id: self.gaveur_id,
            device_id: self.device_id.clone(),
            is_simulated: self.is_simulated,
        }
    }
}

/// Which readings and samples a producer may send. The default allows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriteScope {
    /// Empty for every site.
    sites: BTreeSet<Site>,
    gaveur_id: Option<i32>,
    device_id: Option<String>,
    /// Whatever he sends is simulated.
    pub is_simulated: bool,
}

impl WriteScope {
    /// # Errors
    /// A sentence that names the field.
    pub fn admits_meal(&self, site: Site, gaveur_id: i32) -> Result<(), String> {
        self.admits_site(Some(site))?;
        match self.gaveur_id {
            Some(own) if own != gaveur_id => Err(format!(
                "gaveur_id: this key may not write for gaveur {gaveur_id}"
            )),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// A sentence that names the field.
    pub fn admits_sample(&self, device_id: &str, site: Option<Site>) -> Result<(), String> {
        self.admits_device(device_id)?;
        self.admits_site(site)
    }

    /// A station need not name its site when it reports.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn admits_report(&self, device_id: &str, site: Option<Site>) -> Result<(), String> {
        self.admits_device(device_id)?;
        site.map_or(Ok(()), |site| self.admits_site(Some(site)))
    }

    /// A producer whose key is limited continues no lot of others.
    pub fn take_over(&self) -> TakeOver {
        if self.gaveur_id.is_some() {
            TakeOver::No
        } else if self.sites.is_empty() {
            TakeOver::OfAnySite
        } else {
            TakeOver::OfItsSite
        }
    }

    fn admits_device(&self, device_id: &str) -> Result<(), String> {
        match &self.device_id {
            Some(own) if own != device_id => Err(format!(
                "device_id: this key may not write for station {device_id}"
            )),
            _ => Ok(()),
        }
    }

    fn admits_site(&self, site: Option<Site>) -> Result<(), String> {
        if self.sites.is_empty() || site.is_some_and(|site| self.sites.contains(&site)) {
            return Ok(());
        }
        Err(match site {
            Some(site) => format!("site: this key may not write for site {site}"),
            None => "site: this key may only write for a site".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sites(role: Role, sites: impl IntoIterator<Item = Site>) -> Grant {
        Grant {
            sites: sites.into_iter().collect(),
            ..Grant::new(role)
        }
    }

    #[test]
    fn a_grant_whose_limits_do_not_belong_to_its_role_is_refused_with_the_flag_to_set() {
        for (faulty, named) in [
            (Grant::new(Role::Public), "public"),
            (Grant::new(Role::Gaveur), "--gaveur"),
            (Grant::new(Role::Superviseur), "--site"),
            (of_sites(Role::Admin, [Site::Ll]), "--site"),
            (
                Grant {
                    gaveur_id: Some(1),
                    ..of_sites(Role::Superviseur, [Site::Ll])
                },
                "--gaveur",
            ),
            (
                Grant {
                    device_id: Some("ESP32_LL_01".to_owned()),
                    ..Grant::new(Role::TechnicienSqal)
                },
                "--device",
            ),
        ] {
            let sentence = faulty.check().unwrap_err();
            assert!(sentence.contains(named), "{sentence}");
        }
        assert_eq!(Grant::new(Role::Station).check(), Ok(()));
        assert_eq!(of_sites(Role::Superviseur, [Site::Ll]).check(), Ok(()));
    }

    #[test]
    fn a_key_sees_no_more_than_its_sites_or_its_gaveur() {
        let gaveur = Grant {
            gaveur_id: Some(3),
            ..Grant::new(Role::Gaveur)
        };
        assert_eq!(gaveur.scope(), Scope::Gaveur(3));
        assert_eq!(Grant::new(Role::Gaveur).scope(), Scope::Nothing);
        assert_eq!(Grant::new(Role::Admin).scope(), Scope::Everything);
        assert_eq!(Grant::new(Role::Metrics).scope(), Scope::Nothing);
        assert_eq!(Grant::new(Role::Superviseur).scope(), Scope::of_sites([]));
        let of_site = of_sites(Role::Station, [Site::Mt]);
        assert_eq!(of_site.scope(), Scope::of_sites([Site::Mt]));
    }

    #[test]
    fn a_producer_writes_only_for_its_own_site_gaveur_and_station() {
        let limited = Grant {
            gaveur_id: Some(3),
            device_id: Some("ESP32_LL_01".to_owned()),
            ..of_sites(Role::Station, [Site::Ll])
        };
        let writing = limited.writing();
        assert_eq!(writing.admits_meal(Site::Ll, 3), Ok(()));
        assert_eq!(writing.admits_sample("ESP32_LL_01", Some(Site::Ll)), Ok(()));
        assert_eq!(writing.admits_report("ESP32_LL_01", None), Ok(()));
        for (refusal, field) in [
            (writing.admits_meal(Site::Mt, 3), "site:"),
            (writing.admits_meal(Site::Ll, 4), "gaveur_id:"),
            (
                writing.admits_sample("ESP32_LL_02", Some(Site::Ll)),
                "device_id:",
            ),
            (
                writing.admits_sample("ESP32_LL_01", Some(Site::Mt)),
                "site:",
            ),
            (writing.admits_sample("ESP32_LL_01", None), "site:"),
            (
                writing.admits_report("ESP32_LL_01", Some(Site::Mt)),
                "site:",
            ),
            (writing.admits_report("ESP32_LL_02", None), "device_id:"),
        ] {
            let sentence = refusal.unwrap_err();
            assert!(sentence.starts_with(field), "{sentence}");
        }
        assert_eq!(writing.take_over(), TakeOver::No);
        assert_eq!(
            of_sites(Role::Simulateur, [Site::Ll]).writing().take_over(),
            TakeOver::OfItsSite
        );
        let anything = WriteScope::default();
        assert_eq!(anything.take_over(), TakeOver::OfAnySite);
        assert_eq!(anything.admits_meal(Site::Mt, 9), Ok(()));
        assert_eq!(anything.admits_sample("X", None), Ok(()));
    }
}
