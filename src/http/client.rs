//! The client of a WebSocket request: its address and the ids in its query.

use super::{error::ApiError, params};
use crate::{
    domain::{
        connection_limits::ClientKey,
        identity::{Identity, Tab, TabId},
        proxies::Proxies,
        stream::{Position, Topic},
    },
    messages::session_to_supervisor::Resume,
};
use actix_web::{HttpRequest, web};
use std::{net::IpAddr, sync::Arc};

/// The parameters of a screen. Invalid values are ignored, so that an older client is never refused. Only a `uid` or `sid` with invisible
/// characters is refused, since no client sends one by mistake.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub uid: Option<String>,
    sid: Option<String>,
    epoch: Option<String>,
    last_seq: Option<u64>,
}

impl Query {
    /// # Errors
    /// `uid` or `sid` is invalid.
    pub fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let query = Self::parse(request.query_string());
        params::text("uid", query.uid.as_deref())?;
        params::text("sid", query.sid.as_deref())?;
        Ok(query)
    }

    fn parse(text: &str) -> Self {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(text);
        let mut query = Query::default();
        for (name, value) in pairs.map(web::Query::into_inner).unwrap_or_default() {
            match name.as_str() {
                "uid" => query.uid = Some(value),
                "sid" => query.sid = Some(value),
                "epoch" => query.epoch = Some(value),
                "last_seq" => query.last_seq = value.trim().parse().ok(),
                _ => {}
            }
        }
        query
    }

    pub fn tab(&self, topic: Topic) -> Option<Tab> {
        let sid = self.sid.as_deref().and_then(TabId::new)?;
        Some(Tab { sid, topic })
    }

    pub fn resume(self) -> Resume {
        let position = self.epoch.zip(self.last_seq);
        Resume {
            position: position.map(|(epoch, last_seq)| Position { epoch, last_seq }),
        }
    }
}

/// The address of the client, as a trusted proxy names it.
pub fn address(request: &HttpRequest, proxies: &Proxies) -> Option<IpAddr> {
    let peer = request.peer_addr()?;
    proxies.client(peer.ip(), &forwarded(request))
}

/// The address by which the sender of the request may be known.
pub fn program(request: &HttpRequest, proxies: &Proxies) -> Option<IpAddr> {
    let peer = request.peer_addr()?;
    proxies.program(peer.ip(), &forwarded(request))
}

/// Where the request comes from, for the record: the proxy, if it does not say.
pub fn sender(request: &HttpRequest, proxies: &Proxies) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let named = proxies.address(peer, &forwarded(request));
    Some(named.unwrap_or(peer))
}

fn forwarded(request: &HttpRequest) -> Vec<&str> {
    let lines = request.headers().get_all("x-forwarded-for");
    lines
        .map(|line| line.to_str().unwrap_or_default())
        .collect()
}

/// Whom the limits of connections count.
pub fn client_key(
    request: &HttpRequest,
    who: &Identity,
    person: Option<Arc<str>>,
    proxies: &Proxies,
) -> ClientKey {
    ClientKey {
        address: address(request, proxies),
        user: who.user.clone(),
        person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_makes_no_sense_is_no_query() {
        for text in [
            "",
            "&&&",
            "last_seq=12x",
            "last_seq=-1&epoch",
            "%zz=%zz",
            "token=abc&v=1",
        ] {
            let query = Query::parse(text);
            assert_eq!(query.tab(Topic::Realtime), None, "{text}");
            assert_eq!(query.resume().position, None, "{text}");
        }
    }

    #[test]
    fn an_epoch_is_a_text_whatever_it_looks_like() {
        for (given, epoch) in [
            ("0012345678901234", "0012345678901234"),
            ("-1", "-1"),
            ("1e3", "1e3"),
            ("a%2Fb%20c%C3%A9", "a/b cé"),
        ] {
            let query = Query::parse(&format!("sid=a&epoch={given}&last_seq=3"));
            let position = query.resume().position.unwrap();
            assert_eq!(position.epoch, epoch);
        }
    }

    #[test]
    fn a_position_is_both_an_epoch_and_a_number() {
        let query = Query::parse("sid=a&epoch=e&last_seq=12&uid=Jos%C3%A9");
        assert_eq!(query.uid.as_deref(), Some("José"));
        let position = Position {
            epoch: "e".to_owned(),
            last_seq: 12,
        };
        assert_eq!(query.resume().position, Some(position));
        assert_eq!(Query::parse("sid=a&epoch=e").resume().position, None);
    }
}
