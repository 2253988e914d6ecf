//! Repeats the tests of the store, of the REST API and of the whole server on TimescaleDB.
//!
//! Without `TIMESCALE_URL` this is the WebAssembly engine of `front/`, which has one backend per database and runs no background jobs.
//! Tests that need several sessions at once run only on PostgreSQL.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod aggregates;
#[path = "../system/bursts.rs"]
mod bursts;
mod comparison;
#[path = "../rest/euralis.rs"]
mod euralis;
#[path = "../rest/feed.rs"]
mod feed;
mod filled;
#[path = "../system/filters.rs"]
mod filters;
#[path = "../rest/history.rs"]
mod history;
#[path = "../system/ingest.rs"]
mod ingest;
mod jobs;
#[path = "../rest/lots.rs"]
mod lots;
#[path = "../system/malformed.rs"]
mod malformed;
#[path = "../rest/migrations.rs"]
mod migrations;
#[path = "../rest/naive.rs"]
mod naive;
#[path = "../rest/naive_quality.rs"]
mod naive_quality;
#[path = "../rest/naive_sums.rs"]
mod naive_sums;
#[path = "../system/operations.rs"]
mod operations;
mod plans;
#[path = "../quality/suite.rs"]
mod quality;
mod questions;
#[path = "../system/restart.rs"]
mod restart;
#[path = "../rest/scans.rs"]
mod scans;
mod scopes;
#[path = "../system/shared.rs"]
mod shared;
#[path = "../rest/stations.rs"]
mod stations;
#[path = "../rest/supervision.rs"]
mod supervision;
#[path = "../rest/support.rs"]
mod support;
#[path = "../rest/surface.rs"]
mod surface;
#[path = "../system/lots.rs"]
mod system_lots;
mod totals;
#[path = "../rest/weekly_report.rs"]
mod weekly_report;
