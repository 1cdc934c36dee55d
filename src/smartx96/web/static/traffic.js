/** Traffic: who reads the meter over Modbus, how often, and with what error. */

import { Card } from "./card.js";
import { html, write } from "./elements.js";
import { clock, counted, fixed } from "./format.js";
import { fill, reachable, wide } from "./table.js";

export class Traffic {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("traffic", context);
    this.card.sayZone();
    this.data = { ports: [], clients: [], requests: [], last: [] };
    this.ports = html("p", { class: "remark" });
    this.clients = html("table");
    this.requests = html("table", { class: "asked" });
    this.last = html("table", { class: "newest" });
    this.card.body.replaceChildren(this.ports, ...[[this.clients, "clients"], [this.requests, "most frequent requests"], [this.last, "newest requests"]].map(([table, label]) => wide(table, label)));
    reachable(this.card.body, "who reads the meter", this.clients, this.requests, this.last);
    this.card.offerCsv(() => [["time", "client", "unit", "asked", "values", "outcome"], ...this.data.last.map((each) => [each.time, each.client, each.unit, each.asked, each.values, each.outcome])]);
    this.draw = { traffic: (data) => this.update(data) };
  }

  update(data) {
    this.data = data;
    const ports = data.ports.map(({ name, spoken }) => `${spoken} on ${name}`).join(", ");
    const quiet = data.clients.length ? "" : " Nobody has asked yet.";
    write(this.ports, ports ? `${ports}.${quiet}` : "No port is open.");
    for (const table of [this.clients, this.requests, this.last]) table.parentElement.hidden = !data.clients.length;
    fill(this.clients, ["Client", "Requests", "Errors", "Silent", "Last"], data.clients.map((each) => [
      each.client, counted(each.requests), errors(each.exceptions), counted(each.silent), clock(each.last)]), "clients");
    fill(this.requests, ["Request", "Client", "Every", "Requests", "Errors"], data.requests.map((each) => [
      [each.asked, each.values].filter(Boolean).join(" "), each.client, pace(each.intervals?.median), counted(each.requests), errors(each.exceptions)]), "most frequent");
    fill(this.last, ["Time", "Client", "Asked", "Outcome"], data.last.map((each) => [
      clock(each.time, { thousandths: true }), each.client, [each.asked, each.values].filter(Boolean).join(" "), each.outcome]), "newest");
  }
}

const pace = (seconds) => {
  if (seconds === null || seconds === undefined) return "\u2013";
  return seconds < 1 ? `${fixed(1e3 * seconds, 0)} ms` : `${fixed(seconds, 1)} s`;
};

/** Exceptions and how often, such as `illegal data address 3`. */
function errors(exceptions) {
  const found = Object.entries(exceptions ?? {}).map(([name, count]) => `${name} ${counted(count)}`);
  return found.join(", ") || "0";
}
