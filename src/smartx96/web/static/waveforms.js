/** Waveforms: one cycle of every channel, voltages above, currents below. */

import { Card } from "./card.js";
import { Cursor } from "./cursor.js";
import { svg, set, write } from "./elements.js";
import { fixed, prefixed, quantity } from "./format.js";
import { Frame, Plot } from "./plot.js";
import { exact, linear, settled } from "./scale.js";

const KINDS = { voltage: "V", current: "A" };
const NAMES = { l1: "L1", l2: "L2", l3: "L3", l1_l2: "L1\u2013L2", l2_l3: "L2\u2013L3", l3_l1: "L3\u2013L1" };

/** Rows of the table: one of so many points. */
const COARSE = 8;

/** The phase by whose colour a channel is drawn. */
const colour = (id) => id.split("_")[1];
const letter = (id) => (id.startsWith("voltage") ? "U " : "I ") + NAMES[id.slice(id.indexOf("_") + 1)];

export class Waveforms {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("waveforms", context);
    this.data = { cycle: null, channels: {} };
    this.hidden = new Set();
    this.scales = { voltage: null, current: null };
    this.lines = new Map();
    this.plot = new Plot(this.card.body, "waveforms of one cycle", () => this.redraw());
    this.frames = { voltage: new Frame(this.plot), current: new Frame(this.plot) };
    this.note = svg("text", { class: "side" });
    this.plot.root.append(this.note);
    this.cursor = new Cursor(this.plot, "cursor on the waveforms", {
      count: () => this.points,
      at: (x) => Math.round(((x - this.frames.voltage.region.left) / this.frames.voltage.region.width) * this.points),
      read: (n) => this.read(n),
    });
    this.card.offerTable(() => ({ caption: "one cycle", head: this.head(), rows: this.rows(COARSE) }));
    this.card.offerCsv(() => [this.head(), ...this.rows(1, (value) => String(value))]);
    this.card.offerPng(this.plot.root);
    this.draw = { waveforms: (data) => this.update(data) };
  }

  get shown() {
    return Object.keys(this.data.channels).filter((id) => !this.hidden.has(letter(id)));
  }

  get points() {
    return Object.values(this.data.channels)[0]?.points.length ?? 0;
  }

  update(data) {
    const before = Object.keys(this.data.channels).join();
    this.data = data;
    if (Object.keys(data.channels).join() !== before) this.begin();
    this.redraw();
  }

  /** Other channels than before. */
  begin() {
    const ids = Object.keys(this.data.channels);
    for (const frame of Object.values(this.frames)) frame.data.replaceChildren();
    this.lines = new Map(ids.map((id) => [id, svg("path", { class: `line ${colour(id)}` })]));
    for (const [id, line] of this.lines) this.frames[id.split("_")[0]].data.append(line);
    const legend = ids.map((id) => ({ name: colour(id), text: letter(id), shown: !this.hidden.has(letter(id)) }));
    this.card.setLegend(legend, (text, on) => {
      if (on) this.hidden.delete(text);
      else this.hidden.add(text);
      this.redraw();
    });
  }

  redraw() {
    const { plot } = this;
    if (!plot.drawable) return;
    const { em } = plot;
    const [left, top, between] = [4.2 * em, 1.6 * em, 2.4 * em];
    const width = plot.width - left - 0.6 * em;
    const height = plot.height - top - 2.4 * em - between;
    const x = exact(0, 1e3 * (this.data.cycle ?? 0.02), { count: plot.width / (6 * em) });
    const upper = { left, top, width, height: height * 0.55 };
    const lower = { left, top: top + upper.height + between, width, height: height * 0.45 };
    this.drawKind("voltage", upper, x, { below: false });
    this.drawKind("current", lower, x, { xUnit: "ms" });
    set(this.note, { x: left + width, y: top - 0.75 * em });
    write(this.note, this.data.synthesised ? "made of harmonics" : "");
    this.cursor.draw();
  }

  drawKind(kind, region, x, texts) {
    const ids = this.shown.filter((id) => id.startsWith(kind));
    const peaks = ids.map((id) => {
      const { points, step } = this.data.channels[id];
      return step * points.reduce((most, point) => Math.max(most, Math.abs(point)), 0);
    });
    const peak = Math.max(1e-3, ...peaks);
    const { divisor, unit } = prefixed([peak], KINDS[kind]);
    this.scales[kind] = settled(this.scales[kind], linear(-peak, peak, { count: 4, divisor }));
    const frame = this.frames[kind];
    frame.draw(region, x, this.scales[kind], { unit, ...texts });
    for (const [id, line] of this.lines) {
      if (id.startsWith(kind)) set(line, { d: ids.includes(id) ? this.course(frame, id) : null });
    }
  }

  course(frame, id) {
    const { points, step } = this.data.channels[id];
    const last = 1e3 * this.data.cycle;
    const xs = [...points.keys(), points.length].map((n) => (last * n) / points.length);
    return frame.path(xs, [...points, points[0]].map((point) => point * step));
  }

  read(n) {
    const time = (1e3 * this.data.cycle * n) / this.points;
    const { region: upper } = this.frames.voltage;
    const { region: lower } = this.frames.current;
    return {
      x: this.frames.voltage.x(time),
      top: upper.top,
      bottom: lower.top + lower.height,
      title: `${fixed(time, 2)} ms`,
      lines: this.shown.map((id) => {
        const { points, step, unit } = this.data.channels[id];
        return { name: colour(id), text: `${letter(id)} ${quantity(points[n] * step, unit)}` };
      }),
    };
  }

  head() {
    return ["time [ms]", ...Object.entries(this.data.channels).map(([id, { unit }]) => `${letter(id)} [${unit}]`)];
  }

  rows(each, write = (value) => fixed(value, 2)) {
    const found = [];
    for (let n = 0; n < this.points; n += each) {
      const time = fixed((1e3 * this.data.cycle * n) / this.points, 4);
      found.push([time, ...Object.values(this.data.channels).map(({ points, step }) => write(Number((points[n] * step).toPrecision(6))))]);
    }
    return found;
  }
}
