//! Reads samples and stations.

use super::{
    StoreError, read_all,
    view::{Scoped, View, scoped},
};
use crate::domain::{
    quality::{
        Grade, Quality,
        matrix::Matrix,
        sample::{Sample, SensorPayload},
    },
    site::Site,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

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
pub async fn list(
    view: &View,
    filter: &SampleFilter,
    limit: i64,
) -> Result<Vec<Sample>, StoreError> {
    let listed = view
        .query(
            &LIST,
            &[
                &filter.code_lot,
                &filter.device_id,
                &filter.grade,
                &limit,
                &filter.since,
                &filter.until,
            ],
        )
        .await?;
    listed.iter().map(sample).collect()
}

/// The latest sample of a station, or of all, with the sensor data.
pub async fn latest(
    view: &View,
    device_id: Option<&str>,
) -> Result<Option<(Sample, SensorPayload)>, StoreError> {
    let found = view.query(&LATEST, &[&device_id]).await?;
    let read = |row: &Row| Ok((sample(row)?, payload(row)?));
    found.first().map(read).transpose()
}

fn sample(row: &Row) -> Result<Sample, StoreError> {
    let nb_defauts: i32 = row.try_get("nb_defauts")?;
    let defauts: serde_json::Value = row.try_get("defauts")?;
    let unreadable = |error: serde_json::Error| StoreError::Row(format!("column defauts: {error}"));
    Ok(Sample {
        sample_id: row.try_get("sample_id")?,
        time: row.try_get("time")?,
        horloge_douteuse: row.try_get("horloge_douteuse")?,
        device_id: row.try_get("device_id")?,
        site: row.try_get("site_code")?,
        lot_id: row.try_get("lot_id")?,
        code_lot: row.try_get("code_lot")?,
        quality: Quality {
            tof_score: row.try_get("tof_score")?,
            spectral_score: row.try_get("spectral_score")?,
            final_score: row.try_get("final_score")?,
            score_grade: row.try_get("score_grade")?,
            final_grade: row.try_get("final_grade")?,
            doubts: row.try_get("a_verifier")?,
            volume_mm3: row.try_get("volume_mm3")?,
            masse_foie_g: row.try_get("masse_foie_g")?,
            nb_defauts: nb_defauts.unsigned_abs() as usize,
            freshness_index: row.try_get("freshness_index")?,
            oxidation_index: row.try_get("oxidation_index")?,
            fat_quality_index: row.try_get("fat_quality_index")?,
        },
        station_score: row.try_get("station_score")?,
        station_grade: row.try_get("station_grade")?,
        defauts: serde_json::from_value(defauts).map_err(unreadable)?,
        simule: row.try_get("simule")?,
    })
}

fn payload(row: &Row) -> Result<SensorPayload, StoreError> {
    let matrix = |column: &str| -> Result<Option<Matrix>, StoreError> {
        let bytes: Option<&[u8]> = row.try_get(column)?;
        let broken = || StoreError::Row(format!("column {column}: not a matrix"));
        bytes
            .map(|bytes| Matrix::from_bytes(bytes).ok_or_else(broken))
            .transpose()
    };
    Ok(SensorPayload {
        distance: matrix("distance")?,
        reflectance: matrix("reflectance")?,
        amplitude: matrix("amplitude")?,
        status: matrix("status")?,
        ambient: matrix("ambient")?,
        tof_meta: row.try_get("tof_meta")?,
        tof: row.try_get("tof")?,
        spectral: row.try_get("spectral")?,
        fusion: row.try_get("fusion")?,
    })
}

/// A quality station. `null` if it never sent the value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Device {
    pub device_id: String,
    /// `LL`, `LS` or `MT`.
    pub site_code: Option<String>,
    pub location: Option<String>,
    pub firmware_version: Option<String>,
    pub ip_address: Option<String>,
    /// It sent something within the last 90 s.
    pub en_ligne: bool,
    pub derniere_activite: Option<Timestamp>,
    /// Time of its latest sample.
    pub dernier_echantillon: Option<Timestamp>,
    pub echantillons_total: i64,
    pub simule: bool,
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

/// At most `limit` stations, by name.
pub async fn devices(
    view: &View,
    now: Timestamp,
    filter: &DeviceFilter,
    limit: i64,
) -> Result<Vec<Device>, StoreError> {
    let listed = view
        .query(
            &LIST_DEVICES,
            &[
                &(now - ONLINE),
                &filter.site,
                &filter.en_ligne,
                &limit,
                &filter.offset,
                &filter.device_id,
            ],
        )
        .await?;
    read_all(&listed, |row| {
        Ok(Device {
            device_id: row.try_get("device_id")?,
            site_code: row.try_get("site_code")?,
            location: row.try_get("location")?,
            firmware_version: row.try_get("firmware_version")?,
            ip_address: row.try_get("ip_address")?,
            en_ligne: row.try_get("en_ligne")?,
            derniere_activite: row.try_get("derniere_activite")?,
            dernier_echantillon: row.try_get("dernier_echantillon")?,
            echantillons_total: row.try_get("echantillons_total")?,
            simule: row.try_get("simule")?,
        })
    })
}
