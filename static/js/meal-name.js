import { format, t } from "./i18n.js";

/** "J 6 soir". */
export const mealName = ({ jour, moment }) => `${t("lot.day", { day: format().number(jour) })} ${t(`lot.${moment}`)}`;

/** "0 mort", "3 morts". */
export const deadWords = (n) => t(n < 2 ? "entry.dead.one" : "entry.dead.many", { n: format().count(n) });
