//! Writing samples: one batch, one transaction, two round trips.

use super::{
    BEGIN_KEYED, StoreError,
    alerts::AlertWrites,
    columns::{Column, column, params},
    rows,
};
use crate::domain::{
    alert::{AlertEvent, Episode},
    doubt::Mark,
    quality::{
        Grade,
        effects::{self, Attributed},
        sample::{Arrival, SaidLot, Sample, Sighting},
    },
    site::Site,
};
use deadpool_postgres::Object;
use futures_util::{future::OptionFuture, join};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio_postgres::Row;

const INSERT_IDS: &str = include_str!("../../sql/queries/sensor_sample_ids/insert.sql");
const ATTRIBUTE: &str = include_str!("../../sql/queries/sensor_samples/attribute.sql");
const INSERT_SAMPLES: &str = include_str!("../../sql/queries/sensor_samples/insert.sql");
const NOTE_DEVICES: &str = include_str!("../../sql/queries/sqal_devices/note.sql");
const SELECT_OPEN: &str = include_str!("../../sql/queries/alertes/select_open_of_stations.sql");

/// A sample that was new, with its lot.
#[derive(Debug, Clone)]
pub struct NewSample {
    /// Its place in the batch.
    pub place: usize,
    pub sample: Sample,
    /// Whose lot it is.
    pub gaveur_id: Option<i32>,
    /// The control of its lot is over.
    pub is_of_closed_lot: bool,
}

/// What a committed batch did.
#[derive(Debug, Default)]
pub struct StoredSamples {
    /// In the order of the batch; a sample that was there already is not among them, unless nobody has been told of it.
    pub new: Vec<NewSample>,
    pub alerts: Vec<AlertEvent>,
}

/// What the writer knows of samples, from one batch to the next.
#[derive(Default)]
pub(super) struct Samples {
    /// Written by transactions of which it is not known whether they were committed, and that are being written again.
    in_doubt: HashMap<Identity, NewSample>,
}

/// Sample, station, and time in µs.
type Identity = (String, String, i64);

fn identity(arrival: &Arrival) -> Identity {
    let Sample {
        sample_id,
        device_id,
        ..
    } = &arrival.sample;
    let time = arrival.said_time().as_microsecond();
    (sample_id.clone(), device_id.clone(), time)
}

impl Samples {
    /// Commits the samples, whose matrices are stored, and what is learnt of the stations, together or not at all.
    ///
    /// # Errors
    /// After one that is not about the data the same samples may be stored again, which is harmless.
    pub async fn write(
        &mut self,
        client: &Object,
        mark: Mark,
        arrivals: &[&Arrival],
        sightings: &[&Sighting],
    ) -> Result<StoredSamples, StoreError> {
        let Known { new, open } = match begin(client, arrivals).await {
            Ok(known) => known,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        // Noted before the commit, of which nothing may be heard any more.
        let noted = new
            .iter()
            .map(|new| (identity(arrivals[new.place]), new.clone()));
        self.in_doubt.extend(noted);
        let all = all_sightings(arrivals, sightings, &new);
        let alerts = match write_and_commit(client, mark, &new, &all, open).await {
            Ok(alerts) => alerts,
            Err(error) => {
                if error.is_harmless() {
                    new.iter()
                        .for_each(|new| drop(self.in_doubt.remove(&identity(arrivals[new.place]))));
                }
                return Err(error);
            }
        };
        Ok(StoredSamples {
            new: self.settled(arrivals),
            alerts,
        })
    }

    /// In the order of the batch; those of it that an earlier attempt had committed are new to everybody else.
    fn settled(&mut self, arrivals: &[&Arrival]) -> Vec<NewSample> {
        let places = arrivals.iter().enumerate();
        let new = places.filter_map(|(place, arrival)| {
            let known = self.in_doubt.remove(&identity(arrival))?;
            Some(NewSample { place, ..known })
        });
        new.collect()
    }
}

/// What the batch builds on.
struct Known {
    new: Vec<NewSample>,
    open: Vec<Episode>,
}

/// Opens the transaction, takes the ids of the new samples, finds their lots, in one round trip.
async fn begin(client: &Object, arrivals: &[&Arrival]) -> Result<Known, StoreError> {
    let insert_ids = client.prepare_cached(INSERT_IDS).await?;
    let attribute = client.prepare_cached(ATTRIBUTE).await?;
    let select_open = client.prepare_cached(SELECT_OPEN).await?;
    let ids: Vec<Column> = vec![
        column(arrivals, |arrival| arrival.sample.sample_id.clone()),
        column(arrivals, |arrival| arrival.sample.device_id.clone()),
        column(arrivals, |arrival| arrival.said_time()),
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
    // In the order in which they were sent: after one that fails all others fail for its sake.
    let new = new_samples(arrivals, &new_ids?, &lots?)?;
    let open = open?.iter().map(rows::episode).collect::<Result<_, _>>()?;
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
    let read = |row: &Row| -> Result<Identity, StoreError> {
        let time: Timestamp = row.try_get("time")?;
        let (sample_id, device_id) = (row.try_get("sample_id")?, row.try_get("device_id")?);
        Ok((sample_id, device_id, time.as_microsecond()))
    };
    let mut new_ids: HashSet<_> = new_ids.iter().map(read).collect::<Result<_, _>>()?;
    let mut new = Vec::new();
    for (place, (arrival, lot)) in arrivals.iter().zip(lots).enumerate() {
        if new_ids.remove(&identity(arrival)) {
            let sample = Sample {
                lot_id: lot.try_get("lot_id")?,
                code_lot: lot.try_get("code_lot")?,
                ..arrival.sample.clone()
            };
            new.push(NewSample {
                place,
                sample,
                gaveur_id: lot.try_get("gaveur_id")?,
                is_of_closed_lot: lot.try_get("is_closed")?,
            });
        }
    }
    Ok(new)
}

/// Writes and commits in one round trip: after a statement that fails, PostgreSQL turns the COMMIT into a ROLLBACK.
async fn write_and_commit(
    client: &Object,
    mark: Mark,
    new: &[NewSample],
    sightings: &[Sighting],
    open: Vec<Episode>,
) -> Result<Vec<AlertEvent>, StoreError> {
    let attributed: Vec<_> = new.iter().filter_map(attributed).collect();
    let changes = effects::apply(&attributed, open);
    let samples = client.prepare_cached(INSERT_SAMPLES).await?;
    let devices = client.prepare_cached(NOTE_DEVICES).await?;
    let alerts = AlertWrites::prepare(client, &changes, mark).await?;
    let sample_columns = sample_columns(new);
    let device_columns = device_columns(sightings);
    let (sample_params, device_params) = (params(&sample_columns), params(&device_columns));
    let (any_new, any_seen) = (!new.is_empty(), !sightings.is_empty());
    let (inserted, noted, events, committed) = join!(
        OptionFuture::from(any_new.then(|| client.execute(&samples, &sample_params))),
        OptionFuture::from(any_seen.then(|| client.execute(&devices, &device_params))),
        alerts.run(client),
        client.batch_execute("COMMIT"),
    );
    inserted.transpose()?;
    noted.transpose()?;
    let alerts = events?;
    committed?;
    Ok(alerts)
}

/// A sample of a lot whose control is over raises nothing: nobody could act on it.
fn attributed(new: &NewSample) -> Option<Attributed<'_>> {
    (!new.is_of_closed_lot).then_some(Attributed {
        sample: &new.sample,
        gaveur_id: new.gaveur_id,
    })
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
