//! Settings of limits: of messages, queues and connections.

use super::values::{at_least, duration, network, period, queue_bytes};
use crate::{
    domain::{connection_limits::ConnectionLimits, proxies::Proxies, rate::Rate},
    http::{caller_limits::CallerRates, connections::HttpLimits},
    websocket::{Limits, SocketOptions},
};
use clap::Args;
use ipnet::IpNet;
use std::time::Duration;

/// The kernel's send buffer of a socket, bytes. Small, so that a slow reader soon fills our own queue; a few times what a screen needs in
/// one round trip.
const SEND_BUFFER: usize = 32 * 1024;

#[derive(Debug, Clone, Args)]
pub struct LimitArgs {
    /// Largest message of a producer of readings, bytes; larger ones are refused with close code 1009
    #[arg(long, env = "GAVEURS_MAX_GAVAGE_MESSAGE", default_value_t = 256 * 1024, value_parser = at_least::<1_024, usize>)]
    pub max_gavage_message: usize,

    /// Largest message of a quality station, bytes; larger ones are refused with close code 1009
    #[arg(long, env = "GAVEURS_MAX_SENSOR_MESSAGE", default_value_t = 256 * 1024, value_parser = at_least::<1_024, usize>)]
    pub max_sensor_message: usize,

    /// Largest message of a screen, bytes
    #[arg(long, env = "GAVEURS_MAX_SCREEN_MESSAGE", default_value_t = 16 * 1024, value_parser = at_least::<125, usize>)]
    pub max_screen_message: usize,

    /// Bytes of incomplete messages, of all peers together; a peer that would exceed them is closed with code 1013
    #[arg(long, env = "GAVEURS_UNFINISHED_MESSAGES", default_value_t = 64 * 1024 * 1024)]
    pub unfinished_messages: usize,

    /// Bytes of readings that may wait to be written, for all producers together
    #[arg(long, env = "GAVEURS_INGEST_QUEUE", default_value_t = 16 * 1024 * 1024, value_parser = queue_bytes)]
    pub ingest_queue: usize,

    /// Bytes of samples that may wait to be written, for all quality stations together
    #[arg(long, env = "GAVEURS_SENSOR_QUEUE", default_value_t = 32 * 1024 * 1024, value_parser = queue_bytes)]
    pub sensor_queue: usize,

    /// How long a message may wait for room in its queue before its sender is asked to retry later
    #[arg(long, env = "GAVEURS_INGEST_PATIENCE", default_value = "5s", value_parser = duration)]
    pub ingest_patience: Duration,

    /// Frames that may wait for one peer; frames published beyond that are kept only as the newest value of each lot, on a farmer's
    /// screen as up to 4096 further frames. An entry costs 32 bytes, and two full batches of readings fit
    #[arg(long, env = "GAVEURS_OUTBOX_FRAMES", default_value_t = 2 * 1024, value_parser = at_least::<1, usize>)]
    pub outbox_frames: usize,

    /// Bytes that may wait for one peer; a published frame is shared by all peers it waits for
    #[arg(long, env = "GAVEURS_OUTBOX_BYTES", default_value_t = 2 * 1024 * 1024)]
    pub outbox_bytes: usize,

    /// WebSockets of all kinds at the same time; fewer if the system allows fewer open files
    #[arg(long, env = "GAVEURS_MAX_CONNECTIONS", default_value_t = 15_000, value_parser = at_least::<1, usize>)]
    pub max_connections: usize,

    /// Other connections at the same time; health is still answered on a few connections more
    #[arg(long, env = "GAVEURS_MAX_HTTP_CONNECTIONS", default_value_t = 1_024, value_parser = at_least::<1, usize>)]
    pub max_http_connections: usize,

    /// How long a connection without a request stays open; make it longer than a load balancer in front of the server keeps one
    #[arg(long, env = "GAVEURS_KEEP_ALIVE", default_value = "75s", value_parser = period)]
    pub keep_alive: Duration,

    /// How long a client may take to send the body of a request
    #[arg(long, env = "GAVEURS_BODY_TIMEOUT", default_value = "10s", value_parser = period)]
    pub body_timeout: Duration,

    /// Networks of the proxies in front of the server, separated by commas, such as `127.0.0.1,10.1.0.0/16`: clients behind them are those
    /// whom they name in X-Forwarded-For. No limit for an address holds for this machine, nor for a trusted proxy that names nobody
    #[arg(long, env = "GAVEURS_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// WebSockets from one address at the same time [default: a quarter of --max-connections]
    #[arg(long, env = "GAVEURS_MAX_CONNECTIONS_PER_ADDRESS", value_parser = at_least::<1, usize>)]
    pub max_connections_per_address: Option<usize>,

