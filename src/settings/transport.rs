//! What brings the news of the journal from one server of a cluster to the others.

use clap::Args;

/// Of a cluster.
#[derive(Debug, Clone, Args)]
pub struct TransportArgs {
    /// What tells the servers of a cluster at once what another one has stored: `notify` (LISTEN and NOTIFY of PostgreSQL), or servers of NATS
    /// such as `nats://user:password@nats1:4222,nats2:4222`; with a token `nats://token@…`, with TLS `tls://…`. It is worth it where
    /// PostgreSQL has not enough processor time, and needs a program that was built with `--features nats`. Without NATS a server sees what
    /// the others store a second late
    #[arg(
        long,
        env = "GAVEURS_TRANSPORT",
        value_name = "notify|nats://…",
        default_value = "notify",
        hide_env_values = true
    )]
    pub transport: String,
}

impl TransportArgs {
    /// # Errors
    /// A sentence without the text, which may hold a password.
    pub fn parse(&self) -> Result<Transport, String> {
        parse(&self.transport, OF_NATS)
    }
}

/// What brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// LISTEN and NOTIFY of PostgreSQL.
    Notify,
    #[cfg(feature = "nats")]
    Nats(nats::NatsServers),
}

/// Reads the servers of NATS.
type OfNats = fn(&str) -> Result<Transport, String>;

/// `None` in a program that was built without it.
#[cfg(not(feature = "nats"))]
const OF_NATS: Option<OfNats> = None;
#[cfg(feature = "nats")]
const OF_NATS: Option<OfNats> = Some(|text| {
    let servers = nats::NatsServers::parse(text);
    servers
        .map(Transport::Nats)
        .map_err(|problem| format!("--transport cannot be read: {problem}"))
});

fn parse(text: &str, of_nats: Option<OfNats>) -> Result<Transport, String> {
    let text = text.trim();
    if text == "notify" {
        return Ok(Transport::Notify);
    }
    if !text.starts_with("nats://") && !text.starts_with("tls://") {
        let sentence = "--transport must be notify, or the servers of NATS, such as nats://nats1:4222,nats2:4222";
        return Err(sentence.to_owned());
    }
    match of_nats {
        Some(of_nats) => of_nats(text),
        None => Err("--transport nats://… needs a program that was built for it: cargo build --release --features nats".to_owned()),
    }
}

#[cfg(feature = "nats")]
pub use nats::{Login, NatsServers};

#[cfg(feature = "nats")]
mod nats {
    use async_nats::ServerAddr;
    use percent_encoding::percent_decode_str;
    use std::fmt;

