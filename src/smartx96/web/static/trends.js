/** Trends: the last hour from memory, the last days from the load profile, and what comes now. */

import { Card } from "./card.js";
import { Cursor } from "./cursor.js";
import { choice, html, set, svg, write } from "./elements.js";
import { clock, prefixed, quantity, significant, stamp } from "./format.js";
import { keep, kept } from "./kept.js";
import { Frame, Plot } from "./plot.js";
import { get } from "./server.js";
import { linear, settled, times } from "./scale.js";

const HOUR = 3_600_000;
const SPANS = { 1: "Hour", 24: "Day", 168: "Week" };

/** What is drawn together: unit, least span of the axis, and curves by class. */
const SUBJECTS = {
  power: { text: "P Q S", unit: "W", unitText: "W, var, VA", least: 20, curves: [["active_power", "active", "P"], ["reactive_power", "reactive", "Q"], ["apparent_power", "single", "S"]] },
  voltage: { text: "U", unit: "V", least: 2, curves: [["voltage_l1", "l1", "L1"], ["voltage_l2", "l2", "L2"], ["voltage_l3", "l3", "L3"]] },
  lines: { text: "U L\u2013L", unit: "V", least: 2, curves: [["voltage_l1_l2", "l1", "L1\u2013L2"], ["voltage_l2_l3", "l2", "L2\u2013L3"], ["voltage_l3_l1", "l3", "L3\u2013L1"]] },
  current: { text: "I", unit: "A", least: 0.1, curves: [["current_l1", "l1", "L1"], ["current_l2", "l2", "L2"], ["current_l3", "l3", "L3"], ["current_n", "single", "N"]] },
  factor: { text: "PF", unit: "", least: 0.02, curves: [["power_factor", "single", "PF"]] },
  frequency: { text: "f", unit: "Hz", least: 0.02, curves: [["frequency", "single", "f"]] },
};

/**
 * Series of two sources one after the other: the finer one where there is both.
 * @param {{times: number[], rows: Record<string, (number | null)[]>}} coarse
 * @param {{times: number[], rows: Record<string, (number | null)[]>}} fine
 * @param {string} id
 * @returns {{times: number[], values: (number | null)[]}}
 */
export function merged(coarse, fine, id) {
  const first = fine.times[0] ?? Infinity;
  const kept = coarse.times.flatMap((time, n) => (time < first && coarse.rows[id] ? [[time, coarse.rows[id][n]]] : []));
  const all = [...kept, ...(fine.rows[id] ? fine.times.map((time, n) => [time, fine.rows[id][n]]) : [])];
  return { times: all.map(([time]) => time), values: all.map(([, value]) => value) };
}

/**
 * Columns of a document of rows.
 * @param {{columns: string[], times: string[], rows: (number | null)[][]}} document
 */
export function columns({ columns: ids, times: moments, rows }) {
  const found = Object.fromEntries(ids.map((id, n) => [id, rows.map((row) => row[n])]));
  return { times: moments.map((moment) => Date.parse(moment)), rows: found };
}

/**
 * Curves of which a source has anything; before its first values all that it may get.
 * @param {string[][]} curves
 * @param {{rows: Record<string, (number | null)[]>}} source
 */
export function held(curves, { rows }) {
  const known = curves.filter(([id]) => rows[id]?.some((value) => value !== null));
  return known.length ? known : curves.filter(([id]) => rows[id]?.length === 0);
}

/** A series to which points can be added. */
const empty = () => ({ times: [], rows: {} });

export class Trends {
  /** @param {import("./card.js").Context & {address: string}} context */
  constructor(context) {
    this.card = new Card("trends", context);
    this.card.sayZone();
    this.context = context;
    this.subject = SUBJECTS[kept("trend", "power")] ? kept("trend", "power") : "power";
    this.hours = this.asked = 1;
    Object.assign(this, { curves: [], lines: [], interval: 10, period: 15, hidden: new Set(), scale: null, series: [] });
    this.forget();
    this.plot = new Plot(this.card.body, "trend, values in the table", () => this.redraw());
    this.frame = new Frame(this.plot);
    this.none = html("p", { class: "none", hidden: true });
    this.card.body.append(this.none);
    this.cursor = new Cursor(this.plot, "cursor on the trend", {
      count: () => this.series[0]?.times.length ?? 0,
      at: (x) => this.nearest(x),
      read: (n) => this.read(n),
    });
    this.offer();
    this.take = { readings: (data) => this.live(data.values) };
    this.draw = { readings: () => this.redraw() };
    this.begin();
  }

  /** Nothing is known of what was before. */
  forget() {
    Object.assign(this, { fine: empty(), coarse: empty() });
  }

  offer() {
    const subjects = Object.fromEntries(Object.entries(SUBJECTS).map(([id, { text }]) => [id, text]));
    this.choices = choice("quantity", subjects, this.subject, (subject) => {
      this.subject = subject;
      keep("trend", subject);
      this.begin();
    });
    this.card.tools.append(
      this.choices,
      choice("span", SPANS, String(this.hours), (hours) => {
        this.asked = Number(hours);
        this.load().catch((error) => this.context.complain(error.message));
      }),
    );
    this.card.offerTable(() => ({ caption: SPANS[this.hours], head: this.head(), rows: this.rows((value) => quantity(value, SUBJECTS[this.subject].unit), stamp) }));
    this.card.offerCsv(() => [this.head(), ...this.rows((value) => value, (time) => new Date(time).toISOString())]);
    this.card.offerPng(this.plot.root);
  }

