//! Ends the connections of keys that are not valid any more.

use super::Supervisor;
use crate::{
    domain::subscriptions::ConnectionId,
    messages::{app_to_supervisor::KeysChanged, supervisor_to_session::SendFrame},
    protocol::frames::{At, ServerFrame},
    websocket::encoder,
};
use actix::{Context, Handler};
use jiff::Timestamp;

impl Handler<KeysChanged> for Supervisor {
    type Result = ();

    fn handle(&mut self, changed: KeysChanged, _: &mut Context<Self>) {
        let before = std::mem::replace(&mut self.keys, changed);
        let mut over = Vec::new();
        for (cid, session) in &self.sessions {
            let Some(key) = &session.key else {
                continue;
            };
            let is_tab = session.who.tab.is_some();
            if let Some(ending) = self.keys.ended.get(key) {
                over.push((*cid, *ending));
            } else if let Some(at) = self.keys.expiring.get(key)
                && !before.expiring.contains_key(key)
                // Older screens, which have no tab, would show the frame to their user.
                && is_tab
            {
                self.warn_of_expiry(*cid, *at);
            }
        }
        for (cid, ending) in over {
            self.close(cid, ending);
        }
    }
}

impl Supervisor {
    fn warn_of_expiry(&self, cid: ConnectionId, at: Timestamp) {
        if let Some(listener) = self.listeners.listener(cid) {
            let frame = ServerFrame::AuthExpiring {
                expires_at: At(at),
                timestamp: At(Timestamp::now()),
            };
            let frame = encoder::text(&frame.encode());
            listener.handle.show.do_send(SendFrame { frame });
        }
    }
}