    /// Servers of NATS, each as good as the others.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct NatsServers {
        /// Without the login, so that nobody shows it.
        pub addresses: Vec<ServerAddr>,
        /// Whether nothing may be said without TLS.
        pub tls: bool,
        pub login: Option<Login>,
    }

    #[derive(Clone, PartialEq, Eq)]
    pub enum Login {
        Password { user: String, password: String },
        Token(String),
    }

    impl fmt::Debug for Login {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Login(…)")
        }
    }

    impl NatsServers {
        /// Those without a scheme have that of the first.
        pub(super) fn parse(text: &str) -> Result<Self, String> {
            let scheme = text.split("://").next().unwrap_or_default();
            let mut servers = NatsServers {
                addresses: Vec::new(),
                tls: false,
                login: None,
            };
            for one in text.split(',').map(str::trim) {
                let url = match one.contains("://") {
                    true => one.to_owned(),
                    false => format!("{scheme}://{one}"),
                };
                servers.add(&url)?;
            }
            Ok(servers)
        }

        fn add(&mut self, url: &str) -> Result<(), String> {
            let address: ServerAddr = url
                .parse()
                .map_err(|error: std::io::Error| error.to_string())?;
            if !["nats", "tls"].contains(&address.scheme()) {
                return Err("each server begins with nats:// or tls://".to_owned());
            }
            if address.host().is_empty() {
                return Err("a server has no name".to_owned());
            }
            if let Some(login) = Login::of(&address)? {
                if self.login.as_ref().is_some_and(|other| *other != login) {
                    return Err("all servers are told the same login".to_owned());
                }
                self.login = Some(login);
            }
            self.tls |= address.tls_required();
            self.addresses.push(without_login(address)?);
            Ok(())
        }
    }

    impl Login {
        /// A name without a password is a token.
        fn of(address: &ServerAddr) -> Result<Option<Self>, String> {
            let decoded = |part: &str| {
                let part = percent_decode_str(part).decode_utf8();
                let part = part.map_err(|_| "a login is no text".to_owned())?;
                Ok::<_, String>(part.into_owned())
            };
            let Some(user) = address.username().map(decoded).transpose()? else {
                return Ok(None);
            };
            Ok(Some(match address.password().map(decoded).transpose()? {
                Some(password) => Login::Password { user, password },
                None => Login::Token(user),
            }))
        }
    }

    fn without_login(address: ServerAddr) -> Result<ServerAddr, String> {
        let mut url = address.into_inner();
        let removed = url.set_username("").and_then(|()| url.set_password(None));
        removed.map_err(|()| "a server has no name".to_owned())?;
        ServerAddr::from_url(url).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        parse(text, OF_NATS).unwrap_err()
    }

    #[test]
    fn without_a_word_postgresql_brings_the_news() {
        assert_eq!(parse("notify", OF_NATS), Ok(Transport::Notify));
        for text in ["", "redis://localhost", "notify,nats://a"] {
            assert!(complaint(text).contains("--transport must be"), "{text}");
        }
    }

    #[test]
    fn a_program_without_nats_says_how_to_build_one_with_it() {
        for text in ["nats://a:4222", "tls://user:secret@a"] {
            let complaint = parse(text, None).unwrap_err();
            assert!(complaint.contains("--features nats"), "{complaint}");
            assert!(!complaint.contains("secret"), "{complaint}");
        }
    }

    #[cfg(feature = "nats")]
    mod with_nats {
        use super::*;

        fn servers(text: &str) -> NatsServers {
            match parse(text, OF_NATS) {
                Ok(Transport::Nats(servers)) => servers,
                other => panic!("{text}: {other:?}"),
            }
        }

        fn names(servers: &NatsServers) -> Vec<(String, u16)> {
            let addresses = servers.addresses.iter();
            addresses
                .map(|address| (address.host().to_owned(), address.port()))
                .collect()
        }

        #[test]
        fn servers_are_separated_by_commas_and_have_the_scheme_of_the_first() {
            let plain = servers("nats://nats1, nats2:4333,nats://[::1]:4222");
            assert_eq!(
                names(&plain),
                [("nats1", 4222), ("nats2", 4333), ("::1", 4222)]
                    .map(|(host, port)| (host.to_owned(), port))
            );
            assert!(!plain.tls && plain.login.is_none());
            let secured = servers("tls://nats1,nats2");
            assert!(secured.tls && secured.addresses.iter().all(|it| it.tls_required()));
            assert!(servers("nats://nats1,tls://nats2").tls);
        }

        #[test]
        fn a_login_is_a_user_with_a_password_or_a_token_and_is_shown_nowhere() {
            let of_user = servers("nats://g%C3%A9rant:se%40cret@a,b");
            let expected = Login::Password {
                user: "gérant".to_owned(),
                password: "se@cret".to_owned(),
            };
            assert_eq!(of_user.login, Some(expected));
            let of_token = servers("nats://a,nats://se+cret@b");
            assert_eq!(of_token.login, Some(Login::Token("se+cret".to_owned())));
            for shown in [format!("{of_user:?}"), format!("{of_token:?}")] {
                assert!(!shown.contains("cret"), "{shown}");
            }
        }

        #[test]
        fn what_cannot_be_read_is_refused_without_showing_the_login() {
            for (text, word) in [
                ("nats://", "no name"),
                ("nats://user:secret@", "cannot be read"),
                ("nats://user:secret@a:port", "invalid port"),
                ("nats://a,,b", "no name"),
                (
                    "nats://a,ws://user:secret@b",
                    "begins with nats:// or tls://",
                ),
                ("nats://user:secret@a,user:secret2@b", "the same login"),
            ] {
                let complaint = complaint(text);
                assert!(complaint.contains(word), "{text}: {complaint}");
                assert!(!complaint.contains("secret"), "{complaint}");
            }
        }
    }
}