    /// WebSockets that one address may open a second in the long run, ten times as many at once; 0 for no limit
    #[arg(long, env = "GAVEURS_HANDSHAKE_RATE", default_value_t = 20)]
    pub handshake_rate: u32,

    /// Messages that a screen may send a second in the long run, ten times as many at once, before it is closed with code 1008; 0 for no
    /// limit. Not for screens on this machine
    #[arg(long, env = "GAVEURS_SCREEN_RATE", default_value_t = 20)]
    pub screen_rate: u32,

    /// Connections of one user (a gaveur, or a `uid`) from one address at the same time
    #[arg(
        long,
        env = "GAVEURS_MAX_CONNECTIONS_PER_USER",
        default_value_t = 1_024,
        value_parser = at_least::<1, usize>
    )]
    pub max_connections_per_user: usize,

    /// WebSockets of one person at the same time, wherever he is: of one login, or one key of a gaveur, superviseur, technicien_sqal or admin.
    /// A key that many wall screens share needs as many. Only with --auth on
    #[arg(
        long,
        env = "GAVEURS_MAX_CONNECTIONS_PER_PERSON",
        default_value_t = 64,
        value_parser = at_least::<1, usize>
    )]
    pub max_connections_per_person: usize,

    /// Requests for data that the holder of a key or a login may send a second in the long run, ten times as many at once, before he is
    /// answered 429; 0 for no limit. Only with --auth on
    #[arg(long, env = "GAVEURS_REQUEST_RATE", default_value_t = 50)]
    pub request_rate: u32,

    /// Keys and tokens that are not valid which one address may present a minute before it is answered 429 instead of 401; 0 for no limit.
    /// Valid ones from the same address are always accepted. Only with --auth on
    #[arg(long, env = "GAVEURS_FAILED_CREDENTIALS", default_value_t = 10)]
    pub failed_credentials: u32,

    /// Invalid messages in a row before their sender is closed with code 1008
    #[arg(long, env = "GAVEURS_MAX_BAD_MESSAGES", default_value_t = 1_000, value_parser = at_least::<1, u32>)]
    pub max_bad_messages: u32,

    /// How long sent data may stay unacknowledged before the kernel ends a connection
    #[arg(long, env = "GAVEURS_TCP_USER_TIMEOUT", default_value = "30s", value_parser = duration)]
    pub tcp_user_timeout: Duration,
}

impl LimitArgs {
    /// Limits for `in_all` WebSockets.
    pub fn connections(&self, in_all: usize) -> ConnectionLimits {
        ConnectionLimits {
            in_all,
            per_address: self
                .max_connections_per_address
                .unwrap_or((in_all / 4).max(1)),
            per_user: self.max_connections_per_user,
            per_person: self.max_connections_per_person,
            handshakes: Rate::per_second(self.handshake_rate),
        }
    }

    /// Limits of those who present keys and tokens.
    pub fn callers(&self) -> CallerRates {
        CallerRates {
            failures: Rate::per_minute(self.failed_credentials),
            requests: Rate::per_second(self.request_rate),
        }
    }

    pub fn proxies(&self) -> Proxies {
        Proxies::new(self.trusted_proxies.clone())
    }

    pub(super) fn largest_message(&self) -> usize {
        let of_producers = self.max_gavage_message.max(self.max_sensor_message);
        of_producers.max(self.max_screen_message)
    }

    /// Limits for this many connections other than WebSockets.
    pub fn http(&self, connections: usize) -> HttpLimits {
        HttpLimits {
            connections,
            keep_alive: self.keep_alive,
            body_timeout: self.body_timeout,
        }
    }

    pub fn gavage(&self) -> Limits {
        one_size(self.max_gavage_message)
    }

    pub fn sensor(&self) -> Limits {
        one_size(self.max_sensor_message)
    }

    pub fn screen(&self) -> Limits {
        one_size(self.max_screen_message)
    }

    pub fn socket(&self) -> SocketOptions {
        SocketOptions {
            user_timeout: Some(self.tcp_user_timeout),
            send_buffer: Some(SEND_BUFFER),
            nodelay: true,
        }
    }
}

fn one_size(bytes: usize) -> Limits {
    Limits {
        max_frame: bytes,
        max_message: bytes,
    }
}
