//! Reads samples and stations.

use super::{
    Params, StoreError,
    rows::{from_row, read},
    view::{Scoped, View, scoped},
};
use crate::domain::{
    quality::{
        Grade, Quality,
        defect::Defect,
        matrix::Matrix,
        sample::{Sample, SensorPayload},
    },
    site::Site,
};
use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use tokio_postgres::{
    Row,
    types::{FromSql, Json, Type},
};

const LIST: Scoped = scoped!("sensor_samples/list");
const LATEST: Scoped = scoped!("sensor_samples/latest");
const LIST_DEVICES: Scoped = scoped!("sqal_devices/list");

/// A station that sent nothing for longer than this is offline.
pub(super) const ONLINE: SignedDuration = SignedDuration::from_secs(90);

/// Filters of samples; `None` means all.
#[derive(Debug, Clone, Default)]
pub struct SampleFilter {
    pub code_lot: Option<String>,
    pub device_id: Option<String>,
    pub grade: Option<Grade>,
    /// Measured at or after the first instant and before the second.
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// At most `limit` samples, newest first.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn list(
    view: &View,
    filter: &SampleFilter,
    limit: i64,
) -> Result<Vec<Sample>, StoreError> {
    let params: Params<'_> = &[
        &filter.code_lot,
        &filter.device_id,
        &filter.grade,
        &limit,
        &filter.since,
        &filter.until,
    ];
    view.query(&LIST, params).await
}

/// A sample with the sensor data.
pub struct WholeSample {
    pub sample: Sample,
    pub payload: SensorPayload,
}

/// The latest sample of a station, or of all.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn latest(
    view: &View,
    device_id: Option<&str>,
) -> Result<Option<WholeSample>, StoreError> {
    view.query_first(&LATEST, &[&device_id]).await
}

from_row! { WholeSample { sample: Sample::from_row, payload: SensorPayload::from_row } }

from_row! {
    Sample {
        sample_id, time, horloge_douteuse, recu_le, device_id, site = "site_code", lot_id, code_lot, quality: Quality::from_row,
        station_score, station_grade, defauts: defects, simule,
    }
}

fn defects(row: &Row) -> Result<Vec<Defect>, StoreError> {
    let Json(defects) = read(row, "defauts")?;
    Ok(defects)
}

from_row! {
    Quality {
        tof_score, spectral_score, final_score, score_grade, final_grade, doubts = "a_verifier", volume_mm3, masse_foie_g,
        nb_defauts: number_of_defects, freshness_index, oxidation_index, fat_quality_index,
    }
}

fn number_of_defects(row: &Row) -> Result<usize, StoreError> {
    let number: i32 = read(row, "nb_defauts")?;
    Ok(number.unsigned_abs() as usize)
}

from_row! { SensorPayload { distance, reflectance, amplitude, status, ambient, tof_meta, tof, spectral, fusion } }

impl<'a> FromSql<'a> for Matrix {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let bytes = <&[u8]>::from_sql(ty, raw)?;
        Matrix::from_bytes(bytes).ok_or_else(|| "not a matrix".into())
    }

    fn accepts(ty: &Type) -> bool {
        <&[u8] as FromSql>::accepts(ty)
    }
}

/// A quality station. `None` if it never sent the value.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    pub device_id: String,
    pub site: Option<Site>,
    pub location: Option<String>,
    pub firmware_version: Option<String>,
    pub ip_address: Option<String>,
    /// It sent something within the last 90 s.
    pub en_ligne: bool,
    pub derniere_activite: Option<Timestamp>,
    pub dernier_echantillon: Option<Timestamp>,
    pub echantillons_total: i64,
    pub simule: bool,
}

from_row! {
    Station {
        device_id, site = "site_code", location, firmware_version, ip_address, en_ligne, derniere_activite, dernier_echantillon,
        echantillons_total, simule,
    }
}

/// Filters of stations; `None` means all.
#[derive(Debug, Clone, Default)]
pub struct DeviceFilter {
    pub device_id: Option<String>,
    pub site: Option<Site>,
    pub en_ligne: Option<bool>,
    /// How many of the first stations to skip.
    pub offset: i64,
}

/// One station.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn device(
    view: &View,
    now: Timestamp,
    device_id: &str,
) -> Result<Option<Station>, StoreError> {
    let filter = DeviceFilter {
        device_id: Some(device_id.to_owned()),
        ..DeviceFilter::default()
    };
    Ok(devices(view, now, &filter, 1).await?.into_iter().next())
}

/// At most `limit` stations, by name.
///
/// # Errors
/// The database is unavailable, or refuses the statement.
pub async fn devices(
    view: &View,
    now: Timestamp,
    filter: &DeviceFilter,
    limit: i64,
) -> Result<Vec<Station>, StoreError> {
    let params: Params<'_> = &[
        &(now - ONLINE),
        &filter.site,
        &filter.en_ligne,
        &limit,
        &filter.offset,
        &filter.device_id,
    ];
    view.query(&LIST_DEVICES, params).await
}
