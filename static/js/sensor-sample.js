/** Cells on a side of the time-of-flight sensor. */
export const SIDE = 8;

/** The ten channels of the spectral sensor; `nm` is the centre of the band, null for the two without one. */
export const CHANNELS = [
  ["F1_415nm", 415], ["F2_445nm", 445], ["F3_480nm", 480], ["F4_515nm", 515], ["F5_555nm", 555],
  ["F6_590nm", 590], ["F7_630nm", 630], ["F8_680nm", 680], ["Clear", null], ["NIR", null],
].map(([key, nm]) => ({ key, nm }));

/**
 * What a screen shows of a `sensor_update` frame. A frame reaches 145 kB; all but a few hundred numbers of it can be
 * forgotten once this is read.
 */
export function readSample(frame) {
  const tof = frame.vl53l8ch?.raw;
  return {
    deviceId: frame.device_id,
    sampleId: frame.sample_id ?? null,
    summary: frame.sample ?? {},
    time: frame.sample?.time ?? frame.timestamp ?? null,
    distance: cells(tof?.distance_matrix),
    thickness: thickness(cells(tof?.distance_matrix), numberOrNull(frame.vl53l8ch?.analysis?.stats?.max_height_mm)),
    reflectance: cells(tof?.reflectance_matrix),
    channels: CHANNELS.map(({ key }) => numberOrNull(frame.as7341?.raw?.[key])),
    defects: readDefects(frame),
  };
}

/** A matrix as its cells, row after row, each a number or null; null when there is no such matrix. */
function cells(matrix) {
  if (!Array.isArray(matrix) || matrix.length === 0) return null;
  return Array.from({ length: SIDE * SIDE }, (_, i) => numberOrNull(matrix[Math.floor(i / SIDE)]?.[i % SIDE]));
}

/**
 * How thick the foie is at each cell, mm. The sensor hangs over the tray: the cell nearest to it has the greatest height that the station
 * states, which gives the distance of the tray. Null when the station states none.
 */
function thickness(distance, greatest) {
  const nearest = extent(distance)?.low ?? null;
  if (nearest === null || greatest === null) return null;
  const tray = nearest + greatest;
  return distance.map((value) => (value === null ? null : Math.max(0, tray - value)));
}

/** The defects with the cell of each, null where it is not known: the station's own list, else the server's. */
function readDefects(frame) {
  const own = frame.fusion?.combined_defects;
  if (Array.isArray(own)) return own.map(ownDefect);
  return (frame.sample?.defauts ?? []).map(storedDefect);
}

function ownDefect(defect) {
  if (typeof defect === "string") return { type: defect, detail: null, severity: null, ...place(null, null) };
  const [row, column] = Array.isArray(defect.pos) ? defect.pos : [null, null];
  return { type: defect.type ?? null, detail: defect.description ?? null, severity: numberOrNull(defect.severity), ...place(row, column) };
}

export function storedDefect({ type, description, severite, x, y }) {
  return { type: type ?? null, detail: description ?? null, severity: numberOrNull(severite), ...place(y, x) };
}

function place(row, column) {
  const inside = [row, column].every((at) => Number.isInteger(at) && at >= 0 && at < SIDE);
  return inside ? { row, column } : { row: null, column: null };
}

const numberOrNull = (value) => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** Least, most, mean and the cell of the least among the measured cells; null when none is. */
export function extent(values) {
  const measured = (values ?? []).filter((value) => value !== null);
  if (measured.length === 0) return null;
  const low = Math.min(...measured);
  const at = values.indexOf(low);
  const mean = measured.reduce((sum, value) => sum + value, 0) / measured.length;
  return { low, high: Math.max(...measured), mean, row: Math.floor(at / SIDE), column: at % SIDE };
}
