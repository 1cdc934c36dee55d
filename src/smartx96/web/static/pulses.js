/** Pulses: as they fall, by a lamp, a strip of the last minute and a count. */

import { Card } from "./card.js";
import { html, set, svg, write } from "./elements.js";
import { counted, stamp } from "./format.js";
import { Plot } from "./plot.js";
import { fill } from "./table.js";

const SPAN = 60_000;
const STEP = 250;
const FLASH = 120;

/**
 * Pulses that are known now, with those that have come, without those that are too old.
 * @param {{number: number, time: number, width: number}[]} known oldest first
 * @param {{number: number, time: string, width: number}[]} last newest first
 * @param {number} since
 * @returns {{number: number, time: number, width: number}[]}
 */
export function added(known, last, since) {
  const newest = known.length ? known[known.length - 1].number : -1;
  const whole = last.length && last[0].number < newest ? [] : known;
  const from = whole.length ? newest : -1;
  const fresh = last.filter(({ number }) => number > from).map((pulse) => ({ ...pulse, time: Date.parse(pulse.time) }));
  return [...whole, ...fresh.reverse()].filter(({ time }) => time >= since);
}

export class Pulses {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("pulses", context);
    this.context = context;
    this.place = html("div", { class: "strips" });
    this.outputs = new Map();
    /** Between the meter's clock and this computer's [ms]. @type {number | null} */
    this.ahead = null;
    this.list = html("div", { class: "outputs" });
    this.card.body.replaceChildren(this.list, this.place);
    this.plot = new Plot(this.place, "pulses of the last minute", () => this.redraw());
    this.card.offerTable(() => ({ caption: "pulses of the last minute, the newest first", head: ["Output", "Number", "Time", "Width"], rows: this.rows().reverse().map(([output, number, time, width]) => [`Output ${output}`, counted(number), stamp(time), `${Math.round(1e3 * width)} ms`]) }));
    this.card.offerCsv(() => [["output", "number", "time", "width [s]"], ...this.rows()]);
    this.card.offerPng(this.plot.root);
    this.take = { pulses: (data) => this.update(data) };
    this.draw = { meter: () => this.redraw(), pulses: () => this.redraw() };
    setInterval(() => this.redraw(), STEP);
  }

  update({ outputs }) {
    for (const { output, count, pending, last } of outputs) {
      const found = this.outputs.get(output) ?? this.begin(output);
      const newest = found.pulses[found.pulses.length - 1]?.number ?? -1;
      const now = Date.parse(this.context.clock());
      found.pulses = added(found.pulses, last, now - SPAN);
      if (found.begun) this.flash(found, found.pulses.filter(({ number }) => number > newest));
      found.begun = true;
      write(found.count, counted(count));
      write(found.pending, pending ? `${counted(pending)} waiting` : "");
    }
  }

  begin(output) {
    const found = { pulses: [], begun: false, lamp: html("i", { class: "lamp", "aria-hidden": "true" }), count: html("b"), pending: html("small"),
      line: svg("path", { class: "grid" }), marks: svg("path", { class: "mark" }), name: svg("text", {}, String(output)) };
    this.list.append(html("div", {}, found.lamp, html("span", {}, `Output ${output}`), found.count, found.pending));
    this.plot.root.append(found.line, found.marks, found.name);
    this.outputs.set(output, found);
    return found;
  }

  /** They come by the handful: each flashes when its turn is. */
  flash(found, fresh) {
    if (!fresh.length || document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const last = fresh.slice(-5);
    const first = last[0].time;
    for (const { time } of last) {
      setTimeout(() => found.lamp.classList.add("on"), time - first);
      setTimeout(() => found.lamp.classList.remove("on"), time - first + FLASH);
    }
  }

  /** The meter's time now, which goes on between its words; it stands when the stream does. */
  get now() {
    return Date.parse(this.context.clock());
  }

  redraw() {
    const { plot, now } = this;
    if (!plot.drawable || !this.outputs.size || Number.isNaN(now)) return;
    const { em, width, height } = plot;
    const step = (height - 1.6 * em) / this.outputs.size;
    const [left, room] = [1.6 * em, width - 1.8 * em];
    let n = 0;
    for (const found of this.outputs.values()) {
      const foot = (n += 1) * step - 2;
      set(found.line, { d: `M${left} ${foot}h${room}` });
      set(found.name, { x: 0, y: foot - 0.2 * step });
      set(found.marks, { d: found.pulses.filter(({ time }) => time >= now - SPAN).map(({ time }) =>
        `M${(left + room * Math.min(1, 1 - (now - time) / SPAN)).toFixed(1)} ${foot}v${(-0.7 * step).toFixed(1)}`).join("") });
    }
    this.axis(left, room, height, em);
  }

  axis(left, room, height, em) {
    this.texts ??= ["60 s ago", "30 s", "now"].map((text, n) => {
      const place = svg("text", { class: ["", "below", "side"][n] }, text);
      this.plot.root.append(place);
      return place;
    });
    this.texts.forEach((text, n) => set(text, { x: left + (room * n) / 2, y: height - 0.2 * em }));
  }

  rows() {
    return [...this.outputs].flatMap(([output, { pulses }]) =>
      pulses.map(({ number, time, width }) => [output, number, new Date(time).toISOString(), width]));
  }
}
