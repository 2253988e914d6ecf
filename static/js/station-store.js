import { instantMs } from "./ages.js";
import { readSample } from "./sensor-sample.js";

/** A station that says nothing for so long is offline, in ms; the same for the server. */
export const OFFLINE_AFTER_MS = 90_000;

/** What the station wall knows: each device as the server lists it, and its latest sample. */
export class StationStore {
  /** device id → {device|null, sample|null, heardMs|null, sampleMs|null} */
  stations = new Map();
  #changed = new Set();

  /** Takes the server's list of devices; returns those that have a sample which is not known here. */
  applyDevices(devices) {
    for (const device of devices) this.#update(device.device_id, { device });
    const lacks = ({ device_id, echantillons_total }) => echantillons_total > 0 && !this.stations.get(device_id).sample;
    return devices.filter(lacks).map(({ device_id }) => device_id);
  }

  /** The devices of which a sample is known, which may have been followed by others unseen. */
  idsWithSample() {
    return [...this.stations.keys()].filter((id) => this.stations.get(id).sample);
  }

  /** A sample from the stream. @param {number} atMs the server's time at which it came */
  applyUpdate(frame, atMs) {
    if (!frame.device_id) return;
    this.#update(frame.device_id, { sample: readSample(frame), heardMs: atMs, sampleMs: atMs });
  }

  /** A device's latest sample as the server held it when it was asked; the stream may have brought a later one since. */
  applyLatest(frame) {
    if (!frame.device_id) return;
    const sample = readSample(frame);
    const held = this.stations.get(frame.device_id)?.sample;
    if (held && instantMs(held.time) >= instantMs(sample.time)) return;
    this.#update(frame.device_id, { sample, sampleMs: instantMs(sample.time) });
  }

  /** The devices that changed since the last call. */
  takeChanges() {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #update(id, change) {
    const known = this.stations.get(id) ?? { device: null, sample: null, heardMs: null, sampleMs: null };
    this.stations.set(id, { ...known, ...change });
    this.#changed.add(id);
  }
}

/**
 * "online" | "offline", or null when it cannot be known: never heard of, or this page itself is cut off, or its server is from the database.
 *
 * @param {{device, heardMs}} station
 */
export function presence({ device, heardMs }, serverNow, hears) {
  const heard = Math.max(heardMs ?? -Infinity, instantMs(device?.derniere_activite) ?? -Infinity);
  if (!hears || heard === -Infinity) return null;
  return serverNow - heard <= OFFLINE_AFTER_MS ? "online" : "offline";
}
