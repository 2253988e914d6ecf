//! Labels: the QR code of a product, and those of a lot as a table and as sheets to print.

use super::{find, unknown};
use crate::{
    domain::{
        access::Policy,
        csv::{Cell, Csv, CsvFormat},
        qr,
    },
    http::{
        assets,
        error::{ApiError, ErrorBody, ReadFailure},
        exports::attachment,
        lots::known_lot,
        params,
        shell::escaped,
        state::ApiState,
    },
    store::{
        products::{self, Product},
        view::{Reader, View},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, ContentType},
    web,
};
use serde::Deserialize;
use std::fmt::Write as _;
use utoipa::IntoParams;

/// Labels of one table at most.
const MOST_LABELS: i64 = 10_000;
/// Labels of one page: ten sheets of three columns and eight rows.
const OF_A_PAGE: usize = 240;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let path = "/api/consumer/products/{code}/qr.svg";
    super::super::get(cfg, path, Policy::Consumer, image);
    let path = "/api/consumer/products/etiquettes.csv";
    super::super::get(cfg, path, Policy::Codes, table);
    super::super::get(cfg, "/etiquettes/{lot}", Policy::Codes, sheets);
}

/// Where the table of a lot's labels is.
pub(super) fn csv_of(code_lot: &str) -> String {
    format!("/api/consumer/products/etiquettes.csv?code_lot={code_lot}")
}

/// Where the sheets of a lot's labels are.
pub(super) fn sheet_of(code_lot: &str) -> String {
    format!("/etiquettes/{code_lot}")
}

