/** Demand: means over the period that runs, their maxima, and when those were. */

import { Card } from "./card.js";
import { html, set, svg, write } from "./elements.js";
import { fixed, quantity, stamp } from "./format.js";
import { Plot } from "./plot.js";
import { fill, wide } from "./table.js";

/** Name, unit, id of the demand, and that of its maximum. */
const ROWS = [
  ["Active", "W", "active_power_demand", "active_power_demand_max"],
  ["Active import", "W", "active_power_demand_import", "active_power_demand_import_max"],
  ["Active export", "W", "active_power_demand_export", "active_power_demand_export_max"],
  ["Reactive", "var", "reactive_power_demand", "reactive_power_demand_max"],
  ["Apparent", "VA", "apparent_power_demand", "apparent_power_demand_max"],
  ...["l1", "l2", "l3", "n"].map((phase) => [`Current ${phase.toUpperCase()}`, "A", `current_demand_${phase}`, `current_demand_max_${phase}`]),
  ...["t1", "t2", "t3", "t4"].map((tariff) => [`Active, tariff ${tariff[1]}`, "W", "", `active_power_demand_max_${tariff}`]),
];
const DRAWN = ROWS.slice(0, 5);

/**
 * How far the period is, and why there is nothing yet: like its registers, demands are 0 until then.
 * @param {{period: number, elapsed: number, whole: boolean}} demand
 */
export function words({ period, elapsed, whole }) {
  if (!period) return "instantaneous, with running maximum";
  const first = whole ? "" : ", 0 until one is whole";
  return `${fixed(elapsed, 1)} of ${period} min${first}`;
}

export class Demand {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("demand", context);
    this.card.sayZone();
    this.data = { period: 0, elapsed: 0, whole: false, values: {}, maxima: {} };
    this.progress = /** @type {HTMLProgressElement} */ (html("progress", { "aria-label": "demand period", max: 1 }));
    this.said = html("span");
    this.place = html("div", { class: "bars" });
    this.table = html("table");
    this.card.body.replaceChildren(html("div", { class: "period" }, this.progress, this.said), this.place,
      wide(this.table, "demands"));
    this.plot = new Plot(this.place, "demands and their maxima, values in the table below", () => this.redraw());
    this.bars = DRAWN.map(([name]) => this.bar(name));
    this.card.legend = [{ name: "active", text: "now" }, { name: "limit", text: "maximum" }];
    this.card.offerCsv(() => this.file());
    this.card.offerPng(this.plot.root);
    this.draw = { demand: (data) => this.update(data) };
  }

  bar(name) {
    const parts = {
      name: svg("text", {}, name),
      room: svg("path", { class: "absent" }),
      now: svg("path", { class: "amount import" }),
      most: svg("path", { class: "limit" }),
    };
    this.plot.root.append(...Object.values(parts));
    return parts;
  }

  update(data) {
    this.data = data;
    const { period, elapsed, values, maxima } = data;
    this.progress.value = period ? Math.min(1, elapsed / period) : 1;
    write(this.said, words(data));
    fill(this.table, ["", "Now", "Maximum", "Reached"], this.rows(values, maxima));
    this.redraw();
  }

  rows(values, maxima) {
    const there = ROWS.filter(([, , now, most]) => [now, most].some((id) => typeof values[id] === "number") || most.endsWith("demand_max"));
    return there.map(([name, unit, now, most]) => [name, now ? quantity(values[now], unit) : "", quantity(values[most], unit), maxima[most] ? stamp(maxima[most]) : "\u2013"]);
  }

  redraw() {
    const { plot } = this;
    if (!plot.drawable) return;
    const { em, width, height } = plot;
    const largest = Math.max(1e-9, ...DRAWN.flatMap(([, , now, most]) => [now, most].map((id) => Math.abs(this.data.values[id] ?? 0))));
    const [left, step] = [8.2 * em, height / DRAWN.length];
    const room = width - left - 4;
    this.bars.forEach((bar, n) => {
      const [, , now, most] = DRAWN[n];
      const [top, size] = [n * step + step * 0.24, step * 0.52];
      const at = (id) => (room * Math.abs(this.data.values[id] ?? 0)) / largest;
      set(bar.name, { x: 0, y: top + size / 2 + 0.35 * em });
      set(bar.room, { d: `M${left} ${top}h${room}v${size}H${left}Z` });
      set(bar.now, { d: `M${left} ${top}h${at(now).toFixed(1)}v${size}H${left}Z` });
      const known = this.data.maxima[most] !== undefined;
      set(bar.most, { d: known ? `M${(left + at(most)).toFixed(1)} ${top - 2}v${size + 4}` : null });
    });
  }

  file() {
    const { values, maxima } = this.data;
    const rows = ROWS.map(([name, unit, now, most]) => [name, unit, values[now], values[most], maxima[most]]);
    return [["demand", "unit", "now", "maximum", "reached"], ...rows];
  }
}
