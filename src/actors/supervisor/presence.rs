//! Who is connected: connections open and end; users leave, may return within their grace, and are cleaned up after it.

use super::Supervisor;
use crate::{
    domain::{
        access::Policy,
        disconnects::Noted,
        identity::{Identity, UserId},
        shrink::shrink,
        users::{Effect, Generation},
    },
    messages::{
        registrar_to_supervisor::UserCleared,
        session_to_supervisor::{SessionClosed, SessionOpened},
        supervisor_to_registrar::{ClearUser, RegisterUser},
        supervisor_to_session::CloseSession,
    },
    telemetry::metrics,
    websocket::{self, CloseCode, Ending},
};
use actix::{AsyncContext, Context, Handler, Message, Recipient};
use std::sync::Arc;
use tokio::time::Instant;

pub(super) struct OpenSession {
    pub endpoint: &'static str,
    pub who: Identity,
    pub key: Option<Arc<str>>,
    pub policy: Policy,
    pub close: Recipient<CloseSession>,
    /// Whether the screen has said on this connection what it wants.
    pub has_filtered: bool,
}

impl Handler<SessionOpened> for Supervisor {
    type Result = ();

    fn handle(&mut self, opened: SessionOpened, ctx: &mut Context<Self>) {
        let SessionOpened {
            cid,
            endpoint,
            who,
            key,
            policy,
            close,
            listens,
        } = opened;
        log::info!("ws_connect {who} cid={cid} type={endpoint}");
        self.count(endpoint, 1);
        let session = OpenSession {
            endpoint,
            who: who.clone(),
            key,
            policy,
            close,
            has_filtered: false,
        };
        self.sessions.insert(cid, session);
        let effects = self.users.connect(Instant::now(), cid, who.clone());
        self.apply(effects, ctx);
        // A connection that was refused is being closed and gets no subscription.
        match listens.filter(|_| self.users.identity(cid) == Some(&who)) {
            Some(_) if self.closing => {}
            Some(listening) => self.listen(cid, endpoint, &who, listening),
            None => {}
        }
        if self.closing {
            self.close(cid, Ending::ServerShutdown);
        } else {
            self.tell_arrived(cid);
            // The key may have changed while the handshake was answered.
            self.apply_keys(cid);
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
            self.tell_left(closed.cid, &session.who);
        }
        let effects = self.users.disconnect(Instant::now(), closed.cid);
        self.apply(effects, ctx);
    }
}

impl Supervisor {
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

/// Message to itself: check for graces that are over.
#[derive(Message)]
#[rtype(result = "()")]
struct GraceTimerDue;

/// Message to itself: the grace of this generation is over. It queues behind what is already in the mailbox, so a return that has arrived
/// wins.
#[derive(Message)]
#[rtype(result = "()")]
struct CleanupDue {
    user: UserId,
    generation: Generation,
}

impl Supervisor {
    pub(super) fn apply(
        &mut self,
        effects: impl IntoIterator<Item = Effect>,
        ctx: &mut Context<Self>,
    ) {
        for effect in effects {
            self.apply_one(effect, ctx);
        }
        self.arm_grace_timer(ctx);
        self.publish_counts();
    }

    fn apply_one(&mut self, effect: Effect, ctx: &mut Context<Self>) {
        match effect {
            Effect::Supersede { cid } => self.close(cid, Ending::Superseded),
            Effect::Refuse { cid } => {
                log::warn!("connection {cid} is refused: its tab was taken over too often");
                self.close(cid, Ending::WeClosed(CloseCode::Policy.into()));
            }
            Effect::Register { user, generation } => {
                let register = RegisterUser { user, generation };
                self.links.register.do_send(register);
            }
            Effect::GraceStarted { user, generation } => {
                let delay = self.settings.grace.as_millis();
                log::info!("user_detach_delay_start uid={user} gen={generation} delay_ms={delay}");
                if self.is_elsewhere(&user) {
                    let effect = self.users.went_elsewhere(&user);
                    effect
                        .into_iter()
                        .for_each(|effect| self.apply_one(effect, ctx));
                }
            }
            Effect::WentElsewhere { user, generation } => {
                log::info!("user_detach_cancelled uid={user} gen={generation} reason=elsewhere");
                self.links.clear.do_send(ClearUser {
                    user,
                    generation,
                    cleared: None,
                });
            }
            Effect::GraceCancelled { user, generation } => {
                log::info!("user_detach_cancelled uid={user} gen={generation}");
            }
            Effect::GraceAborted { user, generation } => {
                log::info!(
                    "user_detach_aborted uid={user} gen={generation} reason=server_shutdown"
                );
            }
            Effect::CleanUp { user, generation } => self.clean_up(user, generation, ctx),
        }
    }

    fn clean_up(&mut self, user: UserId, generation: Generation, ctx: &mut Context<Self>) {
        log::info!("user_detach_executing uid={user} gen={generation}");
        self.kept_filters.forget(&user);
        self.tell_cleaned_up(&user);
        log::info!("REGISTRY_CLEANUP_START uid={user} gen={generation}");
        self.links.clear.do_send(ClearUser {
            user,
            generation,
            cleared: Some(ctx.address().recipient()),
        });
    }

    /// All graces have the same length, so a running timer is never too late for a new one.
    fn arm_grace_timer(&mut self, ctx: &mut Context<Self>) {
        if self.grace_timer {
            return;
        }
        if let Some(deadline) = self.users.next_deadline() {
            self.grace_timer = true;
            ctx.notify_later(
                GraceTimerDue,
                deadline.saturating_duration_since(Instant::now()),
            );
        }
    }
}

impl Handler<GraceTimerDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, _: GraceTimerDue, ctx: &mut Context<Self>) {
        self.grace_timer = false;
        for (user, generation) in self.users.take_due(Instant::now()) {
            ctx.address().do_send(CleanupDue { user, generation });
        }
        self.arm_grace_timer(ctx);
    }
}

impl Handler<CleanupDue> for Supervisor {
    type Result = ();

    fn handle(&mut self, due: CleanupDue, ctx: &mut Context<Self>) {
        let effect = self.users.cleanup_due(due.user, due.generation);
        self.apply(effect, ctx);
    }
}

impl Handler<UserCleared> for Supervisor {
    type Result = ();

    fn handle(&mut self, cleared: UserCleared, _: &mut Context<Self>) {
        let UserCleared {
            user,
            generation,
            error,
        } = cleared;
        self.users.cleanup_done(&user, generation, error.is_none());
        match error {
            None => log::info!("REGISTRY_CLEANUP_SUCCESS uid={user} gen={generation}"),
            Some(error) => {
                log::error!("REGISTRY_CLEANUP_ERROR uid={user} gen={generation} error={error}")
            }
        }
        self.publish_counts();
    }
}
