/** Readings: what a panel page shows four of, all at once. */

import { Card } from "./card.js";
import { html, write } from "./elements.js";
import { ABSENT, fixed, prefixed, significant } from "./format.js";
import { wide } from "./table.js";

const PHASES = ["l1", "l2", "l3"];
const each = (id) => PHASES.map((phase) => `${id}_${phase}`);

/** Rows: name, unit, ids of L1, L2, L3 and of all. */
const ROWS = [
  ["Voltage L\u2013N", "V", ...each("voltage"), "voltage_ln_average"],
  ["Voltage L\u2013L", "V", "voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1", "voltage_ll_average"],
  ["Current", "A", ...each("current"), "current_average"],
  ["Active power", "W", ...each("active_power"), "active_power"],
  ["Reactive power", "var", ...each("reactive_power"), "reactive_power"],
  ["Apparent power", "VA", ...each("apparent_power"), "apparent_power"],
  ["Power factor", "", ...each("power_factor"), "power_factor"],
  ["cos \u03c6\u2081", "", ...each("displacement_power_factor"), "displacement_power_factor"],
  ["THD voltage", "%", ...each("voltage_thd"), "voltage_thd_ln_average"],
  ["THD voltage L\u2013L", "%", "voltage_thd_l1_l2", "voltage_thd_l2_l3", "voltage_thd_l3_l1", "voltage_thd_ll_average"],
  ["THD current", "%", ...each("current_thd"), "current_thd_average"],
];
const HEADS = ["L1", "L2", "L3", "Mean, total"];
/** Columns of HEADS that one phase alone does not have. */
const OTHERS = [1, 2];
const BETWEEN = ["L1\u2013L2", "L2\u2013L3", "L3\u2013L1"];

/** Single values above the table: name, unit, id, decimals or digits. */
const MAIN = [
  ["Active power", "W", "active_power"],
  ["Power factor", "", "power_factor"],
  ["Frequency", "Hz", "frequency"],
  ["Current N", "A", "current_n"],
  ["Unbalance", "%", "voltage_unbalance_negative"],
];
/** Beyond it, as with a reversed sequence, an unbalance says no more than that it is beyond. */
const MOST_UNBALANCE = 100;
const DECIMALS = { "": 3, Hz: 3, "%": 2 };

/**
 * Values that stand in one row, with one unit.
 * @param {(number | null | undefined)[]} values
 * @param {string} unit
 * @returns {{texts: string[], unit: string}}
 */
export function shown(values, unit) {
  if (unit in DECIMALS) return { texts: values.map((value) => fixed(value, DECIMALS[unit])), unit };
  const { divisor, unit: scaled, largest } = prefixed(values, unit);
  const texts = values.map((value) => (value === null || value === undefined ? ABSENT : significant(value / divisor, 4, largest)));
  return { texts, unit: scaled };
}

/**
 * Text of one of the single values.
 * @param {string} id
 * @param {number | null | undefined} value
 * @param {string} text
 */
export function single(id, value, text) {
  return id === "voltage_unbalance_negative" && (value ?? 0) > MOST_UNBALANCE ? `> ${MOST_UNBALANCE}` : text;
}

export class Readings {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("readings", context);
    this.values = {};
    this.had = new Set();
    this.card.offerCsv(() => this.file());
    this.main = MAIN.map(([name]) => {
      const [value, unit] = [html("b"), html("small")];
      const entry = html("div", {}, html("dt", {}, name), html("dd", {}, value, " ", unit));
      return { entry, value, unit };
    });
    this.rows = ROWS.map(([name]) => {
      const [unit, cells] = [html("small"), HEADS.map(() => html("td"))];
      return { row: html("tr", {}, html("th", { scope: "row" }, name, " ", unit), ...cells), unit, cells };
    });
    const head = html("tr", {}, html("td"), ...HEADS.map((text) => html("th", { scope: "col" }, text)));
    const table = html("table", {}, html("caption", { class: "unseen" }, "readings by phase"),
      html("thead", {}, head), html("tbody", {}, ...this.rows.map(({ row }) => row)));
    if (context.meter.wiring === "1p2w") {
      for (const line of table.rows) OTHERS.forEach((place) => (line.cells[place + 1].hidden = true));
    }
    this.card.body.replaceChildren(html("dl", { class: "main" }, ...this.main.map(({ entry }) => entry)),
      wide(table, "readings by phase"));
    this.draw = { readings: (data) => this.update(data.values) };
  }

  update(values) {
    this.values = values;
    MAIN.forEach(([, unit, id], n) => {
      const found = shown([values[id]], unit);
      write(this.main[n].value, single(id, values[id], found.texts[0]));
      write(this.main[n].unit, found.unit);
      if (values[id] !== null) this.had.add(id);
      this.main[n].entry.hidden = this.had.size > 0 && !this.had.has(id);
    });
    ROWS.forEach(([, unit, ...ids], n) => this.updateRow(this.rows[n], ids, unit));
  }

  updateRow({ row, unit: place, cells }, ids, unit) {
    const numbers = ids.map((id) => this.values[id]);
    if (numbers.some((value) => typeof value === "number")) this.had.add(row);
    // What the meter does not have, as against what it does not have now.
    row.hidden = (this.had.size > 0 && !this.had.has(row)) || this.twice(ids[0]);
    const found = shown(numbers, unit);
    write(place, found.unit);
    cells.forEach((cell, n) => {
      write(cell, found.texts[n]);
      if (ids[n].includes("l1_l2") || ids[n].includes("l2_l3") || ids[n].includes("l3_l1")) cell.title = BETWEEN[n];
    });
  }

  /** Without a neutral the THD of a voltage is that between lines, which has a row of its own. */
  twice(id) {
    return id === "voltage_thd_l1" && this.card.context.meter.wiring === "3p3w";
  }

  file() {
    const { quantities } = this.card.context.meter;
    const rows = Object.entries(this.values).map(([id, value]) => [id, quantities[id]?.text, value, quantities[id]?.unit]);
    return [["id", "text", "value", "unit"], ...rows];
  }
}
