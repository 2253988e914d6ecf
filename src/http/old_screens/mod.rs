//! What older screens say and read, in one place: the day they go, it goes with them. Each module has the fields that they read beside ours;
//! the handlers put the two together with [`Beside`].

pub mod advice;
pub mod alerts;
pub mod corrections;
pub mod curves;
pub mod entry;
pub mod forecasts;
pub mod gaveurs;
pub mod lots;
pub mod planned;
pub mod quality;
pub mod stations;
pub mod supervision;

use serde::Serialize;
use utoipa::ToSchema;

/// Our answer, and the fields that older screens read of the same figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Beside<T, Old> {
    #[serde(flatten)]
    pub ours: T,
    #[serde(flatten)]
    pub old: Old,
}

/// Their word, and ours. Where a route has a word of its own that reads like theirs, its own is meant.
pub const ALIASES: [(&str, &str); 8] = [
    ("niveau", "severite"),
    ("criticite", "severite"),
    ("severity", "severite"),
    ("site_code", "site"),
    ("is_acknowledged", "acquittee"),
    ("status", "statut"),
    ("start_time", "depuis"),
    ("end_time", "jusqu_a"),
];

/// What they send for nothing: it never had a meaning, so leaving it out changes no answer.
pub const IGNORED: [&str; 7] = [
    "_t",
    "force_refresh",
    "force",
    "mois",
    "n_clusters",
    "cluster_label",
    "token",
];

/// Who acknowledges an alert when a screen does not say.
pub const NOBODY_NAMED: &str = "supervision";

/// The old Euralis screens multiply this by 1,000 and show it as g of liver for each kg of maize: they want the inverse of ITM, and 0 where
/// there is none.
fn liver_per_maize(itm: Option<f64>) -> f64 {
    let inverse = itm.map_or(0.0, |itm| 1.0 / itm);
    (inverse * 10_000.0).round() / 10_000.0
}
