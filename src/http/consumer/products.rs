//! `/api/consumer/products`: the products that may be sold, new labels, recalls.

use super::{find, unknown};
use crate::{
    domain::{
        access::Policy,
        audit::Author,
        consumer::{code::Code, labelling::ProductChange},
        lot::LotId,
    },
    http::{
        body::Text,
        error::{ApiError, ErrorBody, ReadFailure},
        lots::known_lot,
        params,
        saisies::{self, EntryRefused},
        state::Commands,
    },
    protocol::produit,
    store::{
        products::{self, Product},
        view::{Reader, View},
    },
};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/consumer/products";
    super::super::get_and_post(cfg, path, (Policy::Codes, list), (Policy::Label, label));
    let path = "/api/consumer/latest-product";
    super::super::get(cfg, path, Policy::Codes, latest);
    let path = "/api/consumer/products/{code}/retirer";
    super::super::post(cfg, path, Policy::Label, recall);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProductQuery {
    /// Id of a lot; without this and `code_lot` those of all lots.
    #[param(value_type = Option<i64>)]
    lot_id: Option<String>,
    /// Code of a lot, in all its lives.
    code_lot: Option<String>,
    #[param(value_type = Option<i64>, minimum = 1, maximum = 5000, default = 1000)]
    limit: Option<String>,
}

/// A product, under the names of older clients.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductRow {
    product_id: String,
    /// Whoever has it may rate the product.
    qr_code: String,
    lot_id: LotId,
    code_lot: String,
    /// `null` for a label of the lot.
    sample_id: Option<String>,
    /// `null` for a label of the lot, of which single foies were controlled.
    sqal_grade: Option<&'static str>,
    /// Always `null`: there is no chain of blocks.
    blockchain_hash: Option<String>,
    created_at: Timestamp,
    tof_score: Option<f64>,
    as7341_score: Option<f64>,
    /// `echantillon` or `lot`.
    origine: String,
    simule: bool,
}

impl From<Product> for ProductRow {
    fn from(product: Product) -> Self {
        ProductRow {
            product_id: product.product_id,
            qr_code: product.qr_code,
            lot_id: product.lot_id,
            code_lot: product.code_lot,
            sample_id: product.sample_id,
            sqal_grade: product.grade.map(|grade| grade.as_str()),
            blockchain_hash: None,
            created_at: product.cree_le,
            tof_score: product.tof_score,
            as7341_score: product.spectral_score,
            origine: product.origine,
            simule: product.simule,
        }
    }
}

/// Products that may be sold
///
/// One product is one label. What was retired is left out.
#[utoipa::path(
    get,
    path = "/api/consumer/products",
    tag = "consommateurs",
    params(ProductQuery),
    responses((status = 200, description = "Newest first", body = Vec<ProductRow>), ReadFailure)
)]
pub async fn list(
    view: View,
    query: web::Query<ProductQuery>,
) -> Result<web::Json<Vec<ProductRow>>, ApiError> {
    let lot_id = query.lot_id.as_deref().map(params::lot_id).transpose()?;
    let code_lot = params::text("code_lot", query.code_lot.as_deref())?;
    if lot_id.is_some() && code_lot.is_some() {
        let sentence = "lot_id and code_lot both name a lot: leave one out".to_owned();
        return Err(ApiError::BadParameter(sentence));
    }
    let limit = params::limit(query.limit.as_deref(), 1_000, 1..=5_000)?;
    let found = products::list(&view, lot_id, code_lot.as_deref(), limit).await?;
    Ok(web::Json(found.into_iter().map(ProductRow::from).collect()))
}

/// The newest product.
#[derive(Serialize, ToSchema)]
pub struct Latest {
    code_lot: String,
    lot_id: LotId,
    product: ProductRow,
}

