import { t } from "./i18n.js";

/** Why a request failed, in words that can be shown. */
export class ApiError extends Error {}

/** The JSON at an address of this server; an `ApiError` with the server's own sentence, or ours when it did not answer. */
export async function getJson(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } }).catch(() => null);
  if (!response) throw new ApiError(t("error.unreachable"));
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) throw new ApiError(body?.detail ?? `HTTP ${response.status}`);
  return body;
}

export const lotHistory = (code) => getJson(`/api/lots/${encodeURIComponent(code)}/historique`);
export const gaveurLots = (id) => getJson(`/api/lots/gaveur/${id}`);
export const weeklyReport = (id) => getJson(`/api/analytics/weekly-report/${id}`);
