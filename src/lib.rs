//! Realtime supervision of gavage: readings come in over WebSocket, are stored, and are pushed live to screens.

pub mod websocket;
