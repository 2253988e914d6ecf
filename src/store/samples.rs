//! Writing samples: one batch, one transaction, two round trips.

use super::{
    BEGIN_KEYED, Pool, StoreError,
    alerts::AlertWrites,
    columns::{Column, column, params},
    rows,
};
use crate::domain::{
    alert::AlertEvent,
    quality::{
        Grade,
        effects::{self, Attributed},
        matrix::Matrix,
        sample::{Arrival, SaidLot, Sample, Sighting},
    },
    site::Site,
};
use deadpool_postgres::Object;
use futures_util::{future::OptionFuture, join};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use tokio::time::timeout;
use tokio_postgres::Row;

const INSERT_IDS: &str = include_str!("../../sql/queries/sensor_sample_ids/insert.sql");
const ATTRIBUTE: &str = include_str!("../../sql/queries/sensor_samples/attribute.sql");
const INSERT_SAMPLES: &str = include_str!("../../sql/queries/sensor_samples/insert.sql");
const INSERT_MATRICES: &str = include_str!("../../sql/queries/sensor_matrices/insert.sql");
const NOTE_DEVICES: &str = include_str!("../../sql/queries/sqal_devices/note.sql");
const SELECT_OPEN: &str = include_str!("../../sql/queries/alertes/select_open_of_stations.sql");

/// A sample that was new, with its lot.
#[derive(Debug)]
pub struct NewSample {
    /// Its place in the batch.
    pub place: usize,
    pub sample: Sample,
    /// Whose lot it is.
    pub gaveur_id: Option<i32>,
}

/// What a committed batch did.
#[derive(Debug, Default)]
pub struct StoredSamples {
    /// In the order of the batch; a sample that was there already is not among them.
    pub new: Vec<NewSample>,
    pub alerts: Vec<AlertEvent>,
}

/// Writes batches over one connection, which it keeps as long as it works.
pub struct SampleStore {
    pool: Pool,
    deadline: Duration,
    connection: Option<Object>,
}

impl SampleStore {
    /// `deadline` bounds one transaction, so that a connection which swallows bytes is given up.
    pub fn new(pool: Pool, deadline: Duration) -> Self {
        SampleStore {
            pool,
            deadline,
            connection: None,
        }
    }

    /// Commits the samples, and what is learnt of the stations, together or not at all.
    ///
    /// # Errors
    /// As those of [`ReadingStore::store`](super::readings::ReadingStore::store): storing the same again is harmless.
    pub async fn store(
        &mut self,
        arrivals: &[&Arrival],
        sightings: &[&Sighting],
    ) -> Result<StoredSamples, StoreError> {
        let deadline = self.deadline;
        let late =
            || StoreError::Unavailable(format!("no answer within {} s", deadline.as_secs_f32()));
        let outcome = timeout(deadline, self.transaction(arrivals, sightings)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(late()));
        if outcome
            .as_ref()
            .is_err_and(|error| !error.is_about_the_data())
        {
            // A connection whose state is unknown must not go back to the pool.
            self.connection.take().map(Object::take);
        }
        outcome
    }

    async fn transaction(
        &mut self,
        arrivals: &[&Arrival],
        sightings: &[&Sighting],
    ) -> Result<StoredSamples, StoreError> {
        let client = match self.connection.take() {
            Some(client) => client,
            None => self.pool.get().await?,
        };
        let client = self.connection.insert(client);
        match begin(client, arrivals).await {
            Ok(known) => write_and_commit(client, arrivals, sightings, known).await,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                Err(error)
            }
        }
    }
}

/// What the batch builds on.
struct Known {
    new: Vec<NewSample>,
    open: Vec<crate::domain::alert::Episode>,
}

/// Opens the transaction, takes the ids of the new samples, finds their lots, in one round trip.
async fn begin(client: &Object, arrivals: &[&Arrival]) -> Result<Known, StoreError> {
    let insert_ids = client.prepare_cached(INSERT_IDS).await?;
    let attribute = client.prepare_cached(ATTRIBUTE).await?;
    let select_open = client.prepare_cached(SELECT_OPEN).await?;
    let ids: Vec<Column> = vec![
        column(arrivals, |arrival| arrival.sample.sample_id.clone()),
        column(arrivals, |arrival| arrival.sample.device_id.clone()),
        column(arrivals, |arrival| arrival.sample.time),
    ];
    let said = said_columns(arrivals);
    let devices: Vec<Column> = vec![column(arrivals, |arrival| arrival.sample.device_id.clone())];
    let (id_params, said_params, device_params) = (params(&ids), params(&said), params(&devices));
    let (begun, new_ids, lots, open) = join!(
        client.batch_execute(BEGIN_KEYED),
        client.query(&insert_ids, &id_params),
        client.query(&attribute, &said_params),
        client.query(&select_open, &device_params),
    );
    begun?;
    let open = open?.iter().map(rows::episode).collect::<Result<_, _>>()?;
    let new = new_samples(arrivals, &new_ids?, &lots?)?;
    Ok(Known { new, open })
}

