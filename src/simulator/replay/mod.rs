//! `gaveurs replay FILE`: a cooperative's export of lots, played again as a live stream.

mod cell;
mod columns;
pub mod export;
pub mod report;
pub mod schedule;
mod table;

use super::{
    feeder::Summary,
    options::Target,
    pace::{Acceleration, paced},
    progress::Progress,
};
use crate::signals::asked_to_stop;
use crate::{domain::reading::Reading, protocol::frames};
use anyhow::Context;
use clap::Args;
use export::Export;
use jiff::{civil::Date, tz::TimeZone};
use schedule::Conventions;
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Rejoue l'export CSV d'une coopérative comme un flux en direct, repas par repas
///
/// Séparateur (; , tabulation), marque décimale, encodage (UTF-8, cp1252) et forme des dates sont reconnus ; les colonnes le sont par leur nom :
/// CodeLot, dStart, Gaveur, Souche, Nb_MEG, feedTarget_i et feedCornReal_i. Rien n'est écarté en silence : chaque ligne, repas ou valeur
/// inutilisable est signalé avec son numéro et sa raison.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Règles :
  * i compte les repas : le repas i est celui du jour (i−1)/2, matin si i est impair (7 h), soir sinon (19 h), à partir de dStart.
  * Dose donnée vide, nan, 0 ou −0,01 : non mesurée, pas de repas. Signalée au milieu d'un lot ; après le dernier repas, seulement comptée.
  * Dose donnée de 1 g ou moins en fin de lot : repas fictif, signalé et non envoyé.
  * Dose donnée hors de 0 < d ≤ 600 g, ou illisible : signalée et non envoyée.
  * Dose prévue absente ou hors de 0 < d ≤ 600 g : signalée, le repas est envoyé sans elle.
  * Lot répété, code sans site connu, date ou gaveur illisible, nombre de colonnes faux : la ligne est signalée et écartée.
  * Nb_MEG est l'effectif du repas 1. Poids, température, humidité et mortalité ne sont pas dans l'export : ils restent absents.
  * Le dernier repas envoyé d'un lot porte « prêt à l'abattage ». Rejouer le même fichier corrige les mêmes repas, sans doublon.

Exemples :
  gaveurs replay lots-2024.csv --dry-run
      ce qui serait envoyé, en JSON sur la sortie, et ce qui serait écarté, sans serveur
  gaveurs replay lots-2024.csv
      un jour par seconde, sur le serveur local
  gaveurs replay lots-2024.csv --acceleration 1440 --starting 2026-03-02
      un jour par minute, le premier lot commençant le 2 mars 2026

Code de sortie : 0, ou 1 si le fichier n'est pas un tel export ou si le serveur a refusé un relevé.")]
pub struct Replay {
    /// L'export : un lot par ligne
    #[arg(value_name = "FICHIER")]
    file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// Combien de fois plus vite que la réalité, de 1 à 86400 ; 86400 : un jour par seconde
    #[arg(long, value_name = "FOIS", default_value_t = Acceleration::DAY_PER_SECOND)]
    acceleration: Acceleration,
    /// Fuseau des heures de repas
    #[arg(long, default_value = "Europe/Paris", value_parser = zone)]
    zone: TimeZone,
    /// Déplace le premier lot à ce jour (AAAA-MM-JJ), les autres avec lui [par défaut : les dates du fichier]
    #[arg(long, value_name = "DATE", value_parser = starting)]
    starting: Option<Date>,
    /// Ajouté au numéro du gaveur, pour ne pas le confondre avec un gaveur déjà enregistré
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = offset)]
    gaveur_offset: i32,
    /// N'envoie rien : écrit les relevés en JSON sur la sortie
    #[arg(long)]
    dry_run: bool,
}

impl Replay {
    /// Runs until the last meal is acked or the operator stops it.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let export = self.read()?;
        let readings = schedule::readings(&export.lots, &self.conventions())?;
        export
            .report
            .findings
            .iter()
            .for_each(|finding| eprintln!("{finding}"));
        if self.dry_run {
            print_all(&readings).context("écriture des relevés sur la sortie")?;
            eprintln!("{}", conclusion(&export, "rien n'a été envoyé (--dry-run)"));
            return Ok(ExitCode::SUCCESS);
        }
        let summary = self.send(readings).await;
        eprintln!("{}", conclusion(&export, &summary.to_string()));
        Ok(summary.exit_code())
    }

    fn read(&self) -> anyhow::Result<Export> {
        let name = self.file.display();
        let bytes = std::fs::read(&self.file).with_context(|| format!("lecture de {name}"))?;
        let export = Export::read(&bytes).with_context(|| name.to_string())?;
        log::info!(
            "{name} : encodage {}, séparateur {:?}, marque décimale {}",
            export.encoding,
            export.separator,
            export.decimal_mark.nom()
        );
        Ok(export)
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            zone: self.zone.clone(),
            starting: self.starting,
            gaveur_offset: self.gaveur_offset,
        }
    }

    async fn send(&self, readings: Vec<Reading>) -> Summary {
        let mut progress = Progress::new("rejeu", Some(readings.len() as u64));
        let readings = paced(schedule::timed(readings), self.acceleration);
        let follow = |event: super::feeder::Event<'_>, summary: &Summary| {
            progress.follow(&event, summary);
        };
        let summary = self
            .target
            .feeder()
            .run(readings, asked_to_stop(), follow)
            .await;
        progress.finish();
        summary
    }
}

fn conclusion(export: &Export, outcome: &str) -> String {
    let (lots, meals) = (export.lots.len(), export.meal_count());
    format!(
        "Rejeu : {lots} lots, {meals} repas utilisables ; {outcome}\n{}",
        export.report
    )
}

/// One JSON object per line; a reader that has seen enough (`| head`) is no error.
fn print_all(readings: &[Reading]) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let lines = readings.iter().map(frames::reading_data);
    let written = lines.into_iter().try_for_each(|line| {
        out.write_all(&line)?;
        out.write_all(b"\n")
    });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "un fuseau comme Europe/Paris est attendu".to_owned())
}

fn starting(text: &str) -> Result<Date, String> {
    cell::date(text).ok_or_else(|| "une date AAAA-MM-JJ, de 2000 à 2099, est attendue".to_owned())
}

fn offset(text: &str) -> Result<i32, String> {
    let offset = text.trim().parse().ok();
    offset
        .filter(|offset| *offset >= 0)
        .ok_or_else(|| "un entier positif ou nul est attendu".to_owned())
}
