/** The chooser: every meter with a small live face; only those that are to be seen are asked. */

import { parsed, renamed } from "./drawing.js";
import { html, write } from "./elements.js";
import { quantity, significant } from "./format.js";
import { Glass } from "./glass.js";
import { header } from "./header.js";
import { Refusal, get, text } from "./server.js";
import { listen } from "./stream.js";

/** Between two looks at a meter [ms]. */
const PACE = 1000;
/** Looks at once: a browser has six connections to a server for all of its pages. */
const AT_ONCE = 3;
const TOPICS = ["panel", "meter", "readings"];

/** Faces by model. @type {Map<string, Promise<string>>} */
const faces = new Map();

/** A face of which nothing can be pressed, with ids of its own. */
async function faceOf(meter, address, prefix) {
  if (!faces.has(meter.model)) faces.set(meter.model, text(`${address}/face.svg`));
  const drawn = await faces.get(meter.model).catch((error) => {
    faces.delete(meter.model);
    throw error;
  });
  const face = parsed(renamed(drawn, prefix));
  for (const key of face.querySelectorAll(".key")) {
    for (const name of ["role", "tabindex", "aria-label"]) key.removeAttribute(name);
  }
  face.setAttribute("aria-hidden", "true");
  return face;
}

class Entry {
  constructor(meter, number) {
    Object.assign(this, { meter, glass: null, visible: false, busy: false, due: 0 });
    this.address = `/api/meters/${encodeURIComponent(meter.id)}`;
    this.place = html("div", { class: "small-face" });
    this.words = html("span", { class: "remark" }, " ");
    this.link = html("a", { href: `/meters/${encodeURIComponent(meter.id)}/` }, this.place,
      html("b", {}, meter.id), html("span", { class: "remark" }, `SMART ${meter.model}, ${meter.wiring}, number ${meter.serial_number}`), this.words);
    this.item = html("li", {}, this.link);
    this.prefix = `m${number}-`;
  }

  async look() {
    this.glass ??= await this.begin();
    const found = await first(`${this.address}/events?topics=${TOPICS}`);
    this.glass.show(found.panel);
    const { active_power: power, power_factor: factor, frequency } = found.readings.values;
    const words = [quantity(power, "W"), `PF ${significant(factor, 4)}`, quantity(frequency, "Hz")];
    const faults = found.meter.status.filter((word) => !["warming up", "unlocked"].includes(word));
    write(this.words, found.meter.powered ? [...words, ...faults].join(", ") : "no power");
    this.item.classList.toggle("look", !found.meter.powered || faults.length > 0);
    this.item.classList.remove("stale");
  }

  async begin() {
    const face = await faceOf(this.meter, this.address, this.prefix);
    this.place.replaceChildren(face);
    return new Glass(face, this.prefix);
  }
}

/** What a stream tells at its beginning. */
async function first(path) {
  const found = {};
  const end = new AbortController();
  await listen(path, (name, data) => {
    found[name] = data;
    if (TOPICS.every((topic) => topic in found)) end.abort();
  }, end.signal).catch((error) => {
    if (!end.signal.aborted) throw error;
  });
  return found;
}

/** Look at those that are to be seen, the one that waits longest first. */
async function turn(entries) {
  for (;;) {
    const waiting = entries.filter((entry) => entry.visible && !entry.busy).sort((a, b) => a.due - b.due)[0];
    const wait = waiting && !document.hidden ? waiting.due - Date.now() : 200;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 200)));
    else await attended(waiting);
  }
}

async function attended(entry) {
  entry.busy = true;
  try {
    await entry.look();
    write(document.getElementById("refusal"), "");
    entry.due = Date.now() + PACE;
  } catch (error) {
    entry.item.classList.add("stale");
    write(document.getElementById("refusal"), error instanceof Refusal ? error.message : "no connection: what is shown is old");
    entry.due = Date.now() + 5 * PACE;
  } finally {
    entry.busy = false;
  }
}

async function start() {
  const { meters, token } = await get("/api/meters");
  header({ token });
  const entries = meters.map((meter, number) => new Entry(meter, number));
  document.getElementById("meters").replaceChildren(...entries.map(({ item }) => item));
  write(document.getElementById("count"), `${meters.length} meters`);
  const watch = new IntersectionObserver((found) => {
    for (const { target, isIntersecting } of found) entries.find(({ item }) => item === target).visible = isIntersecting;
  });
  for (const { item } of entries) watch.observe(item);
  for (let n = 0; n < AT_ONCE; n += 1) turn(entries);
}

start().catch((error) => {
  write(document.getElementById("refusal"), error instanceof Refusal ? error.message : "the server does not answer");
});
