//! Products: created with the samples that allow it or as labels of a lot, and retired. The writer alone changes them.

use super::{
    Params, StoreError, audit,
    columns::{Column, column},
    query_on,
    rows::{FromRow, from_row, read},
    samples::NewSample,
    view::{Reader, Scoped, View, scoped},
};
use crate::domain::{
    audit::{Action, Author},
    consumer::{
        code::Code,
        labelling::{self, ProductChange},
    },
    control::Stage,
    lot::LotId,
    quality::Grade,
};
use deadpool_postgres::Object;
use jiff::{Timestamp, civil::Date};
use tokio_postgres::Row;

pub(super) const INSERT_OF_SAMPLES: &str =
    include_str!("../../sql/queries/consumer_products/insert_of_samples.sql");
const INSERT_OF_LOT: &str = include_str!("../../sql/queries/consumer_products/insert_of_lot.sql");
const LOCK_CONTROL: &str = include_str!("../../sql/queries/consumer_products/lock_control.sql");
pub(super) const RETIRE_OF_LOTS: &str =
    include_str!("../../sql/queries/consumer_products/retire_of_lots.sql");
const RETIRE: &str = include_str!("../../sql/queries/consumer_products/retire.sql");
const FIND: &str = include_str!("../../sql/queries/consumer_products/find.sql");
const GET_LOT: &str = include_str!("../../sql/queries/consumer_products/get_lot.sql");
const LIST: Scoped = scoped!("consumer_products/list");

/// A product that may be sold, for those who label it.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    pub product_id: String,
    pub qr_code: String,
    pub lot_id: LotId,
    pub code_lot: String,
    pub sample_id: Option<String>,
    pub grade: Option<Grade>,
    pub cree_le: Timestamp,
    pub tof_score: Option<f64>,
    pub spectral_score: Option<f64>,
    pub origine: String,
    pub simule: bool,
    pub produit_le: Date,
    pub date_limite: Option<Date>,
    pub conditionnement: Option<String>,
}

from_row! {
    Product {
        product_id, qr_code, lot_id, code_lot, sample_id, grade, cree_le, tof_score, spectral_score, origine, simule, produit_le,
        date_limite, conditionnement,
    }
}

/// At most `limit` products of a lot, or of all, newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(
    view: &View,
    lot_id: Option<LotId>,
    code_lot: Option<&str>,
    limit: i64,
) -> Result<Vec<Product>, StoreError> {
    view.query(&LIST, &[&lot_id, &code_lot, &limit]).await
}

/// A product that somebody knows the code of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProduct {
    pub product_id: String,
    pub qr_code: String,
    pub code_lot: String,
    /// It is not to be eaten any more.
    pub retire_le: Option<Timestamp>,
    pub simule: bool,
}

from_row! { FoundProduct { product_id, qr_code, code_lot, retire_le, simule } }

/// The product with a code as it was typed, whoever asks; of another spelling of ours too.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn find(
    reader: &Reader,
    (exact, ours): &(String, String),
) -> Result<Option<FoundProduct>, StoreError> {
    let found: Vec<FoundProduct> = reader.query_public(FIND, &[exact, ours]).await?;
    Ok(found.into_iter().next())
}

struct OfLot(LotId);

impl FromRow for OfLot {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(OfLot(read(row, "lot_id")?))
    }
}

/// The lot of a product, whoever asks. `None` if there is no such product.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn lot(reader: &Reader, product_id: &str) -> Result<Option<LotId>, StoreError> {
    let found: Vec<OfLot> = reader.query_public(GET_LOT, &[&product_id]).await?;
    Ok(found.first().map(|of| of.0))
}

/// The columns of the products of new samples; a lot's name is looked up by the statement.
pub(super) fn columns(new: &[NewSample], zone: &str) -> Vec<Column> {
    let mut random = rand::rng();
    let labelled: Vec<_> = new
        .iter()
        .filter(|new| new.sample.lot_id.is_some() && new.sample.quality.qr_allowed())
        .map(|new| (new, Code::generate(&mut random)))
        .collect();
    if labelled.is_empty() {
        return Vec::new();
    }
    vec![
        column(&labelled, |(new, _)| new.sample.time),
        column(&labelled, |(new, _)| new.sample.sample_id.clone()),
        column(&labelled, |(new, _)| new.sample.device_id.clone()),
        column(&labelled, |(new, _)| new.sample.lot_id),
        column(&labelled, |(_, code)| code.as_str().to_owned()),
        column(&labelled, |(new, _)| new.sample.quality.final_grade),
        column(&labelled, |(new, _)| new.sample.quality.final_score),
        column(&labelled, |(new, _)| new.sample.quality.tof_score),
        column(&labelled, |(new, _)| new.sample.quality.spectral_score),
        column(&labelled, |(new, _)| new.sample.quality.masse_foie_g),
        column(&labelled, |(new, _)| new.sample.simule),
        Box::new(zone.to_owned()),
    ]
}

/// Does what is asked, in the transaction that `client` has open; the error is a sentence about the lot's state.
pub(super) async fn change(
    client: &Object,
    zone: &str,
    change: &ProductChange,
    par: &str,
    author: &Author,
) -> Result<Result<(), String>, StoreError> {
    let (action, object) = match change {
        ProductChange::Label {
            lot_id,
            code_lot,
            codes,
            date_limite,
            conditionnement,
        } => {
            let control = query_on(client, LOCK_CONTROL, &[lot_id]).await?;
            let stage: Option<Stage> =
                control.first().map(|row| read(row, "statut")).transpose()?;
            if let Err(refusal) = labelling::may_label(code_lot, stage) {
                return Ok(Err(refusal));
            }
            let codes: Vec<&str> = codes.iter().map(Code::as_str).collect();
            let params: Params<'_> = &[lot_id, &codes, date_limite, conditionnement, &par, &zone];
            query_on(client, INSERT_OF_LOT, params).await?;
            (Action::LabelLot, format!("{code_lot} × {}", codes.len()))
        }
        ProductChange::Recall { product_id, motif } => {
            query_on(client, RETIRE, &[product_id, &par, motif]).await?;
            (Action::RecallProduct, product_id.clone())
        }
    };
    audit::append(client, author, action, &object).await?;
    Ok(Ok(()))
}
