import { recall, remember } from "./preferences.js";

const KEY = "gaveurs.sound";
/** Tones in Hz, one after the other; a critical alert is higher and longer. What is only to be noted makes no sound. */
const TONES = { critical: [880, 1175, 880, 1175], warning: [660, 660], info: [] };
const TONE_S = 0.16;
const VOLUME = 0.2;

/** The beep of a new alert: off until it is wanted, remembered for the next visit. */
export class AlarmSound {
  #context = null;
  #onChange;

  constructor(onChange) {
    this.#onChange = onChange;
    this.wanted = recall(KEY) === "on";
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, () => this.#allow());
  }

  /** True while the browser waits for a gesture before it lets the page make a sound. */
  get blocked() {
    return this.wanted && this.#context?.state !== "running";
  }

  /** Switches it; what is switched on is heard once, so that the loudness can be set. */
  async toggle() {
    this.wanted = !this.wanted;
    remember(KEY, this.wanted ? "on" : "off");
    await this.#allow();
    if (this.wanted) this.play("warning");
    this.#onChange();
  }

  play(severity) {
    if (!this.wanted || this.blocked) return;
    const start = this.#context.currentTime + 0.02;
    (TONES[severity] ?? []).forEach((hertz, i) => this.#tone(hertz, start + i * TONE_S));
  }

  /** A browser lets a sound begin only from within a gesture. */
  async #allow() {
    if (!this.wanted) return;
    this.#context ??= new AudioContext();
    if (this.#context.state === "running") return;
    await this.#context.resume().catch(() => null);
    this.#onChange();
  }

  #tone(hertz, at) {
    const tone = new OscillatorNode(this.#context, { frequency: hertz });
    const loudness = new GainNode(this.#context, { gain: 0 });
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(VOLUME, at + 0.01);
    loudness.gain.linearRampToValueAtTime(0, at + TONE_S - 0.02);
    tone.connect(loudness).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + TONE_S);
  }
}
