/** Plot: a chart in its place, as large as that is; and frames in it, with their axes. */

import { set, svg, write } from "./elements.js";

/** @typedef {import("./scale.js").Scale} Scale */
/** @typedef {{left: number, top: number, width: number, height: number}} Region */

/** A drawing that fills its place and is drawn anew when that changes. */
export class Plot {
  /**
   * @param {Element} host
   * @param {string} label what it is, for those who do not see it
   * @param {() => void} redraw
   */
  constructor(host, label, redraw) {
    this.host = host;
    this.root = svg("svg", { class: "chart", role: "img", "aria-label": label });
    this.width = this.height = 0;
    host.append(this.root);
    new ResizeObserver(() => {
      this.measure();
      redraw();
    }).observe(host);
    this.measure();
  }

  /** Take the size of the place. */
  measure() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
    /** Height of a letter, by which all distances go. */
    this.em = parseFloat(getComputedStyle(this.root).fontSize) || 12;
    if (this.width && this.height) {
      set(this.root, { viewBox: `0 0 ${this.width} ${this.height}`, width: this.width, height: this.height });
    }
  }

  /** Whether there is room to draw. */
  get drawable() {
    return this.width > 40 && this.height > 40;
  }
}

/** Axes around a region of a plot; redrawn only where they change. */
export class Frame {
  /** @param {Plot} plot */
  constructor(plot) {
    this.plot = plot;
    this.axes = svg("g", { "aria-hidden": "true" });
    this.data = svg("g");
    this.front = svg("g", { "aria-hidden": "true" });
    plot.root.append(this.axes, this.data, this.front);
    this.drawn = "";
  }

  /**
   * @param {Region} region
   * @param {Scale} x
   * @param {Scale} y
   * @param {{unit?: string, below?: boolean, xUnit?: string}} [texts]
   */
  draw(region, x, y, texts = {}) {
    Object.assign(this, { region, xScale: x, yScale: y });
    const words = [x, y].map((scale) => scale.ticks.map(scale.text).join());
    const state = JSON.stringify([region, this.plot.em, x.low, x.high, y.low, y.high, words, texts]);
    if (state === this.drawn) return;
    this.drawn = state;
    this.axes.replaceChildren(...this.rows(texts), ...this.columns(texts));
  }

  /** @param {number} value */
  x(value) {
    return this.region.left + this.xScale.share(value) * this.region.width;
  }

  /** @param {number} value */
  y(value) {
    return this.region.top + (1 - this.yScale.share(value)) * this.region.height;
  }

  /**
   * The course of some points; it breaks off where there is none.
   * @param {number[]} xs
   * @param {(number | null)[]} ys
   * @param {number} [gap] the longest distance over which points belong together
   * @returns {string}
   */
  path(xs, ys, gap = Infinity) {
    let found = "";
    let last = -Infinity;
    let single = false;
    xs.forEach((x, n) => {
      if (ys[n] === null || ys[n] === undefined) return;
      const begins = x - last > gap || last === -Infinity || ys[n - 1] === null;
      if (begins && single) found += "h.1";
      found += `${begins ? "M" : "L"}${this.x(x).toFixed(1)} ${this.y(ys[n]).toFixed(1)}`;
      single = begins;
      last = x;
    });
    return single ? `${found}h.1` : found;
  }

  rows({ unit = "" }) {
    const { left, top, width } = this.region;
    const { em } = this.plot;
    const lines = this.yScale.ticks.flatMap((tick) => {
      const y = this.y(tick);
      const line = svg("path", { class: tick === 0 ? "zero" : "grid", d: `M${left} ${y.toFixed(1)}h${width}` });
      const text = svg("text", { class: "side", x: left - 0.6 * em, y: (y + 0.35 * em).toFixed(1) });
      write(text, this.yScale.text(tick));
      return [line, text];
    });
    if (!unit) return lines;
    return [...lines, svg("text", { class: "unit", x: left, y: top - 0.75 * em }, unit)];
  }

  columns({ below = true, xUnit = "" }) {
    const { left, top, width, height } = this.region;
    const { em } = this.plot;
    return this.xScale.ticks.flatMap((tick, n) => {
      const x = this.x(tick);
      const line = svg("path", { class: "grid", d: `M${x.toFixed(1)} ${top}v${height}` });
      if (!below) return [line];
      const last = n === this.xScale.ticks.length - 1 && xUnit;
      const near = left + width - x < 1.5 * em;
      const text = svg("text", { class: near ? "side" : "below", x: near ? left + width : x, y: top + height + 1.5 * em });
      write(text, last ? `${this.xScale.text(tick)} ${xUnit}` : this.xScale.text(tick));
      return [line, text];
    });
  }
}
