//! `/api/exports`: tables as CSV, for a French Excel or for programs.

mod tables;

use super::{
    error::{ApiError, ErrorBody, ReadFailure},
    params,
    pilotage::calendar,
    state::ApiState,
};
use crate::{
    domain::{
        access::Policy,
        alert::Alert,
        calendar::Days,
        csv::{Cell, Csv, CsvFormat},
        pilotage::{gaveurs, unmixed},
        words::words,
    },
    store::{
        exports::{
            self, ExportFilter, Exported, ExportedLot, ExportedMeal, ExportedRating, ExportedSample,
        },
        pilotage::{self, Window},
        view::View,
    },
};
use actix_web::{
    HttpResponse,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType},
    web::{self, Bytes},
};
use futures_util::{Stream, StreamExt, stream};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::Deserialize;
use tables::Table;
use utoipa::IntoParams;

pub fn configure(cfg: &mut web::ServiceConfig) {
    super::get(
        cfg,
        "/api/exports/gaveurs.csv",
        Policy::Supervision,
        of_gaveurs,
    );
    super::get(cfg, "/api/exports/fins.csv", Policy::Supervision, of_ends);
    super::get(cfg, "/api/exports/{quoi}.csv", Policy::Lots, export);
}

words! {
    /// What is exported.
    enum What {
        Lots = "lots",
        Repas = "repas",
        Foies = "foies",
        Alertes = "alertes",
        /// Of consumers.
        Avis = "avis",
    }
}

/// Days of an export at most.
const MOST_DAYS: i64 = 366;
/// Days of an export that names none.
const USUAL_DAYS: i64 = 30;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// First day, in the configured zone; 30 days up to `jusqua` without it. At most 366 days.
    #[param(value_type = Option<String>, format = Date)]
    depuis: Option<String>,
    /// Last day, included; today without it.
    #[param(value_type = Option<String>, format = Date)]
    jusqua: Option<String>,
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    /// Only this lot, in all its lives.
    code_lot: Option<String>,
    /// `excel` (semicolons, decimal commas, local times) or `machine` (commas, decimal points, times of RFC 3339).
    #[param(value_type = Option<String>, default = "excel")]
    format: Option<String>,
}

impl ExportQuery {
    fn days(&self, zone: &TimeZone) -> Result<Days, ApiError> {
        let today = Timestamp::now().to_zoned(zone.clone()).date();
        let last = params::day("jusqua", self.jusqua.as_deref())?.unwrap_or(today);
        let usual = last.saturating_sub((USUAL_DAYS - 1).days());
        let first = params::day("depuis", self.depuis.as_deref())?.unwrap_or(usual);
        let wrong = |problem: &str| Err(ApiError::BadParameter(problem.to_owned()));
        if first > last {
            return wrong("depuis must not be after jusqua");
        }
        if first < last.saturating_sub((MOST_DAYS - 1).days()) {
            return wrong("depuis and jusqua must be at most 366 days apart, both included");
        }
        Ok(Days::between(first, last.saturating_add(1.day()), zone))
    }

    fn filter(&self, zone: &TimeZone) -> Result<ExportFilter, ApiError> {
        let days = self.days(zone)?;
        Ok(ExportFilter {
            since: days.begin(),
            until: days.end(),
            site: params::site(self.site.as_deref())?,
            code_lot: params::text("code_lot", self.code_lot.as_deref())?,
        })
    }
}

fn csv(format: Option<&str>, zone: &TimeZone) -> Result<Csv, ApiError> {
    let format = params::word("format", format)?;
    Ok(Csv::new(format.unwrap_or(CsvFormat::Excel), zone.clone()))
}

/// Rows as CSV
///
/// `lots` (by the day of their last meal), `repas`, `foies` (samples of quality control), `alertes` (by the day on which they were raised) or
/// `avis` (ratings of consumers), in the order of their times. Units stand in the headers; what was not measured is empty. For Excel a text that it would run as a formula
/// begins with an apostrophe. The answer is streamed.
#[utoipa::path(
    get,
    path = "/api/exports/{quoi}.csv",
    tag = "exports",
    params(("quoi" = String, Path, description = "`lots`, `repas`, `foies`, `alertes` or `avis`", example = "repas"), ExportQuery),
    responses(
        (status = 200, description = "A line of headers, then a line a row", content_type = "text/csv", body = String),
        (status = 404, description = "No such table", body = ErrorBody),
        ReadFailure
    )
)]
async fn export(
    view: View,
    state: web::Data<ApiState>,
    path: web::Path<String>,
    query: web::Query<ExportQuery>,
) -> Result<HttpResponse, ApiError> {
    let what: What = path.parse().map_err(|_| {
        ApiError::NotFound(format!(
            "there is no table {:?}: say lots, repas, foies, alertes, avis, gaveurs or fins",
            path.as_str()
        ))
    })?;
    let filter = query.filter(&state.zone)?;
    let csv = csv(query.format.as_deref(), &state.zone)?;
    match what {
        What::Lots => streamed::<ExportedLot>(what, view, filter, csv).await,
        What::Repas => streamed::<ExportedMeal>(what, view, filter, csv).await,
        What::Foies => streamed::<ExportedSample>(what, view, filter, csv).await,
        What::Alertes => streamed::<Alert>(what, view, filter, csv).await,
        What::Avis => streamed::<ExportedRating>(what, view, filter, csv).await,
    }
}

