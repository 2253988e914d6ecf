import { logIn } from "./access.js";
import { language, tOr } from "./i18n.js";

/** Longer than the server takes before it says that its database does not answer; a server that is stopped says nothing. */
const ANSWER_MS = 30_000;

/**
 * Why a request failed. Its message can be shown, and is in the language that the page has when it is read: the server's
 * sentences are English and name what is wrong; in French its code has a text of ours.
 */
export class ApiError extends Error {
  #code;
  #detail;

  /** @param {string} code word of the error; @param {string|null} detail the server's sentence; @param {number|null} status of the answer, null without one */
  constructor(code, detail, status) {
    super();
    [this.#code, this.#detail, this.status] = [code, detail, status];
  }

  get message() {
    const words = tOr(`error.${this.#code}`, `HTTP ${this.status}`);
    return language() === "en" ? (this.#detail ?? words) : words;
  }

  toString() {
    return this.message;
  }
}

/** The JSON at an address of this server; an `ApiError` with the server's own sentence, or ours when it did not answer. */
export function getJson(path) {
  return request(path, { headers: { accept: "application/json" } });
}

/** Sends an object and gives the JSON that is answered; fails like `getJson`. */
export function postJson(path, body) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Sends a meal that was written down: what was answered, or a status of null without an answer. Nobody is led to the login. */
export async function sendEntry({ lot_id }, body) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const options = { method: "POST", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) };
  const response = await fetch(`/api/lots/${lot_id}/repas`, options).catch(() => null);
  if (!response) return { status: null, body: null };
  const waitMs = 1000 * (Number(response.headers.get("retry-after")) || 0);
  return { status: response.status, body: await response.json().catch(() => null), waitMs };
}

/** Deletes what is at an address, and says why; fails like `getJson`. */
export function deleteJson(path, body) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  return request(path, { method: "DELETE", headers, body: JSON.stringify(body) });
}

/** Needs no database, and gives up when the signal says so. */
export const serverStatus = (signal) => request("/api/etat", { headers: { accept: "application/json" }, signal });

async function request(path, options) {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_MS), ...options }).catch(() => null);
  if (!response) throw new ApiError("unreachable", null, null);
  if (response.status === 401 && !path.startsWith("/auth/")) logIn();
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw new ApiError(body?.code, body?.detail ?? null, response.status);
  return body;
}

export const lotHistory = (code) => getJson(`/api/lots/${encodeURIComponent(code)}/repas`);
export const gaveurLots = (id) => getJson(`/api/lots/gaveur/${id}`);
export const gaveurEntries = (id) => getJson(`/api/gaveurs/${id}/saisie`);
export const lotQuality = (lot) => getJson(`/api/lots/${lot}/qualite`);
export const lotRatings = (lot) => getJson(`/api/consumer/producer/lot/${lot}/stats?period=all`);
export const weeklyReport = (id) => getJson(`/api/analytics/weekly-report/${id}`);
export const listAlerts = (path, query) => getJson(`${path}?${query}`);
export const acknowledgeAlert = (id, said) => postJson(`/api/alertes/${id}/acquitter`, said);
export const withdrawAcknowledgement = (id, said) => postJson(`/api/alertes/${id}/acquitter/annuler`, said);
export const sqalDevices = () => getJson("/api/sqal/stations");
export const sqalOverview = () => getJson("/api/sqal/dashboard/overview");
export const sqalLatest = (device) => getJson(`/api/sqal/samples/latest?device_id=${encodeURIComponent(device)}`);
export const sqalStation = (device, hours) => getJson(`/api/sqal/stations/${encodeURIComponent(device)}?heures=${hours}`);
export const sqalSamples = (query) => getJson(`/api/sqal/samples?${new URLSearchParams(query)}`);
export const sqalGrades = (query) => getJson(`/api/sqal/stats/grade-distribution?${new URLSearchParams({ heures: 1, ...query })}`);
export const sqalQueue = (status) => getJson(`/api/sqal/pending-lots?status=${status}`);
export const sqalInspectedLots = (limit) => getJson(`/api/sqal/lots?limit=${limit}`);
