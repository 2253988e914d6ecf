//! Realtime supervision of gavage: readings come in over WebSocket, are stored, and are pushed live to screens.
//!
//! The path of a reading: [`websocket`] decodes the frame; [`actors::session`] parses it with [`protocol::gavage`] and sends it to
//! [`actors::writer`]. The writer applies the rules of [`domain`], commits through [`store`] and informs [`actors::supervisor`], which
//! sends one encoded frame to every subscribed session. [`messages`] holds the messages between actors. [`app`] connects the parts,
//! [`commands`] and [`simulator`] are the subcommands, and [`http`] holds the HTTP API.

pub mod actors;
pub mod app;
pub mod causes;
pub mod cli;
pub mod commands;
pub mod domain;
pub mod embedded;
pub mod http;
pub mod messages;
pub mod oidc;
pub mod panel;
pub mod protocol;
pub mod settings;
pub mod signals;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod websocket;
