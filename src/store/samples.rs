//! Writes samples: one batch, one transaction, two round trips.

use super::{
    BEGIN_KEYED, StoreError,
    alerts::AlertWrites,
    columns::{Column, column, params},
    journal::Ending,
    pipeline::pipelined,
    products,
    rows::{self, read},
};
use crate::domain::{
    alert::{AlertEvent, Episode},
    doubt::Mark,
    quality::{
        effects::{self, SampleOfLot},
        sample::{DeviceReport, IncomingSample, LotReference, Sample},
    },
};
use deadpool_postgres::Object;
use futures_util::future::OptionFuture;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio_postgres::Row;

const INSERT_IDS: &str = include_str!("../../sql/queries/sensor_sample_ids/insert.sql");
const ATTRIBUTE: &str = include_str!("../../sql/queries/sensor_samples/attribute.sql");
const INSERT_SAMPLES: &str = include_str!("../../sql/queries/sensor_samples/insert.sql");
const NOTE_DEVICES: &str = include_str!("../../sql/queries/sqal_devices/note.sql");
const SELECT_OPEN: &str = include_str!("../../sql/queries/alertes/select_open_of_stations.sql");

/// A new sample, with its lot.
#[derive(Debug, Clone)]
pub struct NewSample {
    /// Its index in the batch.
    pub index: usize,
    pub sample: Sample,
    /// The gaveur of the lot.
    pub gaveur_id: Option<i32>,
    /// The control of its lot is over.
    pub is_of_closed_lot: bool,
}

/// The result of a committed batch.
#[derive(Debug, Default)]
pub struct StoredSamples {
    /// In the order of the batch; without samples that were stored before, unless they have not been published yet.
    pub new: Vec<NewSample>,
    pub alerts: Vec<AlertEvent>,
}

/// What the writer remembers about samples between batches.
pub(super) struct Samples {
    /// Name of the zone of calendar days.
    zone: String,
    /// Samples of transactions with an unknown outcome, which are being written again.
    in_doubt: HashMap<Identity, NewSample>,
}

/// Sample id, station, and time in µs.
type Identity = (String, String, i64);

fn identity(incoming: &IncomingSample) -> Identity {
    let Sample {
        sample_id,
        device_id,
        ..
    } = &incoming.sample;
    let time = incoming.stated_time().as_microsecond();
    (sample_id.clone(), device_id.clone(), time)
}

impl Samples {
    pub fn new(zone: String) -> Self {
        Samples {
            zone,
            in_doubt: HashMap::new(),
        }
    }

