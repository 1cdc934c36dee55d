/** Events: the meter's log, the newest first. */

import { Card } from "./card.js";
import { html, write } from "./elements.js";
import { ZONE, counted, sentence, stamp } from "./format.js";
import { get } from "./server.js";

const PAGE = 50;
/** The most that is shown; all of it is in the file that `x96 events` writes. */
const MOST = 1000;

/**
 * The log with what is new before it.
 * @param {{number: number}[]} known newest first
 * @param {{number: number}[]} fresh newest first
 */
export function joined(known, fresh) {
  const oldest = fresh.length ? fresh[fresh.length - 1].number : Infinity;
  // More has come than was told: what is known no longer adjoins.
  if (known.length && fresh.length && oldest > known[0].number + 1) return fresh;
  return [...fresh, ...known.filter(({ number }) => number < oldest)].slice(0, MOST);
}

export class Events {
  /** @param {import("./card.js").Context & {address: string}} context */
  constructor(context) {
    this.card = new Card("events", context);
    this.card.sayZone();
    this.context = context;
    this.events = [];
    this.count = html("p", { class: "remark" });
    this.list = html("ol", { class: "log" });
    this.more = html("button", { type: "button", class: "more" }, "Earlier ones");
    this.more.addEventListener("click", () => this.earlier().catch((error) => context.complain(error.message)));
    const place = html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "events, the newest first" }, this.list, this.more);
    this.card.body.replaceChildren(this.count, place);
    this.card.offerCsv(() => this.file());
    this.draw = { events: (data) => this.update(data) };
  }

  update({ count, events }) {
    this.events = joined(this.events, events);
    write(this.count, `${counted(count)} since manufacture, times of ${ZONE}`);
    this.redraw();
  }

  async earlier() {
    const last = this.events[this.events.length - 1]?.number;
    const { events } = await get(`${this.context.address}/log?limit=${PAGE}${last ? `&before=${last}` : ""}`);
    this.events = [...this.events, ...events].slice(0, MOST);
    this.redraw();
    if (events.length < PAGE) this.more.hidden = true;
  }

  redraw() {
    if (!this.events.length) this.list.replaceChildren(html("li", { class: "none" }, "Nothing since the program was started."));
    else this.list.replaceChildren(...this.events.map(entry));
    const last = this.events[this.events.length - 1]?.number;
    if (last !== undefined && last <= 1) this.more.hidden = true;
  }

  file() {
    const rows = this.events.map(({ number, time, kind, text }) => [number, time, kind, text]);
    return [["number", "time", "kind", "text"], ...rows];
  }
}

function entry({ number, time, kind, text }) {
  const words = html("span", {}, html("b", {}, sentence(kind.replaceAll("_", " "))), text ? `, ${text}` : "");
  return html("li", { title: `number ${number}` }, html("time", { datetime: time }, stamp(time)), words);
}