  /** Ask for what was before: at the beginning, and whenever the stream has been away. */
  async load() {
    const hours = this.asked;
    const [trend, profile] = await Promise.all([get(`${this.context.address}/trend`),
      hours > 1 ? get(`${this.context.address}/profile?hours=${hours}`) : null]);
    if (hours !== this.asked) return;
    [this.fine, this.interval] = [columns(trend), trend.interval];
    if (profile) [this.coarse, this.period] = [columns(profile), profile.period];
    this.hours = hours;
    this.scale = null;
    this.redraw();
  }

  /** Another subject. */
  begin() {
    this.hidden = new Set();
    this.scale = null;
    this.redraw();
  }

  /** What the last hour, or the load profile, has of a subject. */
  held(subject) {
    return held(SUBJECTS[subject].curves, this.hours > 1 ? this.coarse : this.fine);
  }

  /** Offer what there is, where it is not offered yet. */
  offerCurves() {
    [...this.choices.children].forEach((button, n) => {
      const absent = this.hours > 1 && !this.held(Object.keys(SUBJECTS)[n]).length;
      set(button, { disabled: absent, title: absent ? "the load profile does not hold it" : null });
    });
    const curves = this.held(this.subject);
    if (curves.length === this.curves.length && curves.every((one, n) => one === this.curves[n])) return;
    this.curves = curves;
    this.lines = curves.map(([, name]) => svg("path", { class: `line ${name}` }));
    this.frame.data.replaceChildren(...this.lines);
    this.card.setLegend(curves.map(([, name, text]) => ({ name, text, shown: !this.hidden.has(text) })), (text, on) => {
      if (on) this.hidden.delete(text);
      else this.hidden.add(text);
      this.redraw();
    });
  }

  live(values) {
    const now = Date.parse(this.context.clock());
    const last = this.fine.times[this.fine.times.length - 1] ?? 0;
    if (Number.isNaN(now) || now - last < 1e3 * this.interval) return;
    this.fine.times.push(now);
    for (const { curves } of Object.values(SUBJECTS)) {
      for (const [id] of curves) (this.fine.rows[id] ??= this.fine.times.slice(1).map(() => null)).push(values[id] ?? null);
    }
    while (this.fine.times[0] < now - HOUR) {
      this.fine.times.shift();
      Object.values(this.fine.rows).forEach((row) => row.shift());
    }
  }

  redraw() {
    const { plot } = this;
    this.offerCurves();
    if (!plot.drawable) return;
    const { em } = plot;
    const { unit, unitText, least } = SUBJECTS[this.subject];
    const now = Date.parse(this.context.clock()) || Date.now();
    const from = now - this.hours * HOUR;
    this.series = this.curves.map(([id, name, text]) => ({ ...this.part(id, from), id, name, text }));
    const shown = this.series.filter(({ text }) => !this.hidden.has(text));
    const all = shown.flatMap(({ values }) => values).filter((value) => value !== null);
    const [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 0];
    const { divisor, unit: scaled } = prefixed([low, high], unit);
    const wanted = this.subject === "power" ? linear(Math.min(0, low), Math.max(0, high), { least, divisor }) : linear(low, high, { least, divisor });
    this.scale = settled(this.scale, wanted);
    const region = { left: 4.4 * em, top: 1.8 * em, width: plot.width - 5.2 * em, height: plot.height - 4.2 * em };
    const head = unitText ? unitText.split(", ").map((each) => scaled.replace("W", "") + each).join(", ") : scaled;
    this.frame.draw(region, times(from, now, region.width / (5.5 * em)), this.scale, { unit: head });
    this.series.forEach((one, n) => this.drawLine(one, this.lines[n]));
    write(this.none, this.why(all.length));
    this.none.hidden = all.length > 0;
    this.cursor.draw();
  }

  drawLine({ times: xs, values, text }, line) {
    const gap = Math.max(3e3 * this.interval, this.hours > 1 ? 90e3 * this.period : 0);
    set(line, { d: this.hidden.has(text) ? null : this.frame.path(xs, values, gap) });
  }

  part(id, from) {
    const { times: xs, values } = merged(this.hours > 1 ? this.coarse : empty(), this.fine, id);
    const first = xs.findIndex((time) => time >= from);
    return first < 0 ? { times: [], values: [] } : { times: xs.slice(first), values: values.slice(first) };
  }

  why(count) {
    if (count) return "";
    if (this.hours > 1 && !this.curves.length) return "The load profile does not hold this quantity.";
    return this.fine.times.length ? "The meter does not have this quantity." : "The first reading comes within ten seconds.";
  }

  nearest(x) {
    const { times: xs } = this.series[0] ?? empty();
    const { region, xScale } = this.frame;
    const wanted = xScale.low + ((x - region.left) / region.width) * (xScale.high - xScale.low);
    return xs.reduce((best, time, n) => (Math.abs(time - wanted) < Math.abs(xs[best] - wanted) ? n : best), 0);
  }

  read(n) {
    const { region } = this.frame;
    const time = this.series[0]?.times[n];
    if (time === undefined) return null;
    const { unit } = SUBJECTS[this.subject];
    const units = { Q: "var", S: "VA" };
    return {
      x: this.frame.x(time),
      top: region.top,
      bottom: region.top + region.height,
      title: this.hours > 1 ? stamp(time) : clock(time),
      lines: this.series.filter(({ text }) => !this.hidden.has(text)).map(({ name, text, values }) => {
        return { name, text: `${text} ${unit ? quantity(values[n], units[text] ?? unit) : significant(values[n], 4)}` };
      }),
    };
  }

  head() {
    const { quantities } = this.context.meter;
    return ["time", ...this.series.map(({ id }) => `${id} [${quantities[id]?.unit ?? ""}]`)];
  }

  rows(write, moment) {
    const { times: xs } = this.series[0] ?? empty();
    return xs.map((time, n) => [moment(time), ...this.series.map(({ values }) => write(values[n]))]);
  }
}
