/** Spectrum: harmonics 1 to 63 of each channel, in % of the fundamental. */

import { Card } from "./card.js";
import { Cursor } from "./cursor.js";
import { choice, html, set, svg } from "./elements.js";
import { fixed } from "./format.js";
import { keep, kept } from "./kept.js";
import { Frame, Plot } from "./plot.js";
import { linear, logarithmic, settled } from "./scale.js";

const ORDERS = 63;
const PHASES = ["l1", "l2", "l3"];
/** What their voltages are where there is no neutral. */
const LINES = { l1: "L1\u2013L2", l2: "L2\u2013L3", l3: "L3\u2013L1" };
const MARKED = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63];
/** Share of its place that the bars of an order take. */
const FILLED = 0.78;
const LOWEST = 0.01;

export class Spectrum {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("spectrum", context);
    this.data = { harmonics: {}, thd: {} };
    this.kind = "voltage";
    this.axis = kept("spectrum-axis", "linear");
    this.hidden = new Set();
    this.scale = null;
    this.present = "";
    this.plot = new Plot(this.card.body, "spectrum, values in the table", () => this.redraw());
    this.frame = new Frame(this.plot);
    this.bars = new Map(PHASES.map((phase) => [phase, svg("path", { class: `bar ${phase}` })]));
    this.frame.data.append(...this.bars.values());
    this.none = html("p", { class: "none", hidden: true }, "This meter measures no harmonics.");
    this.card.body.append(this.none);
    this.cursor = new Cursor(this.plot, "cursor on the spectrum", {
      count: () => ORDERS,
      at: (x) => Math.floor(((x - this.frame.region.left) / this.frame.region.width) * ORDERS),
      read: (n) => this.read(n),
    });
    this.offer();
    this.draw = { spectrum: (data) => this.update(data) };
  }

  offer() {
    const again = (change) => (value) => {
      change(value);
      this.scale = null;
      this.redraw();
    };
    const kinds = choice("channels", { voltage: "U", current: "I" }, this.kind, again((kind) => {
      this.kind = kind;
      this.name();
    }));
    const axes = choice("axis", { linear: "Lin", log: "Log" }, this.axis, again((axis) => {
      this.axis = axis;
      keep("spectrum-axis", axis);
    }));
    this.card.tools.append(kinds, axes);
    this.card.offerTable(() => ({ caption: "% of the fundamental", head: this.head(), rows: this.rows((value) => fixed(value, 2)) }));
    this.card.offerCsv(() => [this.head(), ...this.rows((value) => value)]);
    this.card.offerPng(this.plot.root);
  }

  get ids() {
    return Object.keys(this.data.harmonics).filter((id) => this.data.harmonics[id] !== null);
  }

  get phases() {
    return PHASES.filter((phase) => this.data.harmonics[`${this.kind}_harmonic_${phase}`]);
  }

  values(phase) {
    return this.data.harmonics[`${this.kind}_harmonic_${phase}`];
  }

  update(data) {
    this.data = data;
    this.name();
    this.redraw();
  }

  /** Name the channels, where they are others than before. */
  name() {
    const text = Object.fromEntries(PHASES.map((phase) => [phase, this.channel(this.kind, phase)]));
    const present = this.phases.map((phase) => text[phase]).join();
    if (present === this.present) return;
    this.present = present;
    this.text = text;
    const entries = this.phases.map((phase) => ({ name: phase, text: text[phase], shown: !this.hidden.has(phase) }));
    this.card.setLegend(entries, (said, on) => {
      const phase = PHASES.find((each) => text[each] === said);
      if (on) this.hidden.delete(phase);
      else this.hidden.add(phase);
      this.redraw();
    });
  }

  redraw() {
    const { plot } = this;
    if (!plot.drawable) return;
    this.tellWhetherMeasured();
    const { em } = plot;
    const region = { left: 3.4 * em, top: 1.8 * em, width: plot.width - 4 * em, height: plot.height - 4.2 * em };
    const shown = this.phases.filter((phase) => !this.hidden.has(phase));
    const tallest = Math.max(0.5, ...shown.flatMap((phase) => this.values(phase).slice(1)));
    const linearly = this.axis === "linear";
    this.scale = linearly ? settled(this.scale, linear(0, Math.min(100, tallest * 1.02), { count: 5 })) : logarithmic(LOWEST, 100);
    const cut = this.scale.high < 100 ? ", which is cut off" : "";
    this.frame.draw(region, this.orders(region.width / em), this.scale, { unit: `% of the fundamental${cut}` });
    for (const [phase, bar] of this.bars) {
      set(bar, { d: shown.includes(phase) ? this.barsOf(phase, shown.indexOf(phase), shown.length) : null });
    }
    this.cursor.draw();
  }

  /** A model may have fundamentals only. */
  tellWhetherMeasured() {
    const absent = this.phases.length > 0 && this.phases.every((phase) => this.values(phase).slice(1).every((value) => value === null));
    this.none.hidden = !absent;
    set(this.plot.root, { visibility: absent ? "hidden" : null });
  }

  orders(room) {
    const every = room > 50 ? 2 : room > 30 ? 4 : 8;
    const ticks = MARKED.filter((order) => (order - 1) % every === 0 || order === 1);
    return { low: 0.5, high: ORDERS + 0.5, ticks, text: String, share: (order) => (order - 0.5) / ORDERS };
  }

  barsOf(phase, n, count) {
    const { region } = this.frame;
    const place = region.width / ORDERS;
    const width = (place * FILLED) / count;
    const foot = region.top + region.height;
    return this.values(phase).map((value, order) => {
      if (value === null || value <= this.scale.low) return "";
      const left = region.left + place * (order + (1 - FILLED) / 2) + n * width;
      const top = this.frame.y(Math.min(value, this.scale.high));
      return `M${left.toFixed(2)} ${foot}V${top.toFixed(1)}h${(width * 0.92).toFixed(2)}V${foot}Z`;
    }).join("");
  }

  read(n) {
    const { region } = this.frame;
    return {
      x: this.frame.x(n + 1),
      top: region.top,
      bottom: region.top + region.height,
      title: `order ${n + 1}`,
      lines: this.phases.filter((phase) => !this.hidden.has(phase)).map((phase) => ({
        name: phase,
        text: `${this.text[phase]} ${fixed(this.values(phase)[n], 2)} %`,
      })),
    };
  }

  head() {
    return ["order", ...this.ids.map((id) => {
      const [kind, , phase] = id.split("_");
      return `${kind === "voltage" ? "U" : "I"} ${this.channel(kind, phase)} [%]`;
    })];
  }

  channel(kind, phase) {
    return kind === "voltage" && this.card.context.meter.wiring === "3p3w" ? LINES[phase] : phase.toUpperCase();
  }

  rows(write) {
    return Array.from({ length: ORDERS }, (_, n) => [String(n + 1), ...this.ids.map((id) => write(this.data.harmonics[id][n]))]);
  }
}
