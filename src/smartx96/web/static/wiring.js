/** Wiring: what the check finds, and how to connect instead. */

import { Card } from "./card.js";
import { html } from "./elements.js";
import { sentence } from "./format.js";

export class Wiring {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("wiring", context);
    this.draw = { wiring: (data) => this.update(data) };
  }

  update({ suspect, findings }) {
    const verdict = suspect
      ? "Voltages and currents stand to each other as wrong wiring makes them."
      : "Voltages and currents stand to each other as they should.";
    const list = html("ul", { class: "findings" }, ...findings.map(finding));
    this.card.body.replaceChildren(html("p", { class: suspect ? "verdict look" : "verdict good" }, verdict), list);
  }
}

/** What is wrong, and behind the colon what to change. */
function finding({ text, suspect, phases }) {
  const [what, ...change] = text.split(": ");
  const parts = [html("b", {}, sentence(what))];
  if (change.length) parts.push(html("span", {}, sentence(change.join(": "))));
  return html("li", { class: suspect ? "look" : "hint", "data-phases": phases.join(" ") }, ...parts);
}