fn said_columns(arrivals: &[&Arrival]) -> Vec<Column> {
    let code = |arrival: &&Arrival| match &arrival.lot {
        SaidLot::Code(code) => Some(code.clone()),
        _ => None,
    };
    let id = |arrival: &&Arrival| match arrival.lot {
        SaidLot::Id(id) => Some(id),
        _ => None,
    };
    vec![
        column(arrivals, |arrival| arrival.sample.device_id.clone()),
        column(arrivals, |arrival| arrival.sample.site.map(Site::code)),
        column(arrivals, code),
        column(arrivals, id),
    ]
}

/// Of a sample that comes twice in the batch, the first.
fn new_samples(
    arrivals: &[&Arrival],
    new_ids: &[Row],
    lots: &[Row],
) -> Result<Vec<NewSample>, StoreError> {
    let identity = |row: &Row| -> Result<(String, String, i64), StoreError> {
        let time: Timestamp = row.try_get("time")?;
        let (sample_id, device_id) = (row.try_get("sample_id")?, row.try_get("device_id")?);
        Ok((sample_id, device_id, time.as_microsecond()))
    };
    let mut new_ids: HashSet<_> = new_ids.iter().map(identity).collect::<Result<_, _>>()?;
    let mut new = Vec::new();
    for (place, (arrival, lot)) in arrivals.iter().zip(lots).enumerate() {
        let said = &arrival.sample;
        let time = said.time.as_microsecond();
        if new_ids.remove(&(said.sample_id.clone(), said.device_id.clone(), time)) {
            let sample = Sample {
                lot_id: lot.try_get("lot_id")?,
                code_lot: lot.try_get("code_lot")?,
                ..arrival.sample.clone()
            };
            let gaveur_id = lot.try_get("gaveur_id")?;
            new.push(NewSample {
                place,
                sample,
                gaveur_id,
            });
        }
    }
    Ok(new)
}

/// Writes and commits in one round trip: after a statement that fails, PostgreSQL turns the COMMIT into a ROLLBACK.
async fn write_and_commit(
    client: &Object,
    arrivals: &[&Arrival],
    sightings: &[&Sighting],
    known: Known,
) -> Result<StoredSamples, StoreError> {
    let Known { new, open } = known;
    let attributed: Vec<_> = new.iter().map(attributed).collect();
    let changes = effects::apply(&attributed, open);
    let samples = client.prepare_cached(INSERT_SAMPLES).await?;
    let matrices = client.prepare_cached(INSERT_MATRICES).await?;
    let devices = client.prepare_cached(NOTE_DEVICES).await?;
    let alerts = AlertWrites::prepare(client, &changes).await?;
    let sample_columns = sample_columns(&new);
    let matrix_columns = matrix_columns(arrivals, &new);
    let device_columns = device_columns(&all_sightings(arrivals, sightings, &new));
    let (sample_params, matrix_params) = (params(&sample_columns), params(&matrix_columns));
    let device_params = params(&device_columns);
    let any_new = !new.is_empty();
    let (a, b, c, events, committed) = join!(
        OptionFuture::from(any_new.then(|| client.execute(&samples, &sample_params))),
        OptionFuture::from(any_new.then(|| client.execute(&matrices, &matrix_params))),
        client.execute(&devices, &device_params),
        alerts.run(client),
        client.batch_execute("COMMIT"),
    );
    for written in [a, b, Some(c)].into_iter().flatten() {
        written?;
    }
    let alerts = events?;
    committed?;
    Ok(StoredSamples { new, alerts })
}

fn attributed(new: &NewSample) -> Attributed<'_> {
    Attributed {
        sample: &new.sample,
        gaveur_id: new.gaveur_id,
    }
}

