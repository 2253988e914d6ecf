//! The screens in a real browser, against a whole server: the distribution's `chromium` and `chromedriver`.
//!
//! If these two are not on `PATH`, the tests report it and pass; with `CI` set they fail.
#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod accessibility;
mod acknowledging;
mod addresses;
mod advice_board;
mod alert_centre;
mod alert_handling;
mod browser;
mod chromedriver;
mod chromium;
mod console;
mod control_panel;
mod entry;
mod entry_offline;
mod errors;
mod farmer;
mod feed;
mod french;
mod hostile_page;
mod login;
mod lost_server;
mod lot_links;
mod lot_sheet;
mod one_station;
mod outage;
mod paper;
mod policy;
mod populated;
mod preferences;
#[path = "../commands/process.rs"]
#[allow(dead_code)]
mod process;
mod robust;
mod samples;
mod server_state;
mod staleness;
mod station_lots;
mod stations;
mod steering;
mod wall;
mod wall_cards;
mod wall_screen;
