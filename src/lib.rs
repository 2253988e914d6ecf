//! Realtime supervision of gavage: readings come in over WebSocket, are stored, and are pushed live to screens.
//!
//! The way of a reading: [`websocket`] decodes the frame, [`actors::session`] has [`protocol::gavage`] read it and hands it to
//! [`actors::writer`], which judges it with [`domain`], commits it through [`store`] and tells [`actors::supervisor`], which
//! gives one encoded frame to every session that listens. [`messages`] holds what they say to each other.
//! [`app`] puts the pieces together, [`commands`] and [`simulator`] are the sub-commands, [`http`] is the rest of the way in.

pub mod actors;
pub mod app;
pub mod causes;
pub mod cli;
pub mod commands;
pub mod domain;
pub mod embedded;
pub mod http;
pub mod messages;
pub mod protocol;
pub mod settings;
pub mod signals;
pub mod simulator;
pub mod store;
pub mod telemetry;
pub mod websocket;
