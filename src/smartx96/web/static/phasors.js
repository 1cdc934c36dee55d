/** Phasors: fundamentals of voltages and currents; angles from the right, counter-clockwise. */

import { Card } from "./card.js";
import { html, svg } from "./elements.js";
import { ABSENT, fixed, quantity } from "./format.js";
import { fill, wide } from "./table.js";

const RADIUS = 130;
const ROOM = 30;
/** Length of the largest current, so that its name stands apart from that of its voltage. */
const CURRENT = 0.66;
/** Half a name, across and along a line of text, and half an arrow's line with some air. */
const NAME = { x: 11, y: 8 };
const AIR = 3;
const PHASES = ["l1", "l2", "l3"];
const LINES = ["l1_l2", "l2_l3", "l3_l1"];
/** Names of voltages; the second where there is no neutral. */
const VOLTAGES = { true: ["U1", "U2", "U3"], false: ["U12", "U23", "U31"] };
const CURRENTS = ["I1", "I2", "I3"];
const SEQUENCES = { 1: "sequence L1\u2013L2\u2013L3", 2: "sequence L1\u2013L3\u2013L2, reversed" };

const point = (size, degrees) => {
  const angle = (degrees * Math.PI) / 180;
  return [size * Math.cos(angle), -size * Math.sin(angle)];
};
const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
const degrees = (value) => (value === null || value === undefined ? ABSENT : `${fixed(value, 1)}\u00b0`);

export class Phasors {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("phasors", context);
    this.data = { voltage: [], current: [] };
    this.angles = [];
    const edge = RADIUS + ROOM;
    this.arrows = svg("g");
    this.root = svg("svg", { class: "chart phasors", role: "img", "aria-label": "phasor diagram, values in the table beside it",
      viewBox: `${-edge} ${-edge} ${2 * edge} ${2 * edge}` }, ...circle(), this.arrows);
    this.table = html("table", { class: "angles" });
    this.card.body.replaceChildren(this.root, wide(this.table, "angles"));
    this.card.offerCsv(() => this.file());
    this.card.offerPng(this.root);
    this.draw = { phasors: (data) => this.update(data), readings: (data) => this.take(data.values) };
  }

  take(values) {
    this.angles = PHASES.map((phase) => values[`phase_angle_${phase}`]);
  }

  update(data) {
    this.data = data;
    const found = [
      ...this.three(data.voltage, this.voltages, "voltage", RADIUS),
      ...this.three(data.current, CURRENTS, "current", RADIUS * CURRENT),
    ];
    const places = placed(found);
    this.arrows.replaceChildren(...found.flatMap(arrow), ...found.map(({ phase, name }, n) =>
      svg("text", { class: `name ${phase}`, x: places[n][0].toFixed(1), y: places[n][1].toFixed(1) }, name)));
    const there = PHASES.map((_, n) => n).filter((n) => data.voltage[n] || data.current[n]);
    fill(this.table, ["", "U", "\u2220U", "I", "\u2220I", "\u03c6"], there.map((n) => this.row(n)), SEQUENCES[data.sequence]);
  }

  get voltages() {
    return VOLTAGES[this.card.context.meter.wiring !== "3p3w"];
  }

  row(n) {
    const [u, i] = [this.data.voltage[n], this.data.current[n]];
    return [`${this.voltages[n]}, ${CURRENTS[n]}`, quantity(u?.rms, "V"), degrees(u?.angle), quantity(i?.rms, "A"), degrees(i?.angle), degrees(this.angles[n])];
  }

  three(phasors, names, kind, length) {
    const largest = Math.max(0, ...phasors.map((phasor) => phasor?.rms ?? 0));
    return phasors.flatMap((phasor, n) => {
      if (!phasor || phasor.rms <= 1e-3 * largest) return [];
      return [{ size: (phasor.rms / largest) * length, angle: phasor.angle, kind, phase: PHASES[n], name: names[n] }];
    });
  }

  file() {
    const places = { voltage: this.card.context.meter.wiring === "3p3w" ? LINES : PHASES, current: PHASES };
    const rows = Object.entries(places).flatMap(([kind, ends]) =>
      this.data[kind].map((phasor, n) => [kind, ends[n], phasor?.rms, kind === "voltage" ? "V" : "A", phasor?.angle]));
    return [["kind", "phase", "rms", "unit", "angle [deg]"], ...rows];
  }
}

function circle() {
  const rays = Array.from({ length: 12 }, (_, n) => svg("path", { class: "grid", d: `M0 0L${at(point(RADIUS, 30 * n))}` }));
  const inner = svg("circle", { class: "grid", r: RADIUS / 2 });
  return [...rays, inner, svg("circle", { class: "rim", r: RADIUS })];
}

function arrow({ size, angle, kind, phase }) {
  const head = Math.min(12, size / 2);
  const tip = point(size, angle);
  const side = (way) => {
    const [x, y] = point(size - head, angle);
    const [dx, dy] = point(head * 0.38, angle + way * 90);
    return [x + dx, y + dy];
  };
  return [
    svg("path", { class: `${kind} ${phase}`, d: `M0 0L${at(point(size - 0.8 * head, angle))}` }),
    svg("path", { class: `head ${phase}`, d: `M${at(tip)}L${at(side(1))}L${at(point(size - 0.8 * head, angle))}L${at(side(-1))}Z` }),
  ];
}

/**
 * Where the names of arrows stand: beyond the tip, else beside it, clear of arrows and of each other.
 * @param {{size: number, angle: number, name: string}[]} arrows
 * @returns {number[][]} middles of the names
 */
export function placed(arrows) {
  const tips = arrows.map(({ size, angle }) => point(size, angle));
  const found = [];
  for (const [n, { size, angle, name }] of arrows.entries()) {
    const width = NAME.x + Math.max(0, name.length - 2) * 4;
    const room = { x: width + AIR, y: NAME.y + AIR };
    const free = (middle) => found.every((other) => apart(middle, other, 2 * width, 2 * NAME.y)) &&
      tips.every((tip) => !crosses(tip, middle, room));
    const places = candidates(size, angle, width);
    found[n] = places.find(free) ?? places[0];
  }
  return found;
}

/** Beyond the tip and beside it, the nearest first. */
function candidates(size, angle, width) {
  const [cos, sin] = point(1, angle);
  const beyond = [0, 10, 20].map((far) => point(size + 4.5 + Math.abs(width * cos) + Math.abs(NAME.y * sin) + far, angle));
  const beside = [0, 14, 28, 42].flatMap((back) => [14, 20, 26].flatMap((far) => [-1, 1].map((way) => {
    const [[x, y], [dx, dy]] = [point(size - 4 - back, angle), point(far, angle + 90 * way)];
    return [x + dx, y + dy];
  })));
  return [beyond[0], ...beside, ...beyond.slice(1)].filter((middle) => Math.hypot(...middle) < RADIUS + ROOM - NAME.x);
}

const apart = (one, other, width, height) => Math.abs(one[0] - other[0]) >= width || Math.abs(one[1] - other[1]) >= height;

/** Whether the line from the middle to a tip comes into the room around a name. */
function crosses([x, y], [left, top], room) {
  let [from, to] = [0, 1];
  for (const [way, middle, half] of [[x, left, room.x], [y, top, room.y]]) {
    if (Math.abs(way) < 1e-9) {
      if (Math.abs(middle) > half) return false;
    } else {
      const ends = [(middle - half) / way, (middle + half) / way];
      [from, to] = [Math.max(from, Math.min(...ends)), Math.min(to, Math.max(...ends))];
    }
  }
  return from <= to;
}
