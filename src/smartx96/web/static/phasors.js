/** Phasors: fundamentals of voltages and currents; angles from the right, counter-clockwise. */

import { Card } from "./card.js";
import { html, svg } from "./elements.js";
import { ABSENT, fixed, quantity } from "./format.js";
import { fill } from "./table.js";

const RADIUS = 130;
const ROOM = 30;
/** Length of the largest current, so that its name stands apart from that of its voltage. */
const CURRENT = 0.66;
/** By which names of currents stand aside of a voltage that is in phase [degrees]. */
const ASIDE = 7;
const APART = 16;
const PHASES = ["l1", "l2", "l3"];
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
    this.card.body.replaceChildren(this.root, html("div", { class: "wide" }, this.table));
    this.card.offerCsv(() => this.file());
    this.card.offerPng(this.root);
    this.draw = { phasors: (data) => this.update(data), readings: (data) => this.take(data.values) };
  }

  take(values) {
    this.angles = PHASES.map((phase) => values[`phase_angle_${phase}`]);
  }

  update(data) {
    this.data = data;
    const taken = [];
    this.arrows.replaceChildren(
      ...this.three(data.voltage, this.voltages, "voltage", RADIUS, taken),
      ...this.three(data.current, CURRENTS, "current", RADIUS * CURRENT, taken),
    );
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

  three(phasors, names, kind, length, taken) {
    const largest = Math.max(0, ...phasors.map((phasor) => phasor?.rms ?? 0));
    return phasors.flatMap((phasor, n) => {
      if (!phasor || phasor.rms <= 1e-3 * largest) return [];
      const size = (phasor.rms / largest) * length;
      return arrow(size, phasor.angle, kind, PHASES[n], names[n], taken);
    });
  }

  file() {
    const rows = ["voltage", "current"].flatMap((kind) =>
      this.data[kind].map((phasor, n) => [kind, PHASES[n], phasor?.rms, kind === "voltage" ? "V" : "A", phasor?.angle]));
    return [["kind", "phase", "rms", "unit", "angle [deg]"], ...rows];
  }
}

function circle() {
  const rays = Array.from({ length: 12 }, (_, n) => svg("path", { class: "grid", d: `M0 0L${at(point(RADIUS, 30 * n))}` }));
  const inner = svg("circle", { class: "grid", r: RADIUS / 2 });
  return [...rays, inner, svg("circle", { class: "rim", r: RADIUS })];
}

function arrow(size, angle, kind, phase, name, taken) {
  const head = Math.min(12, size / 2);
  const tip = point(size, angle);
  const side = (way) => {
    const [x, y] = point(size - head, angle);
    const [dx, dy] = point(head * 0.38, angle + way * 90);
    return [x + dx, y + dy];
  };
  const [x, y] = place(size + 8 + 3.5 * name.length, angle - (kind === "current" ? ASIDE : 0), taken);
  return [
    svg("path", { class: `${kind} ${phase}`, d: `M0 0L${at(point(size - 0.8 * head, angle))}` }),
    svg("path", { class: `head ${phase}`, d: `M${at(tip)}L${at(side(1))}L${at(point(size - 0.8 * head, angle))}L${at(side(-1))}Z` }),
    svg("text", { class: `name ${phase}`, x: x.toFixed(1), y: y.toFixed(1) }, name),
  ];
}

/** Beyond the tip, further out while another name is there. */
function place(size, angle, taken) {
  let found = point(size, angle);
  for (let far = size; taken.some((other) => Math.hypot(found[0] - other[0], found[1] - other[1]) < APART); far += APART / 2) {
    found = point(far, angle);
  }
  taken.push(found);
  return found;
}
