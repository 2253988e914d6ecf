//! The whole server over real sockets and a real database.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod alerts;
mod before_commit;
mod bursts;
mod callers;
mod clocks;
mod connections;
mod corrections;
mod dashboards;
mod dead_connections;
mod entered_meals;
mod fanout;
mod feed;
mod filters;
mod handshake;
mod ingest;
mod key_sets;
mod keys;
mod leaving;
mod limits;
mod lives;
mod login;
mod login_support;
mod logout;
mod lots;
mod malformed;
mod many;
mod naive;
mod old_entries;
mod operations;
mod outage;
mod password_login;
mod planned_curves;
mod planned_lots;
mod refused_rows;
mod remembered_lots;
mod renewal;
mod restart;
mod sessions_codes;
mod sessions_endings;
mod sessions_grace;
mod sessions_identity;
mod sessions_registry;
mod sessions_resume;
mod sessions_stalls;
mod sessions_stats;
mod sessions_support;
mod shared;
mod staleness;
mod status;
mod steps;
mod stopping;
mod tokens;
