//! `gaveurs keys`.

use crate::{
    app::{Database, STOPS_WITHIN, join_database},
    domain::{
        access::Role,
        audit::Author,
        grant::Grant,
        key::Key,
        keyring::{KeyState, StoredKey},
        site::Site,
        text,
    },
    settings::{DatabaseArgs, lifetime},
    store::{keys, logins, logouts},
};
use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use std::{process::ExitCode, time::Duration};

/// Create, list, rotate and revoke the keys of stations, simulators, wall screens and scripts
///
/// A server with --auth on lets in whoever presents a valid key: as `Authorization: Bearer KEY`, as the password in ws://name:KEY@host/…, or
/// as ?key=KEY of a WebSocket. A change takes effect within two seconds, also for open connections.
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    action: Action,

    #[command(flatten, next_help_heading = "Database")]
    database: DatabaseArgs,
}

#[derive(Debug, Subcommand)]
enum Action {
    Create(Create),
    /// Show all keys, but no secret, and who has logged in at the identity provider
    List,
    /// End a key or a login at once, and the connections that use it
    Revoke {
        /// The id in the list; of a key it is the part after gvk_
        id: String,
    },
    /// Replace a key by a new one with the same rights
    Rotate {
        /// The id in the list
        id: String,

        /// How long the old key stays valid
        #[arg(long, default_value = "7d", value_parser = lifetime)]
        grace: Duration,
    },
}

/// Create a key and show it, this once
#[derive(Debug, Args)]
struct Create {
    /// gaveur, superviseur, technicien_sqal, station, simulateur, metrics or admin
    #[arg(long)]
    role: Role,

    /// Who or what will have it, for the list of keys
    #[arg(long)]
    name: String,

    /// Limit it to a site: LL, LS or MT; may be given several times
    #[arg(long = "site", value_name = "SITE")]
    sites: Vec<Site>,

    /// Limit it to the lots of one gaveur
    #[arg(long = "gaveur", value_name = "ID")]
    gaveur_id: Option<i32>,

    /// Limit it to one station
    #[arg(long = "device", value_name = "ID")]
    device_id: Option<String>,

    /// Mark what it sends as simulated, for simulators that cannot say so of themselves
    #[arg(long)]
    simulated: bool,

    /// When it ends, such as 12h or 365d [default: never]
    #[arg(long, value_parser = lifetime)]
    expires: Option<Duration>,

    /// Host and port in the address that is shown
    #[arg(long, default_value = "localhost:8000")]
    host: String,
}

impl Keys {
    /// # Errors
    /// A sentence that says what was not done.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let database = join_database(&self.database).await?;
        let done = match self.action {
            Action::Create(create) => create.run(&database).await,
            Action::List => list(&database).await,
            Action::Revoke { id } => revoke(&database, &id).await,
            Action::Rotate { id, grace } => rotate(&database, &id, grace).await,
        };
        let closed = database.close(STOPS_WITHIN).await;
        done.and(closed)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self, database: &Database) -> anyhow::Result<()> {
        let name = text::key(&self.name).map_err(|problem| anyhow!("--name {problem}"))?;
        let grant = Grant {
            role: self.role,
            sites: self.sites.into_iter().collect(),
            gaveur_id: self.gaveur_id,
            device_id: self.device_id,
            is_simulated: self.simulated,
        };
        grant.check().map_err(|sentence| anyhow!(sentence))?;
        let key = Key::generate(&mut rand::rng());
        let pool = &database.pools.shared;
        keys::create(pool, &key, name, &grant, self.expires, &operator()).await?;
        println!("{}", key.reveal());
        eprintln!("This is the only time that the key is shown.");
        eprintln!("{}", usage(&key, &grant, &self.host));
        Ok(())
    }
}

/// How the holder of the key uses it.
fn usage(key: &Key, grant: &Grant, host: &str) -> String {
    let key = key.reveal();
    match grant.role {
        Role::Station => format!("Address for the station: ws://station:{key}@{host}/ws/sensors/"),
        Role::Simulateur => format!(
            "Addresses for the simulator: ws://simulateur:{key}@{host}/ws/gavage and ws://simulateur:{key}@{host}/ws/sensors/"
        ),
        Role::Metrics => format!("curl -H 'Authorization: Bearer {key}' http://{host}/metrics"),
        _ => format!(
            "On a screen, open http://{host}/auth/login#{key} once; for scripts: curl -H 'Authorization: Bearer {key}' http://{host}/api/lots"
        ),
    }
}

fn operator() -> Author {
    Author::operator(rand::random())
}

async fn list(database: &Database) -> anyhow::Result<()> {
    let keys = keys::list(&database.pools.shared).await?;
    if keys.is_empty() {
        eprintln!("there is no key yet: create one with gaveurs keys create --role admin --name …");
    }
    for key in &keys {
        println!("{}", line(key));
    }
    for login in &logins::list(&database.pools.shared).await? {
        println!("{}  login", line(login));
    }
    Ok(())
}

fn line(key: &StoredKey) -> String {
    let grant = &key.grant;
    let sites = grant.sites.iter().map(|site| format!("site={site}"));
    let gaveur = grant.gaveur_id.map(|id| format!("gaveur={id}"));
    let device = grant.device_id.as_ref().map(|id| format!("device={id}"));
    let simulated = grant.is_simulated.then(|| "simulated".to_owned());
    let limits: Vec<_> = sites.chain(gaveur).chain(device).chain(simulated).collect();
    let state = match (key.state, key.expires_at) {
        (KeyState::Revoked, _) => "revoked".to_owned(),
        (KeyState::Expired, _) => "expired".to_owned(),
        (_, Some(at)) => format!("valid until {at:.0}"),
        (_, None) => "valid".to_owned(),
    };
    format!(
        "{}  {:<15}  {:<24}  {state:<32}  created {:.0}  {}",
        key.id,
        grant.role.as_str(),
        key.name,
        key.created_at,
        limits.join(" ")
    )
}

async fn revoke(database: &Database, id: &str) -> anyhow::Result<()> {
    let pool = &database.pools.shared;
    let is_revoked = keys::revoke(pool, id, &operator()).await?
        || logouts::revoke(pool, id, &operator()).await?;
    if !is_revoked {
        bail!("there is no key {id} and no login that goes on: see gaveurs keys list");
    }
    eprintln!("{id} is revoked: servers end its connections within two seconds");
    Ok(())
}

async fn rotate(database: &Database, id: &str, grace: Duration) -> anyhow::Result<()> {
    let successor = Key::generate(&mut rand::rng());
    let replaced = keys::rotate(&database.pools.shared, id, &successor, grace, &operator()).await?;
    let Some(name) = replaced else {
        bail!("there is no valid key {id}: see gaveurs keys list");
    };
    println!("{}", successor.reveal());
    eprintln!(
        "This is the only time that the new key of {name:?} is shown; {id} expires after the grace."
    );
    Ok(())
}
