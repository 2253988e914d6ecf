import { reasonField } from "./action-dialog.js";
import { deleteJson, postJson } from "./api.js";
import { format, t } from "./i18n.js";
import { newKey } from "./entry-queue.js";

const SUPERVISORS = ["superviseur", "admin"];
/** States in which a meal changes only for a reason. */
const SETTLED = ["abattu", "controle_qualite", "clos", "annule"];

/** Corrects a meal of the table, or deletes it with a reason. */
export class MealActions {
  #table;
  #dialog;
  #address;
  #sheet = null;

  constructor(body, dialog, address) {
    [this.#table, this.#dialog, this.#address] = [body.closest("table"), dialog, address];
    body.addEventListener("click", (event) => this.#click(event.target.closest("[data-act]")));
  }

  /** @param {{role: string}} me */
  admit(me) {
    this.#table.classList.toggle("can-edit", SUPERVISORS.includes(me.role));
  }

  show(sheet) {
    this.#sheet = sheet;
  }

  #click(button) {
    if (!button) return;
    const place = button.closest("tr").dataset.meal;
    const meal = this.#sheet.repas.find(({ jour, moment }) => `${jour}/${moment}` === place);
    if (meal) button.dataset.act === "delete" ? this.#delete(meal) : this.#correct(meal);
  }

  #delete(meal) {
    this.#dialog.ask({
      title: t("sheet.delete.title", { meal: mealName(meal) }),
      why: t("sheet.delete.why"),
      send: t("sheet.delete"),
      fields: [reasonField()],
      act: (values) => deleteJson(`${this.#address}/repas/${meal.jour}/${meal.moment}`, values),
    });
  }

  #correct(meal) {
    const base = 1 + this.#sheet.versions.filter(({ jour, moment }) => jour === meal.jour && moment === meal.moment).length;
    const measure = (name, value, min, max) => ({ name, label: t(`sheet.field.${name}`), type: "number", step: "any", min, max, value });
    const cle = newKey();
    this.#dialog.ask({
      title: t("sheet.correct.title", { meal: mealName(meal) }),
      why: t("sheet.correct.why"),
      send: t("sheet.correct"),
      fields: [
        { ...measure("dose_g", meal.dose_reelle, 0, 800), required: true },
        measure("poids_g", meal.poids_moyen, 3_000, 9_000),
        measure("temperature_c", meal.temperature_stabule, -10, 45),
        measure("humidite_pct", meal.humidite_stabule, 0, 100),
        { name: "raison_ecart", label: t("sheet.field.raison_ecart"), type: "text", maxLength: 400 },
        ...(SETTLED.includes(this.#sheet.lot.statut) ? [reasonField()] : []),
      ],
      act: ({ poids_g, temperature_c = null, humidite_pct = null, ...values }) => {
        const now = new Date().toISOString();
        const poids = poids_g === undefined || poids_g === meal.poids_moyen ? {} : { poids: { moyenne_g: poids_g } };
        const { jour, moment, time: heure } = meal;
        const entry = { cle, base, jour, moment, heure, saisi_le: now, horloge: now, temperature_c, humidite_pct, ...poids, ...values };
        return postJson(`${this.#address}/repas`, entry);
      },
    });
  }
}

const mealName = ({ jour, moment }) => `${t("lot.day", { day: format().number(jour) })} ${t(`lot.${moment}`)}`;
