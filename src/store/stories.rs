//! What a label tells its holder: stored facts only.

use super::{StoreError, rows::from_row, view::Reader};
use crate::domain::{
    consumer::{address::AddressDigests, figures::FEWEST_RATINGS},
    control::Stage,
    lot::{LotId, Statut},
    quality::Grade,
    site::Site,
};
use jiff::{Timestamp, civil::Date};

const TELL: &str = include_str!("../../sql/queries/consumer_products/tell.sql");

/// A product, its lot, and what is said of the lot. `None` is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    pub product_id: String,
    pub qr_code: String,
    pub code_lot: String,
    pub lot_id: LotId,
    pub site: Site,
    /// `echantillon` or `lot`.
    pub origine: String,
    pub grade: Option<Grade>,
    /// 0–1.
    pub score: Option<f64>,
    pub masse_g: Option<f64>,
    pub produit_le: Date,
    pub controle_le: Option<Timestamp>,
    pub date_limite: Option<Date>,
    pub conditionnement: Option<String>,
    pub cree_le: Timestamp,
    pub simule: bool,
    pub retire_le: Option<Timestamp>,
    pub abattu_le: Option<Date>,
    pub controle: Option<Stage>,
    pub terminee_le: Option<Timestamp>,
    pub premier_releve: Option<Timestamp>,
    pub dernier_releve: Option<Timestamp>,
    pub statut: Statut,
    pub nb_canards_initial: Option<i32>,
    pub repas: i64,
    pub jours: Option<i32>,
    pub temperature_c: Option<f64>,
    /// Of the lot that were controlled, and with A+, A or B.
    pub foies: i64,
    pub foies_a_b: i64,
    pub masse_moyenne_g: Option<f64>,
    pub mais_g_par_canard: Option<f64>,
    /// Ratings of the lot of the product's kind, and their sum.
    pub avis: i64,
    pub avis_somme: i64,
    /// This address has rated the product, and may again from then on.
    pub note_jusqua: Option<Timestamp>,
}

from_row! {
    Story {
        product_id, qr_code, code_lot, lot_id, site = "site_code", origine, grade, score, masse_g, produit_le, controle_le, date_limite,
        conditionnement, cree_le, simule, retire_le, abattu_le, controle, terminee_le, premier_releve, dernier_releve, statut,
        nb_canards_initial, repas, jours, temperature_c, foies, foies_a_b, masse_moyenne_g,
        mais_g_par_canard = "g_par_canard", avis, avis_somme, note_jusqua,
    }
}

impl Story {
    /// The mean of the lot's ratings, from five on.
    pub fn mean(&self) -> Option<f64> {
        (self.avis >= FEWEST_RATINGS).then(|| self.avis_somme as f64 / self.avis as f64)
    }

    /// Share of the controlled livers with A+, A or B, 0–1.
    pub fn share_a_b(&self) -> Option<f64> {
        (self.foies > 0).then(|| self.foies_a_b as f64 / self.foies as f64)
    }
}

/// The story of a product for the holder of its code, whoever he is.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn tell(
    reader: &Reader,
    product_id: &str,
    address: Option<&AddressDigests>,
) -> Result<Option<Story>, StoreError> {
    let current = address.map(|address| &address.current);
    let before = address.and_then(|address| address.before.as_ref());
    let told: Vec<Story> = reader
        .query_public(TELL, &[&product_id, &current, &before])
        .await?;
    Ok(told.into_iter().next())
}
