//! What the account of a verified token may do: its role, sites and gaveur, as Keycloak or another provider names them.

use super::token::Claims;
use crate::domain::{access::Role, grant::Grant, site::Site, text};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Roles of people, the one that counts first.
const PEOPLE: [Role; 4] = [
    Role::Admin,
    Role::Superviseur,
    Role::TechnicienSqal,
    Role::Gaveur,
];
/// The role by which a superviseur sees every site, for all clients or for ours.
const ALL_SITES: &str = "view_all_sites";
/// Claims that name a person, the best one first.
const NAMES: [&str; 3] = ["name", "preferred_username", "email"];
/// Where a site may be, if it is not where it should be.
const OLD_SITES: [&str; 2] = ["site", "site_id"];
/// Longer names are cut, characters.
const LONGEST_NAME: usize = 100;
/// Longer subjects are refused, bytes.
const LONGEST_SUBJECT: usize = 100;

/// Where the claims are; a dot leads into an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    pub roles: String,
    pub gaveur: String,
    pub sites: String,
    /// Our name at the provider: Keycloak lists the roles of an account at each client.
    pub client: Option<String>,
}

/// A person, or a program, that the identity provider knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `oidc:<sub>`.
    pub principal: String,
    pub name: String,
    pub grant: Grant,
}

/// The bearer of a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    pub account: Account,
    pub until: Option<Timestamp>,
}

/// Why an account may do nothing here. The sentences go on after "this is".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    #[error(
        "not open to an account without a role: the identity provider must give it one of admin, superviseur, technicien_sqal, gaveur"
    )]
    Role,
    #[error(
        "not open to a gaveur whose account has no number: the identity provider must put it into the claim gaveur_id"
    )]
    Gaveur,
    #[error("not open to an account whose subject (sub) is empty, too long or unreadable")]
    Subject,
}

impl Account {
    /// # Errors
    /// The account may do nothing here.
    pub fn of(claims: &Claims, names: &ClaimNames) -> Result<Self, NoAccess> {
        let subject = text::key(&claims.sub).map_err(|_| NoAccess::Subject)?;
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT {
            return Err(NoAccess::Subject);
        }
        let given = Given(&claims.others);
        Ok(Account {
            principal: format!("oidc:{subject}"),
            name: given.name().unwrap_or_else(|| subject.to_owned()),
            grant: given.grant(names)?,
        })
    }
}

struct Given<'a>(&'a Map<String, Value>);

impl Given<'_> {
    fn grant(&self, names: &ClaimNames) -> Result<Grant, NoAccess> {
        let words = self.words(&names.roles);
        let has = |word: &str| words.iter().any(|given| given == word);
        let sees_all = has(ALL_SITES) || self.has_at_client(names, ALL_SITES);
        let role = PEOPLE.into_iter().find(|role| has(role.as_str()));
        let role = role.ok_or(NoAccess::Role)?;
        let (mut sites, mut gaveur_id) = (BTreeSet::new(), None);
        match role {
            Role::Gaveur => gaveur_id = Some(self.gaveur(names).ok_or(NoAccess::Gaveur)?),
            Role::Superviseur if sees_all => sites.extend(Site::ALL),
            Role::Superviseur | Role::TechnicienSqal => sites = self.sites(names),
            _ => {}
        }
        Ok(Grant {
            role,
            sites,
            gaveur_id,
            ..Grant::new(role)
        })
    }

    /// Whether the account has this role at our client.
    fn has_at_client(&self, names: &ClaimNames, role: &str) -> bool {
        let of_clients = self.0.get("resource_access");
        let client = of_clients.zip(names.client.as_ref());
        let roles = client.and_then(|(clients, name)| clients.get(name)?.get("roles")?.as_array());
        roles.is_some_and(|roles| roles.iter().any(|given| given == role))
    }

    /// A claim by its whole name, which may contain dots, or by the path to it.
    fn at(&self, path: &str) -> Option<&Value> {
        let whole = self.0.get(path);
        whole.or_else(|| {
            let mut names = path.split('.');
            let first = self.0.get(names.next()?)?;
            names.try_fold(first, |within, name| within.get(name))
        })
    }

    /// The texts of a claim that is a text or a list; attributes of Keycloak can be either.
    fn words(&self, path: &str) -> Vec<String> {
        match self.at(path) {
            Some(Value::Array(values)) => values.iter().filter_map(word).collect(),
            Some(value) => word(value).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn gaveur(&self, names: &ClaimNames) -> Option<i32> {
        let words = self.words(&names.gaveur);
        words.first()?.parse().ok()
    }

    fn sites(&self, names: &ClaimNames) -> BTreeSet<Site> {
        let claims = [names.sites.as_str()].into_iter().chain(OLD_SITES);
        let given = claims.map(|claim| self.words(claim));
        let first = given.into_iter().find(|words| !words.is_empty());
        let words = first.unwrap_or_default();
        words.iter().filter_map(|word| word.parse().ok()).collect()
    }

    fn name(&self) -> Option<String> {
        let names = NAMES
            .iter()
            .filter_map(|claim| self.0.get(*claim)?.as_str());
        let mut names = names.map(|name| text::free(name).chars().take(LONGEST_NAME).collect());
        names.find(|name: &String| !name.is_empty())
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