/// The address on a label. Without a setting it is the one under which the server is reached now.
fn address(request: &HttpRequest, state: &ApiState, code: &str) -> String {
    match &state.public_url {
        Some(public) => qr::payload(public, code),
        None => {
            let host = request.connection_info().host().to_owned();
            qr::payload(&format!("http://{host}"), code)
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImageQuery {
    /// White around the code, in modules; readers need 4.
    #[param(value_type = Option<i32>, minimum = 0, maximum = 20, default = 4)]
    marge: Option<String>,
}

/// QR code of a product
///
/// For `--public-url`. It never changes.
#[utoipa::path(
    get,
    path = "/api/consumer/products/{code}/qr.svg",
    tag = "consommateurs",
    params(("code" = String, Path, description = "Code of the product"), ImageQuery),
    responses(
        (status = 200, description = "An image", content_type = "image/svg+xml", body = String),
        (status = 404, description = "No such product", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn image(
    request: HttpRequest,
    reader: web::Data<Reader>,
    state: web::Data<ApiState>,
    path: web::Path<String>,
    query: web::Query<ImageQuery>,
) -> Result<HttpResponse, ApiError> {
    let margin = params::margin(query.marge.as_deref(), qr::QUIET_ZONE)?;
    let product = find(&reader, &path).await?.ok_or_else(|| unknown(&path))?;
    let image = drawn(&address(&request, &state, &product.qr_code), margin)?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(image))
}

fn drawn(address: &str, margin: i32) -> Result<String, ApiError> {
    qr::svg(address, margin).map_err(|problem| {
        log::error!("a label cannot be drawn: {problem}; is --public-url too long?");
        ApiError::Internal
    })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TableQuery {
    #[param(example = "LL2601001")]
    code_lot: String,
    /// `excel` (semicolons) or `machine` (commas).
    #[param(value_type = Option<String>, default = "excel")]
    format: Option<String>,
}

const HEADERS: [&str; 9] = [
    "Produit",
    "Code",
    "Adresse du QR",
    "Lot",
    "Grade",
    "Produit le",
    "Date limite",
    "Conditionnement",
    "Simulé",
];

/// Labels of a lot as CSV
///
/// For a printer of labels. What was retired is left out.
#[utoipa::path(
    get,
    path = "/api/consumer/products/etiquettes.csv",
    tag = "consommateurs",
    params(TableQuery),
    responses(
        (status = 200, description = "A line of headers, then a line a label", content_type = "text/csv", body = String),
        (status = 404, description = "No such lot", body = ErrorBody),
        ReadFailure
    )
)]
pub async fn table(
    request: HttpRequest,
    view: View,
    state: web::Data<ApiState>,
    query: web::Query<TableQuery>,
) -> Result<HttpResponse, ApiError> {
    let format = params::word("format", query.format.as_deref())?;
    let csv = Csv::new(format.unwrap_or(CsvFormat::Excel), state.zone.clone());
    let (_, labels) = of_lot(&view, &query.code_lot).await?;
    let mut text = csv.head(&HEADERS);
    for product in labels {
        let address = address(&request, &state, &product.qr_code);
        let grade = product.grade.map(|grade| grade.to_string());
        let cells = [
            Cell::Text(Some(product.product_id)),
            Cell::Text(Some(product.qr_code)),
            Cell::Text(Some(address)),
            Cell::Text(Some(product.code_lot)),
            Cell::Text(grade),
            Cell::Day(Some(product.produit_le)),
            Cell::Day(product.date_limite),
            Cell::Text(product.conditionnement),
            Cell::Flag(product.simule),
        ];
        csv.write(&cells, &mut text);
    }
    Ok(attachment("etiquettes").body(text))
}

/// The code of the lot, and its labels, the oldest first as they were made.
async fn of_lot(view: &View, lot: &str) -> Result<(String, Vec<Product>), ApiError> {
    let lot = known_lot(view, lot).await?;
    let mut labels = products::list(view, Some(lot.id), None, MOST_LABELS).await?;
    labels.reverse();
    Ok((lot.code_lot, labels))
}

#[derive(Debug, Deserialize)]
struct SheetQuery {
    page: Option<usize>,
}

/// Sheets of labels, A4, for the printer of a browser.
async fn sheets(
    request: HttpRequest,
    view: View,
    state: web::Data<ApiState>,
    path: web::Path<String>,
    query: web::Query<SheetQuery>,
) -> Result<HttpResponse, ApiError> {
    let (code_lot, labels) = of_lot(&view, &path).await?;
    let page = query.page.unwrap_or(1).max(1);
    let pages = labels.len().div_ceil(OF_A_PAGE).max(1);
    let shown = labels.chunks(OF_A_PAGE).nth(page - 1).unwrap_or_default();
    let mut drawn_labels = String::new();
    for product in shown {
        let image = drawn(&address(&request, &state, &product.qr_code), qr::QUIET_ZONE)?;
        drawn_labels.push_str(&of_product(product, &image));
    }
    let other = |page: usize, words: &str| {
        format!(
            "<a href=\"{}?page={page}\">{words}</a> ",
            escaped(&sheet_of(&code_lot))
        )
    };
    let mut links = String::new();
    if page > 1 {
        links.push_str(&other(page - 1, "planches précédentes"));
    }
    if page < pages {
        links.push_str(&other(page + 1, "planches suivantes"));
    }
    let template = assets::text("public/etiquettes.html").ok_or(ApiError::Internal)?;
    let whole = template
        .replace("{lot}", &escaped(&code_lot))
        .replace("{count}", &labels.len().to_string())
        .replace("{links}", &links)
        .replace("{labels}", &drawn_labels);
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(whole))
}

/// For whoever holds the jar.
const WHAT_FOR: &str = "Scannez : son origine, votre avis";

fn of_product(product: &Product, image: &str) -> String {
    let mut text = String::from("<li>");
    text.push_str(image);
    let grade = product
        .grade
        .map_or_else(|| "–".to_owned(), |grade| grade.to_string());
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "<p><b>{}</b><br>Lot {} · {}<br>Produit le {}",
        // It is longer than its line.
        escaped(&product.product_id).replace('_', "_<wbr>"),
        escaped(&product.code_lot),
        escaped(&grade),
        product.produit_le.strftime("%d/%m/%Y")
    );
    if let Some(day) = product.date_limite {
        let _ = write!(
            text,
            "<br>À consommer avant le {}",
            day.strftime("%d/%m/%Y")
        );
    }
    if let Some(packaging) = &product.conditionnement {
        let _ = write!(text, "<br>{}", escaped(packaging));
    }
    let code = grouped(&product.qr_code);
    let _ = write!(text, "<br>{WHAT_FOR}<br><small>{code}</small>");
    if product.simule {
        text.push_str("<br><strong>simulé</strong>");
    }
    text.push_str("</p></li>\n");
    text
}

/// A code in groups, for whoever has to type it.
fn grouped(code: &str) -> String {
    let digits: Vec<char> = code.chars().collect();
    let groups: Vec<String> = digits
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect();
    escaped(&groups.join(" "))
}
