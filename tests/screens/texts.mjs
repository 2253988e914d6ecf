import { existsSync, readdirSync } from "node:fs";
import { en as sharedEn } from "../../static/js/messages-en.js";
import { fr as sharedFr } from "../../static/js/messages-fr.js";

const folder = new URL("../../static/js/texts/", import.meta.url);
const names = existsSync(folder) ? readdirSync(folder) : [];
const ofPages = await Promise.all(names.map((name) => import(new URL(name, folder))));

/** All texts in French: those of every page, and those of one page. */
export const fr = Object.assign({}, sharedFr, ...ofPages.map((texts) => texts.fr));
/** The same in English. */
export const en = Object.assign({}, sharedEn, ...ofPages.map((texts) => texts.en));
