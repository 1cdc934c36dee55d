/** Live: what the meter measures, asked gently and only while somebody looks. */

import { Phasors } from "../phasors.js";
import { Readings } from "../readings.js";
import { Wiring } from "../wiring.js";
import { html, write } from "../elements.js";
import { energy, sentence, stamp } from "../format.js";
import { get } from "../server.js";
import { keep, kept } from "../kept.js";
import { labelled, remarks, select } from "./parts.js";

/** Between readings [s]. */
const PACES = /** @type {[string, string][]} */ ([["1", "every second"], ["2", "every 2 s"], ["5", "every 5 s"], ["10", "every 10 s"], ["0", "not at all"]]);

export class Live {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   */
  constructor(place, context) {
    Object.assign(this, { place, context, gone: false, wiring: "", timer: 0, cards: /** @type {any[]} */ ([]), last: null });
    this.pace = select(PACES, kept("pace", "2"), { id: "pace" });
    this.pace.addEventListener("change", () => {
      keep("pace", this.pace.value);
      this.next(0);
    });
    this.state = html("p", { class: "remark", role: "status" });
    this.board = html("div", { class: "board" });
    place.replaceChildren(html("div", { class: "bar" }, labelled("Read", this.pace), this.state), this.board);
    this.watch = () => !document.hidden && this.next(0);
    document.addEventListener("visibilitychange", this.watch);
    this.ask();
  }

  close() {
    this.gone = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.watch);
  }

  next(seconds) {
    clearTimeout(this.timer);
    if (!this.gone && this.pace.value !== "0") this.timer = setTimeout(() => this.ask(), 1000 * seconds);
  }

  async ask() {
    if (document.hidden) return;
    // Once only, also where a button asks while an answer is awaited.
    const mine = (this.turn = (this.turn ?? 0) + 1);
    try {
      const found = await get(`/api/meters/${this.context.meter.id}/live`);
      if (this.gone || mine !== this.turn) return;
      this.show(found);
      this.context.complain("");
    } catch (error) {
      if (this.gone || mine !== this.turn) return;
      this.place.classList.add("stale");
      write(this.state, this.last ? `old: last read ${stamp(this.last)}` : "nothing read yet");
      this.context.complain(sentence(error.message));
    }
    this.next(Number(this.pace.value));
  }

  show(found) {
    if (this.wiring !== found.wiring_type) this.rebuild(found.wiring_type);
    this.last = found.time;
    this.place.classList.remove("stale");
    write(this.state, `read ${stamp(found.time)}`);
    // Angles of the phasors' table come with the readings.
    for (const topic of ["readings", "phasors", "wiring"]) {
      for (const { draw } of this.cards) draw[topic]?.(found[topic]);
    }
    this.plate(found);
    this.notes(found.phasors.notes);
  }

  /** The cards of the meter's own page, anew for another wiring. */
  rebuild(wiring) {
    this.wiring = wiring;
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("live"));
    this.board.replaceChildren(template.content.cloneNode(true));
    const { meter, table, complain } = this.context;
    const context = { meter: { id: meter.serial_number ?? meter.member, model: meter.member, wiring, quantities: table.quantities }, clock: () => this.last, complain };
    this.cards = [new Readings(context), new Phasors(context), new Wiring(context)];
    this.method = html("div", {});
    this.board.querySelector("#phasors .body").append(this.method);
  }

  notes(lines) {
    if (this.method.textContent !== lines.join("")) this.method.replaceChildren(remarks(lines, "remarks"));
  }

  plate({ facts }) {
    const { meter } = this.context;
    const value = (id) => facts[id] && `${facts[id].value} ${facts[id].unit}`.trim();
    const ratio = facts.ct_primary && facts.ct_secondary ? `${facts.ct_primary.value}/${facts.ct_secondary.value} A` : value("ct_primary");
    const rows = [
      ["Model", meter.model || meter.text], ["Serial number", meter.serial_number], ["Program", meter.version],
      ["Current transformers", ratio], ["Voltage transformers", value("vt_ratio")],
      ["Import", counter(facts, "active_energy_import")], ["Export", counter(facts, "active_energy_export")],
      ["Tariff", value("tariff_active")], ["Clock of the meter", value("clock")?.replace("T", " ")],
      ["Status", facts.status && (facts.status.join(", ") || "nothing to report")],
    ].filter(([, text]) => text !== undefined && text !== null && text !== "" && text !== false);
    const list = html("dl", { class: "facts" }, ...rows.map(([name, text]) => html("div", {}, html("dt", {}, name), html("dd", {}, String(text)))));
    const body = this.board.querySelector("#plate .body");
    if (body.textContent !== list.textContent) body.replaceChildren(list);
  }
}

/** A counter; its exact register, which only some meters have, does not roll over. */
function counter(facts, id) {
  const [exact, rolling] = [facts[`${id}_exact`], facts[id]];
  if (exact) return `${energy(exact.value / 1e9)} kWh`;
  return rolling && `${energy(rolling.value)} ${rolling.unit}`;
}
