//! Ends the connections of keys that are not valid any more, and limits those of logins that now allow something else.

use super::Supervisor;
use crate::{
    domain::{grant::Grant, scope::Scope, stream::Topic, subscriptions::ConnectionId},
    messages::{
        app_to_supervisor::KeysChanged,
        session_to_supervisor::SetGrant,
        supervisor_to_session::{ConfirmGrant, Show},
    },
    protocol::frames::{At, ServerFrame},
    websocket::{Ending, encoder},
};
use actix::{Context, Handler};
use jiff::Timestamp;

impl Handler<KeysChanged> for Supervisor {
    type Result = ();

    fn handle(&mut self, changed: KeysChanged, _: &mut Context<Self>) {
        let before = std::mem::replace(&mut self.keys, changed);
        let all: Vec<_> = self.sessions.keys().copied().collect();
        for cid in all {
            self.apply_keys(cid);
        }
        for (cid, session) in &self.sessions {
            // Older screens, which have no tab, would show the frame to their user.
            let key = session.key.as_ref().filter(|_| session.who.tab.is_some());
            if let Some(key) = key
                && let Some(at) = self.keys.expiring.get(key)
                && !before.expiring.contains_key(key)
            {
                self.warn_of_expiry(*cid, *at);
            }
        }
    }
}

impl Handler<SetGrant> for Supervisor {
    type Result = ();

    fn handle(&mut self, set: SetGrant, _: &mut Context<Self>) {
        if self.apply_grant(set.cid, &set.grant) {
            let until = set.until;
            set.confirm.do_send(ConfirmGrant { until });
        }
    }
}

impl Supervisor {
    /// Brings a connection to what its key allows now.
    pub(super) fn apply_keys(&mut self, cid: ConnectionId) {
        let session = self.sessions.get(&cid);
        let Some(key) = session.and_then(|session| session.key.as_ref()) else {
            return;
        };
        if let Some(ending) = self.keys.ended.get(key) {
            return self.close(cid, *ending);
        }
        let keyring = self.keys.keyring.clone();
        if let Some(known) = keyring.get(key) {
            self.apply_grant(cid, &known.grant);
        }
    }

    /// A connection that the grant does not admit is closed (false), and one with another scope is limited to it from this turn on.
    fn apply_grant(&mut self, cid: ConnectionId, grant: &Grant) -> bool {
        let policy = self.sessions.get(&cid).map(|session| session.policy);
        let (topic, scope) = (self.listeners.topic(cid), grant.scope());
        let names_another = matches!(topic, Some(Topic::Gaveur(id)) if !scope.may_name(id));
        if names_another || policy.is_some_and(|policy| !policy.admits(grant.role)) {
            self.close(cid, Ending::AccessRevoked);
            return false;
        }
        if self.listeners.set_scope(cid, &scope) {
            self.show_anew(cid, scope);
        }
        true
    }

    /// The screen of a wall shows the lots of its new scope, and no others.
    fn show_anew(&mut self, cid: ConnectionId, scope: Scope) {
        if self.listeners.topic(cid) != Some(Topic::Realtime) {
            return;
        }
        let frames = self.snapshot(&scope);
        self.note_scope(scope);
        if let Some(listener) = self.listeners.listener(cid) {
            listener.handle.show.do_send(Show::Snapshot(frames));
        }
    }

    fn warn_of_expiry(&self, cid: ConnectionId, at: Timestamp) {
        if let Some(listener) = self.listeners.listener(cid) {
            let frame = ServerFrame::AuthExpiring {
                expires_at: At(at),
                timestamp: At(Timestamp::now()),
            };
            let frame = encoder::text(&frame.encode());
            listener.handle.show.do_send(Show::Frame(frame));
        }
    }
}
