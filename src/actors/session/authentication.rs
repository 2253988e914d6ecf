//! A screen replaces its token by a newer one, without a new connection.

use super::{Screen, Session};
use crate::{
    domain::{expiry::Expiry, oidc::account::Bearer, reasons::ErrorReason},
    messages::{session_to_supervisor::SetGrant, supervisor_to_session::ConfirmGrant},
    protocol::frames::{At, ServerFrame},
};
use actix::{ActorFutureExt as _, AsyncContext, Context, Handler, WrapFuture as _};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// Identifies the bearer of a token as a handshake does, or says in a sentence why not.
pub type Identify = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Bearer, String>> + Send + Sync>;

impl Session<Screen> {
    pub(super) fn authenticate(&mut self, token: String, ctx: &mut Context<Self>) {
        let Some(identify) = &self.links.identify else {
            return self
                .refuse_token("this server knows no identity provider, so it takes no tokens");
        };
        // One token at a time: nothing more is read until it is in force or refused.
        self.inbound.close();
        let identified = identify(token).into_actor(self);
        ctx.spawn(identified.map(|bearer, session, ctx| session.identified(bearer, ctx)));
    }

    fn identified(&mut self, bearer: Result<Bearer, String>, ctx: &mut Context<Self>) {
        match bearer.and_then(|bearer| self.same(bearer)) {
            Ok(bearer) => self.links.set_grant.do_send(SetGrant {
                cid: self.cid,
                grant: bearer.account.grant,
                until: bearer.until,
                confirm: ctx.address().recipient(),
            }),
            Err(sentence) => {
                self.inbound.open();
                self.refuse_token(&sentence);
            }
        }
    }

    fn same(&self, bearer: Bearer) -> Result<Bearer, String> {
        if self.key.as_deref() == Some(&bearer.account.principal) {
            return Ok(bearer);
        }
        Err("token: it is not of the account whose token opened this connection".to_owned())
    }

    /// The answer does not quote the token.
    fn refuse_token(&self, sentence: &str) {
        self.refuse(ErrorReason::Token, sentence, "", None);
    }
}

impl Handler<ConfirmGrant> for Session<Screen> {
    type Result = ();

    fn handle(&mut self, confirmed: ConfirmGrant, ctx: &mut Self::Context) {
        self.inbound.open();
        self.expiry = confirmed.until.map(Expiry::new);
        self.watch_expiry(ctx);
        let ack = ServerFrame::AuthAck {
            expires_at: confirmed.until.map(At),
            timestamp: At::now(),
        };
        self.queue(&ack, ctx);
    }
}
