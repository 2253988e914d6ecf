import { t, tOr } from "./i18n.js";

/** Values that are words of ours too. */
const WORDS = { fault: "fault", profile: "profile", moment: "log.moment" };

/** What a simulator said, in the language of the page; the server's own sentence if it is newer than this page. */
export function sayingText({ code, valeurs }, sentence) {
  if (tOr(`log.${code}`, null) === null) return sentence;
  const values = Object.entries(valeurs).map(([name, value]) => [name, WORDS[name] ? tOr(`${WORDS[name]}.${value}`, value) : value]);
  return t(`log.${code}`, Object.fromEntries(values));
}