/// One for each station.
fn all_sightings(
    arrivals: &[&Arrival],
    sightings: &[&Sighting],
    new: &[NewSample],
) -> Vec<Sighting> {
    let now = Timestamp::now();
    let new: HashSet<usize> = new.iter().map(|sample| sample.place).collect();
    let of_samples = arrivals
        .iter()
        .enumerate()
        .map(|(place, arrival)| arrival.sighting(now, new.contains(&place)));
    let mut by_device: BTreeMap<String, Sighting> = BTreeMap::new();
    let heard = sightings.iter().map(|sighting| (*sighting).clone());
    for sighting in heard.chain(of_samples) {
        match by_device.get_mut(&sighting.device_id) {
            Some(known) => known.merge(sighting),
            None => {
                by_device.insert(sighting.device_id.clone(), sighting);
            }
        }
    }
    by_device.into_values().collect()
}

fn sample_columns(new: &[NewSample]) -> Vec<Column> {
    let json = |new: &NewSample| serde_json::to_value(&new.sample.defauts).unwrap_or_default();
    vec![
        column(new, |new| new.sample.time),
        column(new, |new| new.sample.sample_id.clone()),
        column(new, |new| new.sample.device_id.clone()),
        column(new, |new| new.sample.site.map(Site::code)),
        column(new, |new| new.sample.lot_id),
        column(new, |new| new.sample.code_lot.clone()),
        column(new, |new| new.sample.quality.final_score),
        column(new, |new| new.sample.quality.final_grade.map(Grade::as_str)),
        column(new, |new| new.sample.station_score),
        column(new, |new| new.sample.station_grade.map(Grade::as_str)),
        column(new, |new| new.sample.quality.tof_score),
        column(new, |new| new.sample.quality.spectral_score),
        column(new, |new| new.sample.quality.volume_mm3),
        column(new, |new| new.sample.quality.masse_foie_g),
        column(new, |new| {
            i32::try_from(new.sample.quality.nb_defauts).unwrap_or(i32::MAX)
        }),
        column(new, json),
        column(new, |new| new.sample.quality.freshness_index),
        column(new, |new| new.sample.quality.oxidation_index),
        column(new, |new| new.sample.quality.fat_quality_index),
        column(new, |new| new.sample.quality.sellable()),
        column(new, |new| new.sample.quality.qr_allowed()),
        column(new, |new| new.sample.simule),
        column(new, |new| new.sample.quality.score_grade.map(Grade::as_str)),
        column(new, |new| doubts(&new.sample)),
        column(new, |new| new.sample.horloge_douteuse),
    ]
}

/// Elements of an array within an array, which is a text on its way.
fn doubts(sample: &Sample) -> String {
    let words: Vec<_> = sample
        .quality
        .doubts
        .iter()
        .map(|doubt| doubt.as_str())
        .collect();
    words.join(",")
}

fn matrix_columns(arrivals: &[&Arrival], new: &[NewSample]) -> Vec<Column> {
    let seen: Vec<_> = new.iter().map(|new| &arrivals[new.place].seen).collect();
    let bytes = |matrix: &Option<Matrix>| matrix.as_ref().map(Matrix::to_bytes);
    vec![
        column(new, |new| new.sample.time),
        column(new, |new| new.sample.sample_id.clone()),
        column(new, |new| new.sample.device_id.clone()),
        column(&seen, |seen| bytes(&seen.distance)),
        column(&seen, |seen| bytes(&seen.reflectance)),
        column(&seen, |seen| bytes(&seen.amplitude)),
        column(&seen, |seen| bytes(&seen.status)),
        column(&seen, |seen| bytes(&seen.ambient)),
        column(&seen, |seen| seen.tof_meta.clone()),
        column(&seen, |seen| seen.tof.clone()),
        column(&seen, |seen| seen.spectral.clone()),
        column(&seen, |seen| seen.fusion.clone()),
    ]
}

fn device_columns(sightings: &[Sighting]) -> Vec<Column> {
    vec![
        column(sightings, |seen| seen.device_id.clone()),
        column(sightings, |seen| seen.at),
        column(sightings, |seen| seen.site.map(Site::code)),
        column(sightings, |seen| seen.location.clone()),
        column(sightings, |seen| seen.firmware_version.clone()),
        column(sightings, |seen| seen.ip_address.clone()),
        column(sightings, |seen| seen.mac_address.clone()),
        column(sightings, |seen| seen.simule),
        column(sightings, |seen| seen.samples),
        column(sightings, |seen| seen.last_sample),
    ]
}
