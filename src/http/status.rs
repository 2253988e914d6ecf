//! `/api/etat`: whether the server works, part by part. Published state: it does not ask the database.

use super::get;
use crate::{
    domain::{
        access::HeaderLink,
        disconnects::Reasons,
        producers::{Heard, Producer as Source},
        site::Site,
        status::{Part, Situation, State},
    },
    telemetry::status::{DescribedDatabase, PartReport, Report, Status},
};
use actix_web::web;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub fn configure(cfg: &mut web::ServiceConfig) {
    get(cfg, "/api/etat", HeaderLink::Status.policy(), status);
}

/// Whether the server works
///
/// Answered also while the database is away.
#[utoipa::path(
    get,
    path = "/api/etat",
    tag = "exploitation",
    responses((status = 200, description = "The server now, and its parts over the last hour", body = ServerStatus))
)]
async fn status(status: web::Data<Status>) -> web::Json<ServerStatus> {
    web::Json(status.report().into())
}

#[derive(Debug, Serialize, ToSchema)]
struct ServerStatus {
    timestamp: Timestamp,
    /// `tout_va_bien`, `a_surveiller`, `file_pleine`, `base_injoignable` or `composant_mort`.
    #[schema(value_type = String)]
    situation: Situation,
    /// When the database was last available; `null` while it is.
    base_injoignable_depuis: Option<Timestamp>,
    en_attente: Waiting,
    /// Messages that were refused for lack of room since the database was last available: their senders have to send them again.
    refuses: u64,
    /// Stored in the last minute.
    releves_par_minute: u64,
    echantillons_par_minute: u64,
    /// Frames queued for screens in the last minute.
    trames_par_minute: u64,
    /// Open connections of screens.
    ecrans: u64,
    parties: Vec<PartStatus>,
    /// The one that has been silent longest first; at most 500.
    producteurs: Vec<Producer>,
    /// How many were forgotten to make room for others.
    producteurs_oublies: u64,
    deconnexions: Vec<Ended>,
    serveur: Server,
    /// As it last answered; `null` if it never did.
    base: Option<Database>,
}

/// Received and not written yet.
#[derive(Debug, Serialize, ToSchema)]
struct Waiting {
    releves: usize,
    echantillons: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct PartStatus {
    /// `reception`, `file`, `base`, `diffusion` or `stations`.
    #[schema(value_type = String)]
    partie: Part,
    /// `ok`, `attention` or `panne`; `null` if there is nothing to judge by.
    #[schema(value_type = Option<String>)]
    etat: Option<State>,
    /// Since when, as far as is known.
    depuis: Timestamp,
    /// The worst state in each of the last 60 minutes, oldest first; `null` for a minute of which nothing is known.
    #[schema(value_type = Vec<Option<String>>)]
    minutes: Vec<Option<State>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Producer {
    /// `station`, or `gaveur`: the source of a gaveur's meals.
    genre: &'static str,
    nom: String,
    /// `LL`, `LS` or `MT`.
    site_code: Option<&'static str>,
    dernier_message: Timestamp,
    /// Since the server started.
    messages: u64,
}

/// Connections that ended for a reason.
#[derive(Debug, Serialize, ToSchema)]
struct Ended {
    raison: &'static str,
    derniere_heure: u64,
    /// Since the server started.
    total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Server {
    version: &'static str,
    demarre_le: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct Database {
    /// `PostgreSQL` or `TimescaleDB`.
    genre: &'static str,
    version: String,
    /// Version of PostgreSQL below TimescaleDB.
    postgresql: Option<String>,
    taille_octets: i64,
    mesuree_le: Timestamp,
}

impl From<Report> for ServerStatus {
    fn from(report: Report) -> Self {
        let (totals, minute_ago) = (&report.totals, &report.minute_ago);
        ServerStatus {
            timestamp: report.at,
            situation: report.situation,
            base_injoignable_depuis: report.away_since,
            en_attente: Waiting {
                releves: report.waiting.readings,
                echantillons: report.waiting.samples,
            },
            refuses: totals.refused - report.before_outage.refused,
            releves_par_minute: totals.readings - minute_ago.readings,
            echantillons_par_minute: totals.samples - minute_ago.samples,
            trames_par_minute: totals.deliveries - minute_ago.deliveries,
            ecrans: report.screens,
            deconnexions: ended(&totals.ended, &report.hour_ago.ended),
            parties: report.parts.into_iter().map(PartStatus::from).collect(),
            producteurs: report.producers.into_iter().map(Producer::from).collect(),
            producteurs_oublies: report.forgotten_producers,
            serveur: Server {
                version: env!("CARGO_PKG_VERSION"),
                demarre_le: report.started,
            },
            base: report.database.map(Database::from),
        }
    }
}

/// Most frequent first.
fn ended(total: &Reasons, hour_ago: &Reasons) -> Vec<Ended> {
    let mut all: Vec<_> = total
        .iter()
        .map(|(raison, total)| Ended {
            raison,
            derniere_heure: total - hour_ago.get(raison).copied().unwrap_or(0),
            total: *total,
        })
        .collect();
    all.sort_by(|a, b| b.total.cmp(&a.total).then(a.raison.cmp(b.raison)));
    all
}

impl From<PartReport> for PartStatus {
    fn from(report: PartReport) -> Self {
        PartStatus {
            partie: report.part,
            etat: report.state,
            depuis: report.since,
            minutes: report.minutes.into(),
        }
    }
}

impl From<Heard> for Producer {
    fn from(heard: Heard) -> Self {
        let (genre, nom) = match heard.producer {
            Source::Station(id) => ("station", id),
            Source::Gaveur(id) => ("gaveur", id.to_string()),
        };
        Producer {
            genre,
            nom,
            site_code: heard.site.map(Site::as_str),
            dernier_message: heard.last,
            messages: heard.messages,
        }
    }
}

impl From<DescribedDatabase> for Database {
    fn from(database: DescribedDatabase) -> Self {
        Database {
            genre: database.kind,
            version: database.version,
            postgresql: database.below,
            taille_octets: database.size,
            mesuree_le: database.at,
        }
    }
}
