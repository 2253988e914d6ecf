//! Handles the opening and the end of connections.

use super::Supervisor;
use crate::{
    domain::{
        disconnects::Noted,
        identity::Identity,
        shrink::shrink,
        stream::{Published, Topic},
        subscriptions::ConnectionId,
    },
    messages::{
        session_to_supervisor::{Listening, Resume, SessionClosed, SessionOpened, SetFilter},
        supervisor_to_session::{
            BeginStream, CloseSession, ConfirmFilter, Deliver, NotRecovered, Replay, Resumed,
            SendFrame,
        },
    },
    telemetry::metrics,
    websocket::{self, Ending},
};
use actix::{Context, Handler, Recipient};
use std::sync::Arc;
use tokio::time::Instant;

/// The recipients of a subscribed screen.
pub struct Screen {
    pub deliver: Recipient<Deliver>,
    pub show: Recipient<SendFrame>,
}

pub struct OpenSession {
    endpoint: &'static str,
    who: Identity,
    pub close: Recipient<CloseSession>,
}

impl Supervisor {
    /// Subscribes a screen and starts its stream. One turn decides which frames are replayed and which are live, so the stream has no
    /// gap.
    fn listen(
        &mut self,
        cid: ConnectionId,
        session: (&'static str, &Identity),
        listening: Listening,
    ) {
        let (endpoint, who) = session;
        let filter = match (&who.user, &who.tab) {
            (Some(user), Some(tab)) => self.kept_filters.take(user, tab),
            _ => Default::default(),
        };
        let screen = Screen {
            deliver: listening.deliver,
            show: listening.show,
        };
        self.listeners
            .subscribe(cid, listening.topic, filter, screen);
        let resumed = listening
            .resume
            .map(|resume| self.resume(cid, listening.topic, resume));
        let goes_on = resumed
            .as_ref()
            .is_some_and(|resumed| resumed.outcome.is_ok());
        let snapshot = match listening.topic {
            Topic::Realtime if !goes_on => self.snapshot(),
            _ => Arc::new([]),
        };
        let snapshot = match listening.topic {
            Topic::Notifications => snapshot,
            _ => self.with_staleness(snapshot, goes_on),
        };
        listening.begin.do_send(BeginStream {
            resumed,
            active_connections: self.active.get(endpoint).copied().unwrap_or(0),
            snapshot,
        });
    }

    fn resume(&self, cid: ConnectionId, topic: Topic, resume: Resume) -> Resumed {
        let position = resume.position.as_ref();
        let listener = self.listeners.listener(cid);
        let wanted = |published: &&Arc<Published>| {
            listener.is_none_or(|listener| listener.wants(&published.audience))
        };
        let outcome = match self.streams.resume(topic, position) {
            Ok(missed) => Ok(Replay {
                after: position.map_or(0, |position| position.last_seq),
                missed: missed.filter(wanted).cloned().collect(),
            }),
            Err(reason) => Err(NotRecovered {
                reason,
                missed_since: self.streams.missed_since(topic, position),
            }),
        };
        let mut stats = self.links.metrics.session_stats.open();
        match &outcome {
            Ok(replay) => stats.replayed += replay.missed.len() as u64,
            Err(_) if position.is_some() => stats.resume_refused += 1,
            Err(_) => {}
        }
        Resumed {
            epoch: self.streams.epoch().clone(),
            last_seq: self.streams.last_seq(topic),
            outcome,
        }
    }

    /// Ends a subscription. The tab's filter is kept until its user is cleaned up.
    pub(super) fn stop_listening(&mut self, cid: ConnectionId) {
        let Some(filter) = self.listeners.remove(cid) else {
            return;
        };
        let who = self.sessions.get(&cid).map(|session| &session.who);
        if let Some((Some(user), Some(tab))) = who.map(|who| (&who.user, &who.tab)) {
            self.kept_filters.keep(user, tab, filter);
        }
    }

    fn count(&mut self, endpoint: &'static str, change: i64) {
        let active = self.active.entry(endpoint).or_default();
        *active = active.saturating_add_signed(change as isize);
        let label = metrics::Endpoint { endpoint };
        let sessions = &self.links.metrics.sessions;
        sessions.get_or_create(&label).inc_by(change);
    }

    fn note_ending(&self, session: &OpenSession, closed: &SessionClosed) {
        let (code, reason) = websocket::classify(closed.ending);
        let user = session.who.user.as_ref();
        let Noted { total, frequent } = {
            let mut stats = self.links.metrics.session_stats.open();
            stats.dropped_slow += u64::from(closed.ending == Ending::SlowConsumer);
            stats.disconnects.note(Instant::now(), user, reason)
        };
        log::info!(
            "ws_disconnect {} cid={} code={code} reason={reason} type={} total={total} dur_ms={}",
            session.who,
            closed.cid,
            session.endpoint,
            closed.lasted.as_millis()
        );
        if let (Some(user), Some(rate)) = (user, frequent) {
            log::warn!(
                "ws_metrics_frequent_disconnect uid={user} per_minute={rate:.1} total={total}"
            );
        }
    }
}

impl Handler<SessionOpened> for Supervisor {
    type Result = ();

    fn handle(&mut self, opened: SessionOpened, ctx: &mut Context<Self>) {
        let SessionOpened {
            cid,
            endpoint,
            who,
            close,
            listens,
        } = opened;
        log::info!("ws_connect {who} cid={cid} type={endpoint}");
        self.count(endpoint, 1);
        let session = OpenSession {
            endpoint,
            who: who.clone(),
            close,
        };
        self.sessions.insert(cid, session);
        let effects = self.users.connect(Instant::now(), cid, who.clone());
        self.apply(effects, ctx);
        // If the new connection was refused, it has been told, and a subscription would be too late.
        match listens.filter(|_| self.users.identity(cid) == Some(&who)) {
            Some(_) if self.closing => {}
            Some(listening) => self.listen(cid, (endpoint, &who), listening),
            None => {}
        }
        if self.closing {
            self.close(cid, Ending::ServerShutdown);
        }
    }
}

impl Handler<SessionClosed> for Supervisor {
    type Result = ();

    fn handle(&mut self, closed: SessionClosed, ctx: &mut Context<Self>) {
        self.stop_listening(closed.cid);
        if let Some(session) = self.sessions.remove(&closed.cid) {
            shrink(&mut self.sessions);
            self.count(session.endpoint, -1);
            self.note_ending(&session, &closed);
            log::info!("ws_cleanup_complete {} cid={}", session.who, closed.cid);
        }
        let effects = self.users.disconnect(Instant::now(), closed.cid);
        self.apply(effects, ctx);
    }
}

impl Handler<SetFilter> for Supervisor {
    type Result = ();

    fn handle(&mut self, set: SetFilter, _: &mut Context<Self>) {
        self.listeners.set_filter(set.cid, set.filter);
        set.confirm.do_send(ConfirmFilter { echo: set.echo });
    }
}
