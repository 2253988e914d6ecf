//! The published table of close codes, and the reason words under which endings are logged and counted.

use std::borrow::Cow;

/// One row of the table. Rows with `first < last` stand for a whole range, counted under one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub first: u16,
    pub last: u16,
    /// The reason word in `ws_disconnect` and in the metrics.
    pub name: &'static str,
    pub meaning: &'static str,
    /// Whether a client that sees this ending should connect again (with a growing, random delay).
    pub reconnect: bool,
}

pub const SERVER_SHUTDOWN: u16 = 1012;
pub const SLOW_CONSUMER: u16 = 4408;
pub const SUPERSEDED: u16 = 4409;

/// All close codes, ours and the peer's. 1005 and 1006 never travel: they stand for a Close without a code and for no Close at all.
pub const TABLE: &[Row] = &[
    row(1000, "normal_closure", "The peer is done.", false),
    row(
        1001,
        "going_away",
        "The peer leaves: page closed, process ended.",
        false,
    ),
    row(1002, "protocol_error", "A frame broke RFC 6455.", false),
    row(
        1003,
        "unsupported_data",
        "A kind of data that the endpoint does not take.",
        false,
    ),
    row(1005, "no_status", "A Close frame without a code.", false),
    row(
        1006,
        "abnormal_closure",
        "The TCP connection ended (FIN or RST) without a Close frame.",
        true,
    ),
    row(
        1006,
        "ping_timeout",
        "Nothing was heard from the peer for the heartbeat timeout; the connection is cut.",
        true,
    ),
    row(
        1007,
        "invalid_payload",
        "Text that is not valid UTF-8.",
        false,
    ),
    row(
        1008,
        "policy_violation",
        "Abuse of the service, or a limit per client reached.",
        false,
    ),
    row(
        1009,
        "message_too_big",
        "A frame or message above the size limit of the endpoint.",
        false,
    ),
    row(
        1010,
        "code_1010",
        "The client missed an extension; none is offered here.",
        false,
    ),
    row(
        1011,
        "server_error",
        "An endpoint met an unexpected condition; some clients send it after their own ping timeout.",
        true,
    ),
    row(
        SERVER_SHUTDOWN,
        "server_shutdown",
        "This server stops or restarts.",
        true,
    ),
    row(1012, "code_1012", "The peer restarts.", true),
    row(1013, "code_1013", "Try again later.", true),
    row(1014, "code_1014", "A gateway got an invalid answer.", true),
    range(
        3000,
        3999,
        "code_3xxx",
        "Codes registered for libraries and frameworks.",
        true,
    ),
    row(
        SLOW_CONSUMER,
        "slow_consumer",
        "The client did not read fast enough; it may resume where it stopped.",
        true,
    ),
    row(
        SUPERSEDED,
        "superseded",
        "The same tab (`sid`) has connected again; this connection is the old one.",
        false,
    ),
    range(4000, 4999, "code_4xxx", "Private codes of the peer.", true),
];

const fn row(code: u16, name: &'static str, meaning: &'static str, reconnect: bool) -> Row {
    range(code, code, name, meaning, reconnect)
}

const fn range(
    first: u16,
    last: u16,
    name: &'static str,
    meaning: &'static str,
    reconnect: bool,
) -> Row {
    Row {
        first,
        last,
        name,
        meaning,
        reconnect,
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The peer sent a Close with this code, or without one.
    PeerClosed(Option<u16>),
    /// FIN or RST without a Close frame.
    Lost,
    /// We heard nothing for the heartbeat timeout.
    PingTimeout,
    /// We closed with this code: a violation, a policy, an error of ours.
    WeClosed(u16),
    /// A newer connection of the same tab took over.
    Superseded,
    /// The peer did not read what we sent.
    SlowConsumer,
    /// This process stops.
    ServerShutdown,
}

impl Ending {
    /// The code to send in our Close frame; `None` when there is nobody to send it to.
    pub fn code_to_send(self) -> Option<u16> {
        match self {
            Self::PeerClosed(code) => Some(code.unwrap_or(1005)),
            Self::Lost | Self::PingTimeout => None,
            ours => Some(classify(ours).0),
        }
    }
}

/// Code and reason word of an ending. The words are a bounded set, so they can be counted by name.
pub fn classify(ending: Ending) -> (u16, Cow<'static, str>) {
    match ending {
        Ending::PeerClosed(None) => (1005, "no_status".into()),
        Ending::PeerClosed(Some(code)) => (code, reason(code)),
        Ending::WeClosed(code) => (code, own_reason(code)),
        Ending::Lost => (1006, "abnormal_closure".into()),
        Ending::PingTimeout => (1006, "ping_timeout".into()),
        Ending::Superseded => (SUPERSEDED, "superseded".into()),
        Ending::SlowConsumer => (SLOW_CONSUMER, "slow_consumer".into()),
        Ending::ServerShutdown => (SERVER_SHUTDOWN, "server_shutdown".into()),
    }
}

/// Word for a code that the peer sent. Our own codes mean nothing special when they come from outside.
fn reason(code: u16) -> Cow<'static, str> {
    match code {
        1000 => "normal_closure".into(),
        1001 => "going_away".into(),
        1002 => "protocol_error".into(),
        1003 => "unsupported_data".into(),
        1005 => "no_status".into(),
        1006 => "abnormal_closure".into(),
        1007 => "invalid_payload".into(),
        1008 => "policy_violation".into(),
        1009 => "message_too_big".into(),
        1011 => "server_error".into(),
        3000..=3999 => "code_3xxx".into(),
        4000..=4999 => "code_4xxx".into(),
        other => format!("code_{other}").into(),
    }
}

fn own_reason(code: u16) -> Cow<'static, str> {
    match code {
        SUPERSEDED => "superseded".into(),
        SLOW_CONSUMER => "slow_consumer".into(),
        SERVER_SHUTDOWN => "server_shutdown".into(),
        code => reason(code),
    }
}

/// Whether a code may appear in a Close frame (RFC 6455 §7.4 and the IANA registry).
pub fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