    /// Commits the samples, whose matrices are stored, and the reports about stations, all or none.
    ///
    /// # Errors
    /// After an error that is not about the data the samples may be stored again, which is harmless.
    pub async fn write(
        &mut self,
        client: &Object,
        mark: Mark,
        incoming: &[&IncomingSample],
        device_reports: &[&DeviceReport],
        ending: &Ending<'_>,
    ) -> Result<StoredSamples, StoreError> {
        let SampleContext { new, open } = match begin(client, incoming).await {
            Ok(known) => known,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        // Recorded before the commit, whose answer may be lost.
        let noted = new
            .iter()
            .map(|new| (identity(incoming[new.index]), new.clone()));
        self.in_doubt.extend(noted);
        let all = all_reports(incoming, device_reports, &new);
        let alerts = match write_and_commit(client, mark, &new, &all, open, &self.zone, ending)
            .await
        {
            Ok(alerts) => alerts,
            Err(error) => {
                if error.is_harmless() {
                    new.iter()
                        .for_each(|new| drop(self.in_doubt.remove(&identity(incoming[new.index]))));
                }
                return Err(error);
            }
        };
        let settled = self.settled(incoming);
        Ok(StoredSamples {
            // What an earlier attempt has committed is in the journal.
            new: if ending.has_journal() { new } else { settled },
            alerts,
        })
    }

    /// New samples in the order of the batch, including those that an earlier attempt had committed without publishing them.
    fn settled(&mut self, incoming: &[&IncomingSample]) -> Vec<NewSample> {
        let indexed = incoming.iter().enumerate();
        let new = indexed.filter_map(|(index, incoming)| {
            let known = self.in_doubt.remove(&identity(incoming))?;
            Some(NewSample { index, ..known })
        });
        new.collect()
    }
}

/// What the batch depends on.
struct SampleContext {
    new: Vec<NewSample>,
    open: Vec<Episode>,
}

/// Opens the transaction, inserts the ids of the new samples, and finds their lots, in one round trip.
async fn begin(client: &Object, incoming: &[&IncomingSample]) -> Result<SampleContext, StoreError> {
    let insert_ids = client.prepare_cached(INSERT_IDS).await?;
    let attribute = client.prepare_cached(ATTRIBUTE).await?;
    let select_open = client.prepare_cached(SELECT_OPEN).await?;
    let ids: Vec<Column> = vec![
        column(incoming, |incoming| incoming.sample.sample_id.clone()),
        column(incoming, |incoming| incoming.sample.device_id.clone()),
        column(incoming, |incoming| incoming.stated_time()),
    ];
    let references = reference_columns(incoming);
    let devices: Vec<Column> = vec![column(incoming, |incoming| {
        incoming.sample.device_id.clone()
    })];
    let (id_params, reference_params) = (params(&ids), params(&references));
    let device_params = params(&devices);
    let (begun, new_ids, lots, open) = pipelined!(
        client.batch_execute(BEGIN_KEYED),
        client.query(&insert_ids, &id_params),
        client.query(&attribute, &reference_params),
        client.query(&select_open, &device_params),
    );
    begun?;
    // In the order of sending: after one that fails all others fail because of it.
    let new = new_samples(incoming, &new_ids?, &lots?)?;
    let open = rows::all(&open?)?;
    Ok(SampleContext { new, open })
}

/// What each sample says of the lot that it belongs to.
fn reference_columns(incoming: &[&IncomingSample]) -> Vec<Column> {
    let code = |incoming: &&IncomingSample| match &incoming.lot {
        LotReference::Code(code) => Some(code.clone()),
        _ => None,
    };
    let id = |incoming: &&IncomingSample| match incoming.lot {
        LotReference::Id(id) => Some(id),
        _ => None,
    };
    vec![
        column(incoming, |incoming| incoming.sample.device_id.clone()),
        column(incoming, |incoming| incoming.sample.site),
        column(incoming, code),
        column(incoming, id),
    ]
}

/// If a sample occurs twice in the batch, only the first is new.
fn new_samples(
    incoming: &[&IncomingSample],
    new_ids: &[Row],
    lots: &[Row],
) -> Result<Vec<NewSample>, StoreError> {
    let identity_of = |row: &Row| -> Result<Identity, StoreError> {
        let time: Timestamp = read(row, "time")?;
        let (sample_id, device_id) = (read(row, "sample_id")?, read(row, "device_id")?);
        Ok((sample_id, device_id, time.as_microsecond()))
    };
    let new_ids: Result<HashSet<_>, _> = new_ids.iter().map(identity_of).collect();
    let mut new_ids = new_ids?;
    let mut new = Vec::new();
    for (index, (incoming, lot)) in incoming.iter().zip(lots).enumerate() {
        if new_ids.remove(&identity(incoming)) {
            let sample = Sample {
                lot_id: read(lot, "lot_id")?,
                code_lot: read(lot, "code_lot")?,
                ..incoming.sample.clone()
            };
            new.push(NewSample {
                index,
                sample,
                gaveur_id: read(lot, "gaveur_id")?,
                is_of_closed_lot: read(lot, "is_closed")?,
            });
        }
    }
    Ok(new)
}

/// Writes and commits in one round trip: after a failed statement PostgreSQL turns the COMMIT into a ROLLBACK.
async fn write_and_commit(
    client: &Object,
    mark: Mark,
    new: &[NewSample],
    device_reports: &[DeviceReport],
    open: Vec<Episode>,
    zone: &str,
    ending: &Ending<'_>,
) -> Result<Vec<AlertEvent>, StoreError> {
    let attributed: Vec<_> = new.iter().filter_map(attributed).collect();
    let changes = effects::apply(&attributed, open);
    let samples = client.prepare_cached(INSERT_SAMPLES).await?;
    let products = client.prepare_cached(products::INSERT_OF_SAMPLES).await?;
    let devices = client.prepare_cached(NOTE_DEVICES).await?;
    let alerts = AlertWrites::prepare(client, &changes, mark).await?;
    let sample_columns = sample_columns(new);
    let product_columns = products::columns(new, zone);
    let device_columns = device_columns(device_reports);
    let (sample_params, device_params) = (params(&sample_columns), params(&device_columns));
    let product_params = params(&product_columns);
    let any_labelled = !product_params.is_empty();
    let (any_new, any_seen) = (!new.is_empty(), !device_reports.is_empty());
    let (inserted, labelled, noted, events, committed) = pipelined!(
        OptionFuture::from(any_new.then(|| client.execute(&samples, &sample_params))),
        OptionFuture::from(any_labelled.then(|| client.execute(&products, &product_params))),
        OptionFuture::from(any_seen.then(|| client.execute(&devices, &device_params))),
        alerts.run(client),
        ending.commit(client),
    );
    inserted.transpose()?;
    labelled.transpose()?;
    noted.transpose()?;
    let alerts = events?;
    committed?;
    Ok(alerts)
}

/// A sample of a lot whose control is over raises nothing: nobody could act on it.
fn attributed(new: &NewSample) -> Option<SampleOfLot<'_>> {
    (!new.is_of_closed_lot).then_some(SampleOfLot {
        sample: &new.sample,
        gaveur_id: new.gaveur_id,
    })
}