/// The first page is awaited, so that its failure is still an error of the answer; a later one cuts the answer off.
async fn streamed<Row>(
    what: What,
    view: View,
    filter: ExportFilter,
    csv: Csv,
) -> Result<HttpResponse, ApiError>
where
    Row: Table + Exported + 'static,
{
    let first = exports::page::<Row>(&view, &filter, None).await?;
    let head = csv.head(Row::HEADERS);
    let pages = pages(view, filter, first);
    let lines = pages.map(move |page| page.map(|rows: Vec<Row>| lines(&csv, &rows)));
    let head = stream::once(async { Ok(Bytes::from(head)) });
    Ok(attachment(what.as_str()).streaming(head.chain(lines)))
}

/// The first page and those that follow it, each asked for when the one before is written.
fn pages<Row>(
    view: View,
    filter: ExportFilter,
    first: Vec<Row>,
) -> impl Stream<Item = Result<Vec<Row>, ApiError>>
where
    Row: Exported,
{
    let after = |page: &[Row]| {
        page.last()
            .filter(|_| exports::is_full(page))
            .map(Exported::place)
    };
    let next = after(&first);
    let later = stream::try_unfold(
        (view, filter, next),
        move |(view, filter, next)| async move {
            let Some(place) = next else {
                return Ok::<_, ApiError>(None);
            };
            let page = exports::page::<Row>(&view, &filter, Some(&place)).await?;
            let next = after(&page);
            Ok(Some((page, (view, filter, next))))
        },
    );
    stream::once(async { Ok(first) }).chain(later)
}

fn lines<Row: Table>(csv: &Csv, rows: &[Row]) -> Bytes {
    let mut text = String::new();
    for row in rows {
        csv.write(&row.cells(), &mut text);
    }
    text.into()
}

/// Gaveurs as CSV
///
/// Each gaveur with a lot that ended on the days. `itm_ajuste` is drawn towards the mean of his site, and he has a rank from five lots on, as on
/// the page. Simulated lots count only where there is no real one.
#[utoipa::path(
    get,
    path = "/api/exports/gaveurs.csv",
    tag = "exports",
    params(ExportQuery),
    responses(
        (status = 200, description = "A line of headers, then a line a gaveur", content_type = "text/csv", body = String),
        ReadFailure
    )
)]
async fn of_gaveurs(
    view: View,
    state: web::Data<ApiState>,
    query: web::Query<ExportQuery>,
) -> Result<HttpResponse, ApiError> {
    let filter = query.filter(&state.zone)?;
    let csv = csv(query.format.as_deref(), &state.zone)?;
    let window = Window {
        since: filter.since,
        until: filter.until,
        site: filter.site,
    };
    let lots = pilotage::lots(&view, &window).await?;
    let lots = lots.into_iter().filter(|lot| {
        let wanted = filter.code_lot.as_ref();
        wanted.is_none_or(|code| lot.code_lot == *code)
    });
    let (lots, simule) = unmixed(lots.collect(), |lot| lot.ended.simule);
    let ranked = gaveurs::rank(&lots);
    let rows = ranked.iter().map(|one| tables::of_gaveur(one, simule));
    Ok(whole("gaveurs", &csv, tables::GAVEURS, rows))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EndsQuery {
    /// `LL`, `LS` or `MT`.
    site: Option<String>,
    /// As of the other tables.
    #[param(value_type = Option<String>, default = "excel")]
    format: Option<String>,
}

/// The calendar of ends as CSV
///
/// On which days the lots that are being fed today should end, by site, as on the page. Simulated lots count only where there is no real one.
#[utoipa::path(
    get,
    path = "/api/exports/fins.csv",
    tag = "exports",
    params(EndsQuery),
    responses(
        (status = 200, description = "A line of headers, then a line a day and site", content_type = "text/csv", body = String),
        ReadFailure
    )
)]
async fn of_ends(
    view: View,
    state: web::Data<ApiState>,
    query: web::Query<EndsQuery>,
) -> Result<HttpResponse, ApiError> {
    let csv = csv(query.format.as_deref(), &state.zone)?;
    let site = params::site(query.site.as_deref())?;
    let (days, simule) = calendar(&view, site, Timestamp::now(), &state.zone).await?;
    let rows = days.iter().map(|day| tables::of_end(day, simule));
    Ok(whole("fins", &csv, tables::ENDS, rows))
}

/// A table that is small enough to be written at once.
fn whole(
    name: &str,
    csv: &Csv,
    headers: &[&str],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> HttpResponse {
    let mut text = csv.head(headers);
    rows.for_each(|cells| csv.write(&cells, &mut text));
    attachment(name).body(text)
}

pub(super) fn attachment(name: &str) -> actix_web::HttpResponseBuilder {
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(format!("{name}.csv"))],
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type("text/csv; charset=utf-8")
        .insert_header(disposition)
        .insert_header((header::CACHE_CONTROL, "no-store"));
    response
}