/// The newest product
#[utoipa::path(
    get,
    path = "/api/consumer/latest-product",
    tag = "consommateurs",
    responses(
        (status = 200, description = "The product, and its lot", body = Latest),
        (status = 404, description = "There is none yet", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn latest(view: View) -> Result<web::Json<Latest>, ApiError> {
    let newest = products::list(&view, None, None, 1)
        .await?
        .into_iter()
        .next();
    let product = newest.ok_or_else(|| {
        ApiError::NotFound(
            "there is no product yet: the first foie with A+, A or B makes one".to_owned(),
        )
    })?;
    Ok(web::Json(Latest {
        code_lot: product.code_lot.clone(),
        lot_id: product.lot_id,
        product: product.into(),
    }))
}

/// Labels that are wanted.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct LabelsAsked {
    code_lot: String,
    /// 1–5,000.
    nombre: i32,
    /// Best before, as in 2027-01-31.
    date_limite: Option<String>,
    conditionnement: Option<String>,
    /// Who asks, where nobody proves who he is.
    par: Option<String>,
}

/// New labels.
#[derive(Serialize, ToSchema)]
struct Labelled {
    code_lot: String,
    lot_id: LotId,
    nombre: usize,
    /// Where the labels are.
    etiquettes: String,
    planche: String,
}

/// Make labels for the products of a lot
///
/// Each is a product with a code of its own, and without a grade: single foies of the lot were controlled.
#[utoipa::path(
    post,
    path = "/api/consumer/products",
    tag = "consommateurs",
    request_body = LabelsAsked,
    responses(
        (status = 201, description = "They can be printed", body = Labelled),
        (status = 400, description = "A field cannot be used; `champ` names it", body = EntryRefused),
        (status = 404, description = "No such lot", body = ErrorBody),
        (status = 409, description = "The control of the lot has not ended well", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn label(
    view: View,
    commands: web::Data<Commands>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let asked = match produit::labels(&body.0) {
        Ok(asked) => asked,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let lot = known_lot(&view, &asked.code_lot).await?;
    let change = ProductChange::Label {
        lot_id: lot.id,
        code_lot: lot.code_lot.clone(),
        codes: new_codes(asked.nombre),
        date_limite: asked.date_limite,
        conditionnement: asked.conditionnement,
    };
    let par = saisies::name(asked.par, &author);
    let labelled = commands.change_products(change, par, author).await?;
    labelled.map_err(ApiError::Conflict)?;
    Ok(HttpResponse::Created().json(Labelled {
        lot_id: lot.id,
        nombre: asked.nombre.unsigned_abs() as usize,
        etiquettes: super::labels::csv_of(&lot.code_lot),
        planche: super::labels::sheet_of(&lot.code_lot),
        code_lot: lot.code_lot,
    }))
}

fn new_codes(count: i32) -> Vec<Code> {
    let mut random = rand::rng();
    (0..count).map(|_| Code::generate(&mut random)).collect()
}

/// Why a product is recalled.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the body, which is read leniently")]
struct RecallAsked {
    motif: String,
    /// Who asks, where nobody proves who he is.
    par: Option<String>,
}

/// Recall a product
///
/// For good: whoever scans it then is told not to eat it.
#[utoipa::path(
    post,
    path = "/api/consumer/products/{code}/retirer",
    tag = "consommateurs",
    params(("code" = String, Path, description = "Code of the product")),
    request_body = RecallAsked,
    responses(
        (status = 204, description = "It is retired, now or already before"),
        (status = 400, description = "A field cannot be used; `champ` names it", body = EntryRefused),
        (status = 404, description = "No such product", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn recall(
    view: View,
    reader: web::Data<Reader>,
    commands: web::Data<Commands>,
    path: web::Path<String>,
    body: Text,
    author: Author,
) -> Result<HttpResponse, ApiError> {
    let asked = match produit::recall(&body.0) {
        Ok(asked) => asked,
        Err(fault) => return Ok(saisies::unreadable(&fault)),
    };
    let product = find(&reader, &path).await?.ok_or_else(|| unknown(&path))?;
    // Of a lot that the caller may not see it is as unknown.
    known_lot(&view, &product.code_lot)
        .await
        .map_err(|error| match error {
            ApiError::NotFound(_) => unknown(&path),
            error => error,
        })?;
    let change = ProductChange::Recall {
        product_id: product.product_id,
        motif: asked.motif,
    };
    let par = saisies::name(asked.par, &author);
    let recalled = commands.change_products(change, par, author).await?;
    recalled.map_err(ApiError::Conflict)?;
    Ok(HttpResponse::NoContent().finish())
}
