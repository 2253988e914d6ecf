//! What consumers hold, read and say: products and their labels, the page behind a label, ratings and what they tell.

pub(super) mod correlations;
pub(super) mod feedback;
pub(super) mod labels;
pub mod limits;
mod page;
mod page_parts;
mod page_words;
pub(super) mod producer;
pub(super) mod products;
pub(super) mod scan;
pub(super) mod stats;
pub(super) mod traceability;
mod trends;

use super::{error::ApiError, state::ApiState};
use crate::{
    domain::consumer::{address::AddressDigests, code},
    store::{
        products::{self as stored, FoundProduct},
        stories::{self, Story},
        view::Reader,
    },
};
use actix_web::{HttpRequest, web};
use limits::Consumers;
use std::net::IpAddr;

pub fn configure(cfg: &mut web::ServiceConfig) {
    products::configure(cfg);
    labels::configure(cfg);
    scan::configure(cfg);
    feedback::configure(cfg);
    traceability::configure(cfg);
    page::configure(cfg);
    stats::configure(cfg);
    producer::configure(cfg);
    correlations::configure(cfg);
}

/// The product of a code, whoever asks.
async fn find(reader: &Reader, text: &str) -> Result<Option<FoundProduct>, ApiError> {
    match code::typed(text) {
        Some(typed) => Ok(stored::find(reader, &typed).await?),
        None => Ok(None),
    }
}

fn unknown(text: &str) -> ApiError {
    ApiError::NotFound(format!(
        "no product has the code that begins with {:?}",
        code::shown(text.trim())
    ))
}

fn retired() -> ApiError {
    ApiError::Gone(
        "this product was taken off the market: do not eat it, and bring it back where you bought it"
            .to_owned(),
    )
}

/// A consumer who holds a code, and the address from which he asks.
struct Holder {
    product: FoundProduct,
    address: IpAddr,
}

impl Holder {
    /// Counts what is asked for.
    ///
    /// # Errors
    /// The address asks too often, or no product has the code. A product that is retired is found all the same.
    async fn of(
        consumers: &Consumers,
        reader: &Reader,
        request: &HttpRequest,
        text: &str,
    ) -> Result<Self, ApiError> {
        let address = consumers.address(request).ok_or(ApiError::Internal)?;
        consumers.asks(address)?;
        let Some(product) = find(reader, text).await? else {
            consumers.misses(address)?;
            return Err(unknown(text));
        };
        Ok(Holder { product, address })
    }

    fn digests(&self, consumers: &Consumers) -> AddressDigests {
        consumers.digest(&self.product.product_id, self.address)
    }
}

/// What the holder of a code may read; also of a product that is retired.
///
/// # Errors
/// He asks too often, or no product has the code.
async fn story(
    state: &ApiState,
    reader: &Reader,
    request: &HttpRequest,
    text: &str,
) -> Result<Story, ApiError> {
    let consumers = &state.consumers;
    let holder = Holder::of(consumers, reader, request, text).await?;
    consumers.scans(holder.address, holder.product.simule)?;
    let digests = holder.digests(consumers);
    let story = stories::tell(reader, &holder.product.product_id, Some(&digests)).await?;
    story.ok_or_else(|| unknown(text))
}

/// The same, and an error of a product that is retired.
async fn sold(
    state: &ApiState,
    reader: &Reader,
    request: &HttpRequest,
    text: &str,
) -> Result<Story, ApiError> {
    let story = story(state, reader, request, text).await?;
    match story.retire_le {
        Some(_) => Err(retired()),
        None => Ok(story),
    }
}