/// One merged report per station.
fn all_reports(
    incoming: &[&IncomingSample],
    device_reports: &[&DeviceReport],
    new: &[NewSample],
) -> Vec<DeviceReport> {
    let now = Timestamp::now();
    let new: HashSet<usize> = new.iter().map(|sample| sample.index).collect();
    let of_samples = incoming
        .iter()
        .enumerate()
        .map(|(index, incoming)| incoming.report(now, new.contains(&index)));
    let mut by_device: BTreeMap<String, DeviceReport> = BTreeMap::new();
    let reported = device_reports.iter().map(|report| (*report).clone());
    for report in reported.chain(of_samples) {
        match by_device.get_mut(&report.device_id) {
            Some(known) => known.merge(report),
            None => {
                by_device.insert(report.device_id.clone(), report);
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
        column(new, |new| new.sample.site),
        column(new, |new| new.sample.lot_id),
        column(new, |new| new.sample.code_lot.clone()),
        column(new, |new| new.sample.quality.final_score),
        column(new, |new| new.sample.quality.final_grade),
        column(new, |new| new.sample.station_score),
        column(new, |new| new.sample.station_grade),
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
        column(new, |new| new.sample.quality.score_grade),
        column(new, |new| doubts(&new.sample)),
        column(new, |new| new.sample.horloge_douteuse),
        column(new, |new| new.sample.recu_le),
    ]
}

/// Elements of an inner array, which is passed as a text.
fn doubts(sample: &Sample) -> String {
    let doubts = sample.quality.doubts.iter();
    let words: Vec<_> = doubts.map(|doubt| doubt.as_str()).collect();
    words.join(",")
}

fn device_columns(device_reports: &[DeviceReport]) -> Vec<Column> {
    vec![
        column(device_reports, |seen| seen.device_id.clone()),
        column(device_reports, |seen| seen.at),
        column(device_reports, |seen| seen.site),
        column(device_reports, |seen| seen.location.clone()),
        column(device_reports, |seen| seen.firmware_version.clone()),
        column(device_reports, |seen| seen.ip_address.clone()),
        column(device_reports, |seen| seen.mac_address.clone()),
        column(device_reports, |seen| seen.simule),
        column(device_reports, |seen| seen.samples),
        column(device_reports, |seen| seen.last_sample),
    ]
}
