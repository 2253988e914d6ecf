const MISSING = "–";
const NARROW_SPACE = "\u202f";
const LOCALES = { fr: "fr-FR", en: "en-GB" };

const NAIVE_TIME = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$/;

const AGE_UNITS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86_400, 3600, "h"],
  [Infinity, 86_400, "day"],
];

/** Numbers, units, ages and times in one language and zone. A missing value is "–", whatever its unit. */
export class Formatter {
  #numbers = new Map();
  #locale;
  #zone;
  #time;
  #day;
  #clock;
  #date;
  #calendar;
  #wall;
  #minute;

  /** @param {"fr"|"en"} lang; @param {string} timeZone IANA name of the zone of the barns, wherever the screen is */
  constructor(lang, timeZone) {
    this.lang = lang;
    this.#locale = LOCALES[lang] ?? LOCALES.fr;
    this.#zone = timeZone;
    this.#time = new Intl.DateTimeFormat(this.#locale, {
      timeZone, day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    this.#day = new Intl.DateTimeFormat(this.#locale, { timeZone, dateStyle: "long", timeStyle: "short" });
    this.#minute = new Intl.DateTimeFormat(this.#locale, { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.#clock = new Intl.DateTimeFormat(this.#locale, { timeZone, timeStyle: "medium", hourCycle: "h23" });
    this.#calendar = new Intl.DateTimeFormat(this.#locale, { timeZone: "UTC", dateStyle: "medium" });
    this.#date = new Intl.DateTimeFormat("en-CA", { timeZone });
    this.#wall = new Intl.DateTimeFormat(this.#locale, {
      timeZone, weekday: "long", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
  }

  number(value, digits = 0, signed = false) {
    if (typeof value !== "number" || !Number.isFinite(value)) return MISSING;
    return this.#style(digits, signed).format(value).replaceAll("-", "−").replaceAll("\u00a0", NARROW_SPACE);
  }

  count(value) {
    return this.number(value);
  }

  grams(value, digits = 0) {
    return this.#unit(value, this.number(value, digits), "g");
  }

  celsius(value) {
    return this.#unit(value, this.number(value, 1), "°C");
  }

  percent(value, digits = 1) {
    return this.#percentText(value, this.number(value, digits));
  }

  /** With its sign, also when positive; a value that rounds to zero has none. */
  signedPercent(value, digits = 1) {
    return this.#percentText(value, this.number(value, digits, true));
  }

  /** A measured value in a unit the server names ("%", "°C", "g", "g/j", ""), with as many decimals as the server says. */
  quantity(value, unit, decimals = 1) {
    if (unit === "%") return this.percent(value, decimals);
    const text = this.number(value, decimals);
    return unit ? this.#unit(value, text, unit) : text;
  }

  millimetres(value, digits = 0) {
    return this.#unit(value, this.number(value, digits), "mm");
  }

  /** "4 s", "12 min", in whole units; "–" when unknown. */
  duration(seconds) {
    if (seconds === null || seconds === undefined) return MISSING;
    const [, size, unit] = AGE_UNITS.find(([below]) => seconds < below);
    const short = unit === "day" ? (this.lang === "fr" ? "j" : "d") : unit;
    return `${Math.floor(seconds / size)}${NARROW_SPACE}${short}`;
  }

  /** "il y a 4 s" / "4 s ago"; "–" when unknown. */
  age(seconds) {
    const amount = this.duration(seconds);
    if (amount === MISSING) return MISSING;
    return this.lang === "fr" ? `il y a ${amount}` : `${amount} ago`;
  }

  /** Day, month, hour and minute of a meal. A time without a zone is already a barn's wall clock and is left as it is. */
  mealTime(text) {
    const naive = NAIVE_TIME.exec(text ?? "");
    const date = naive ? wallClock(naive, this.#zone) : new Date(text ?? NaN);
    if (Number.isNaN(date.getTime())) return MISSING;
    return this.#time.format(date).replace(",", "");
  }

  dateTime(text) {
    const date = new Date(text ?? NaN);
    return Number.isNaN(date.getTime()) ? MISSING : this.#day.format(date);
  }

  /** A day of the calendar, `YYYY-MM-DD`. */
  day(text) {
    const date = new Date(`${text}T00:00:00Z`);
    return Number.isNaN(date.getTime()) ? MISSING : this.#calendar.format(date);
  }

  /** Hour and minute of an instant. */
  minute(text) {
    const date = new Date(text ?? NaN);
    return Number.isNaN(date.getTime()) ? MISSING : this.#minute.format(date);
  }

  /** Hour, minute and second of an instant. */
  clock(text) {
    const date = new Date(text ?? NaN);
    return Number.isNaN(date.getTime()) ? MISSING : this.#clock.format(date);
  }

  /** Weekday, date, hour and minute, for a clock on the wall. */
  wallClock(ms) {
    return this.#wall.format(ms);
  }

  /** True if two instants are on one day in the zone of the barns. */
  sameDay(ms, otherMs) {
    return this.#date.format(ms) === this.#date.format(otherMs);
  }

  #unit(value, text, unit) {
    return text === MISSING ? MISSING : `${text}${NARROW_SPACE}${unit}`;
  }

  #percentText(value, text) {
    if (text === MISSING) return MISSING;
    return this.lang === "fr" ? `${text}${NARROW_SPACE}%` : `${text}%`;
  }

  #style(digits, signed) {
    const key = `${digits}${signed}`;
    if (!this.#numbers.has(key)) {
      this.#numbers.set(key, new Intl.NumberFormat(this.#locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        signDisplay: signed ? "exceptZero" : "negative",
      }));
    }
    return this.#numbers.get(key);
  }
}

/** The instant at which the clock on a barn's wall shows the matched time. */
function wallClock([, year, month, day, hour, minute], zone) {
  const asIfUtc = Date.UTC(year, month - 1, day, hour, minute);
  return new Date(asIfUtc - zoneOffsetMs(asIfUtc, zone));
}

function zoneOffsetMs(utcMs, timeZone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", hourCycle: "h23",
  }).formatToParts(utcMs);
  const part = (type) => Number(parts.find((p) => p.type === type).value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute")) - utcMs;
}
