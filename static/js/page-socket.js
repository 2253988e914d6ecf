import { announceExpiry, logInIfAsked } from "./access.js";
import { LiveSocket } from "./live-socket.js";
import { storageOf } from "./preferences.js";

const REALTIME = "/ws/realtime/";

/** A live socket bound to this page: the browser's timers and identity, the network coming back, the page put away. */
export function openPageSocket(options, handlers) {
  const onFrame = (frame) => {
    if (frame.type === "auth_expiring") announceExpiry(frame.expires_at);
    handlers.onFrame(frame);
  };
  const socket = new LiveSocket(options, { ...handlers, onFrame }, browserPlatform(options.path));
  addEventListener("pagehide", () => socket.suspend());
  addEventListener("pageshow", (event) => event.persisted && socket.connect());
  addEventListener("offline", () => socket.networkLost());
  addEventListener("online", () => socket.networkBack());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") socket.connect();
  });
  socket.connect();
  if (options.path === REALTIME) queueMicrotask(() => receiveFirstFrames(handlers.onFrame));
  return socket;
}

/**
 * What the server put into the page: the frames with which its stream begins, a round trip before the socket is open. The
 * stream then begins anew. Once only, and after the page's own code has run.
 */
function receiveFirstFrames(onFrame) {
  const element = document.querySelector("[data-part=first-frames]");
  if (!element) return;
  for (const frame of JSON.parse(element.textContent)) onFrame(frame);
  element.remove();
}

/** The stream of the supervision screens. The server is told that somebody still looks before it would ask. */
export function realtimeStream() {
  return { path: REALTIME, params: { uid: browserUid() }, heartbeatMs: [20_000, 25_000] };
}

/** Who looks: one random name per browser. */
function browserUid() {
  return storedName(storageOf("localStorage"), "gaveurs.uid");
}

function browserPlatform(path) {
  const tab = storageOf("sessionStorage");
  const key = `gaveurs.sid:${path}`;
  return {
    WebSocket: window.WebSocket,
    origin: location.origin.replace(/^http/, "ws"),
    now: () => Date.now(),
    random: Math.random,
    setTimeout: (act, ms) => setTimeout(act, ms),
    clearTimeout: (id) => clearTimeout(id),
    online: () => navigator.onLine,
    sid: () => storedName(tab, key),
    refused: () => logInIfAsked(),
    renewSid: () => tab.setItem(key, randomName()),
  };
}

function storedName(storage, key) {
  const known = storage.getItem(key);
  if (known) return known;
  const name = randomName();
  storage.setItem(key, name);
  return name;
}

function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
