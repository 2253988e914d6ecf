//! What older screens say in a query, in one place: the day they go, it goes with them.

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
