//! The published table of close codes, and the reasons under which disconnections are logged and counted.
//!
//! `docs/close-codes.md` is this table, written by [`markdown`].

use std::fmt::Write;

/// One row of the table. Rows with `first < last` stand for a whole range, counted under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub first: u16,
    pub last: u16,
    /// The reason word in `ws_disconnect` and in the metrics.
    pub name: &'static str,
    pub meaning: &'static str,
    /// Whether a client should reconnect after this close (with a growing, random delay).
    pub reconnect: bool,
    pub origin: Origin,
}

/// Which side ended the connection: one code can mean different things from us and from a peer. A Close of the peer is echoed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Either,
    Server,
    Peer,
}

pub const SERVER_SHUTDOWN: u16 = 1012;
pub const OVERLOADED: u16 = 1013;
pub const ACCESS_EXPIRED: u16 = 4401;
pub const ACCESS_REVOKED: u16 = 4403;
pub const SLOW_CONSUMER: u16 = 4408;
pub const SUPERSEDED: u16 = 4409;
const NO_STATUS: u16 = 1005;
const ABNORMAL: u16 = 1006;

/// All close codes, ours and the peer's. 1005 and 1006 never appear in a frame: they mean a Close without a code, and no Close at all.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(1000, "normal_closure", false, Origin::Peer, "Done."),
    row(1001, "going_away", false, Origin::Peer, "The peer leaves: page closed, process ended."),
    row(1002, "protocol_error", false, Origin::Either, "A frame broke RFC 6455."),
    row(1003, "unsupported_data", false, Origin::Peer, "A kind of data that the endpoint does not take."),
    row(NO_STATUS, "no_status", false, Origin::Peer, "A Close frame without a code."),
    row(ABNORMAL, "abnormal_closure", true, Origin::Peer, "The TCP connection ended (FIN or RST) without a Close frame."),
    row(ABNORMAL, "ping_timeout", true, Origin::Server, "Nothing was received for the heartbeat timeout; the connection is cut."),
    row(1007, "invalid_payload", false, Origin::Either, "Text that is not valid UTF-8."),
    row(1008, "policy_violation", false, Origin::Either, "Abuse of the service, or a limit per client."),
    row(1009, "message_too_big", false, Origin::Either, "A frame or message above the size limit of the endpoint."),
    row(1010, "code_1010", false, Origin::Peer, "The client misses an extension; none is offered here."),
    row(1011, "server_error", true, Origin::Peer, "An unexpected condition; some clients send it after a ping timeout of theirs."),
    row(SERVER_SHUTDOWN, "server_shutdown", true, Origin::Server, "This server stops or restarts."),
    row(1012, "code_1012", true, Origin::Peer, "The peer restarts."),
    row(OVERLOADED, "overloaded", true, Origin::Server, "Unfinished messages of all peers hold all the memory that they may; try again later."),
    row(1013, "code_1013", true, Origin::Peer, "Try again later."),
    row(1014, "code_1014", true, Origin::Peer, "A gateway got an invalid answer."),
    range(3000, 3999, "code_3xxx", true, Origin::Peer, "Codes registered for libraries and frameworks."),
    row(ACCESS_EXPIRED, "access_expired", false, Origin::Server, "The key or the login has expired; reconnect with another one."),
    row(ACCESS_REVOKED, "access_revoked", false, Origin::Server, "The key was revoked."),
    row(SLOW_CONSUMER, "slow_consumer", true, Origin::Server, "The client reads, but too slowly; it may resume where it stopped. One that reads nothing is reset and sees 1006."),
    row(SUPERSEDED, "superseded", false, Origin::Server, "The same tab (`sid`) has connected again; this connection is the old one."),
    range(4000, 4999, "code_4xxx", true, Origin::Peer, "Private codes of the peer."),
];

/// For codes that no valid Close frame carries, so that a bug is visible in the counts.
const UNASSIGNED: &str = "code_other";

