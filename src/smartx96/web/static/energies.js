/** Energies: registers by tariff and direction, with what is net. */

import { Card } from "./card.js";
import { html, set, svg, write } from "./elements.js";
import { energy } from "./format.js";
import { Plot } from "./plot.js";
import { fill, wide } from "./table.js";

const TARIFFS = ["t1", "t2", "t3", "t4"];
const PHASES = ["l1", "l2", "l3"];
const HEAD = ["", "Import kWh", "Export kWh", "Import kvarh", "Export kvarh"];
const COLUMNS = ["active_energy_import", "active_energy_export", "reactive_energy_import", "reactive_energy_export"];
const SINGLE = [["Active, export \u2212 import", "active_energy_net", "kWh"], ["Reactive, export \u2212 import", "reactive_energy_net", "kvarh"], ["Apparent", "apparent_energy", "kVAh"], ["Charge", "charge", "Ah"]];

export class Energies {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("energies", context);
    this.data = { values: {}, tariff: null };
    this.single = SINGLE.map(([name, , unit]) => {
      const value = html("b");
      return { value, entry: html("div", {}, html("dt", {}, name), html("dd", {}, value, " ", html("small", {}, unit))) };
    });
    this.place = html("div", { class: "bars" });
    this.table = html("table");
    this.card.body.replaceChildren(html("dl", { class: "main" }, ...this.single.map(({ entry }) => entry)),
      this.place, wide(this.table, "energies by tariff"));
    this.plot = new Plot(this.place, "active energy by tariff, values in the table below", () => this.redraw());
    this.bars = TARIFFS.map((tariff) => this.bar(tariff));
    this.card.legend = [{ name: "import", text: "import" }, { name: "export", text: "export" }];
    this.card.offerCsv(() => this.file());
    this.card.offerPng(this.plot.root);
    this.draw = { energies: (data) => this.update(data) };
  }

  bar(tariff) {
    const parts = {
      name: svg("text", { class: "tariff" }, tariff.toUpperCase()),
      room: svg("path", { class: "absent" }),
      import: svg("path", { class: "amount import" }),
      export: svg("path", { class: "amount export" }),
    };
    this.plot.root.append(...Object.values(parts));
    return parts;
  }

  update(data) {
    this.data = data;
    const { values, tariff } = data;
    SINGLE.forEach(([, id], n) => write(this.single[n].value, energy(values[id])));
    const row = (name, suffix) => [name, ...COLUMNS.map((id) => energy(values[id + suffix]))];
    const phases = PHASES.filter((phase) => values[`active_energy_import_${phase}`] !== null);
    fill(this.table, HEAD, [
      ...TARIFFS.map((each, n) => row(`Tariff ${n + 1}${tariff === n + 1 ? " (now)" : ""}`, `_${each}`)),
      row("All", ""),
      ...(phases.length > 1 ? phases.map((phase) => row(phase.toUpperCase(), `_${phase}`)) : []),
      row("Resettable", "_resettable"),
    ]);
    [...this.table.tBodies[0].rows].forEach((line, n) => {
      line.classList.toggle("now", n + 1 === tariff);
      line.classList.toggle("sum", n === TARIFFS.length);
    });
    this.redraw();
  }

  redraw() {
    const { plot } = this;
    if (!plot.drawable) return;
    const { em, width, height } = plot;
    const of = (way, tariff) => this.data.values[`active_energy_${way}_${tariff}`] ?? 0;
    const most = Math.max(1e-9, ...TARIFFS.flatMap((tariff) => [of("import", tariff), of("export", tariff)]));
    const [left, room] = [2.4 * em, width - 2.4 * em];
    const step = height / TARIFFS.length;
    this.bars.forEach((bar, n) => {
      const tariff = TARIFFS[n];
      const [top, size] = [n * step + step * 0.2, step * 0.28];
      const course = (way, y) => `M${left} ${y}h${((room * of(way, tariff)) / most).toFixed(1)}v${size}H${left}Z`;
      set(bar.room, { d: `M${left} ${top}h${room}v${2 * size + 1}H${left}Z` });
      set(bar.import, { d: course("import", top) });
      set(bar.export, { d: course("export", top + size + 1) });
      set(bar.name, { x: 0, y: top + size + 0.35 * em });
    });
  }

  file() {
    const { quantities } = this.card.context.meter;
    const rows = Object.entries(this.data.values).map(([id, value]) => [id, quantities[id]?.text, value, quantities[id]?.unit]);
    return [["id", "text", "value", "unit"], ...rows];
  }
}
