//! The REST API on a real PostgreSQL, compared with independently computed figures.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod description;
mod euralis;
mod exports;
mod feed;
mod headers;
mod history;
mod lot_sheet;
mod lots;
mod migrations;
mod naive;
mod naive_quality;
mod naive_sums;
mod old_screens;
mod origins;
mod pages;
mod queries;
mod scans;
mod starting_together;
mod stations;
mod steering;
mod supervision;
mod support;
mod surface;
mod weekly_report;