const fn row(
    code: u16,
    name: &'static str,
    reconnect: bool,
    origin: Origin,
    meaning: &'static str,
) -> Row {
    range(code, code, name, reconnect, origin, meaning)
}

const fn range(
    first: u16,
    last: u16,
    name: &'static str,
    reconnect: bool,
    origin: Origin,
    meaning: &'static str,
) -> Row {
    Row {
        first,
        last,
        name,
        meaning,
        reconnect,
        origin,
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer sent a Close with this code, or without one.
    PeerClosed(Option<u16>),
    /// FIN or RST without a Close frame.
    Lost,
    /// Nothing was received for the heartbeat timeout.
    PingTimeout,
    /// We closed with this code: a violation, a policy, or an error of ours.
    WeClosed(u16),
    /// A newer connection of the same tab replaced this one.
    Superseded,
    /// The peer did not read what we sent.
    SlowConsumer,
    /// The key of the connection is no longer valid.
    AccessExpired,
    AccessRevoked,
    /// This process stops.
    ServerShutdown,
}

impl Ending {
    /// The code for our Close frame (a Close is echoed; 1005 stands for an empty one), or `None` if the peer cannot receive one.
    pub fn code_to_send(self) -> Option<u16> {
        match self {
            Self::Lost | Self::PingTimeout => None,
            ending => Some(ending.code()),
        }
    }

    fn code(self) -> u16 {
        match self {
            Self::PeerClosed(code) => code.unwrap_or(NO_STATUS),
            Self::WeClosed(code) => code,
            Self::Lost | Self::PingTimeout => ABNORMAL,
            Self::Superseded => SUPERSEDED,
            Self::SlowConsumer => SLOW_CONSUMER,
            Self::AccessExpired => ACCESS_EXPIRED,
            Self::AccessRevoked => ACCESS_REVOKED,
            Self::ServerShutdown => SERVER_SHUTDOWN,
        }
    }

    fn origin(self) -> Origin {
        match self {
            Self::PeerClosed(_) | Self::Lost => Origin::Peer,
            _ => Origin::Server,
        }
    }
}

/// Code and reason of a disconnection. The reasons are a bounded set, so they can label a metric.
pub fn classify(ending: Ending) -> (u16, &'static str) {
    let code = ending.code();
    let row = TABLE
        .iter()
        .find(|row| row.describes(code, ending.origin()));
    (code, row.map_or(UNASSIGNED, |row| row.name))
}

impl Row {
    fn describes(&self, code: u16, origin: Origin) -> bool {
        let ours = self.origin == Origin::Either || self.origin == origin;
        ours && (self.first..=self.last).contains(&code)
    }
}

/// Whether a code may appear in a Close frame (RFC 6455 §7.4 and the IANA registry).
pub fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The table as a Markdown page for authors of clients.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Close codes\n\n\
         How a WebSocket connection ends, and the word under which the server logs and counts it. 1005 and 1006 never travel in a \
         frame.\n*Sent by*: who ends; a Close of the client is echoed. *Reconnect*: what a client does that did not want to end; with a \
         growing, random delay.\n\n\
         | code | reason | sent by | reconnect | meaning |\n|---|---|---|---|---|\n",
    );
    for row in TABLE {
        // Writing to a String cannot fail.
        let _ = writeln!(page, "{}", row.markdown());
    }
    page
}

impl Row {
    fn markdown(&self) -> String {
        let code = if self.first == self.last {
            self.first.to_string()
        } else {
            format!("{}–{}", self.first, self.last)
        };
        let origin = match self.origin {
            Origin::Either => "either",
            Origin::Server => "server",
            Origin::Peer => "client",
        };
        let reconnect = if self.reconnect { "yes" } else { "no" };
        let (name, meaning) = (self.name, self.meaning);
        format!("| {code} | `{name}` | {origin} | {reconnect} | {meaning} |")
    }
}
