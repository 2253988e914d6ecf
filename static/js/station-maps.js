import { instantMs } from "./ages.js";
import { setText } from "./dom.js";
import { HeatMap } from "./heat-map.js";
import { format, t } from "./i18n.js";
import { DefectList } from "./sample-details.js";

/** The distances that the sensor measured, and beside them how thick the foie is there, of the latest sample. */
export class StationMaps {
  #maps;
  #defects;
  #why;
  #count;
  #sample = null;

  constructor(parts, figures, device) {
    const map = (kind) => new HeatMap(document.querySelector(`[data-map=${kind}]`), kind, device);
    this.#maps = { height: map("height"), thickness: map("thickness") };
    this.#defects = new DefectList(parts.defects);
    [this.#why, this.#count] = [parts["maps-why"], figures.nb_defauts];
  }

  /** A sample that is older than the one shown changes nothing. */
  receive(sample) {
    if (instantMs(sample.time) >= (instantMs(this.#sample?.time) ?? -Infinity)) this.#sample = sample;
  }

  draw() {
    const sample = this.#sample;
    const defects = sample?.defects ?? [];
    this.#maps.height.show(sample?.distance ?? null, defects);
    this.#maps.thickness.show(sample?.thickness ?? null, defects);
    this.#defects.show(sample ? defects : null);
    setText(this.#count, format().count(sample?.defects.length));
    setText(this.#why, t(sample?.distance && !sample.thickness ? "maps.unknown" : "maps.why"));
  }
}
