/** Wiring: what the check finds, and how to connect instead. */

import { Card } from "./card.js";
import { html } from "./elements.js";
import { sentence } from "./format.js";

/**
 * What stands above the findings, and how: it never says less than they do.
 * @param {{suspect: boolean, checked: boolean, lacks: string | null,
 *   findings: {kind: string, suspect: boolean}[]}} found
 * @returns {{text: string, look: boolean, idle?: boolean}}
 */
export function verdict({ suspect, checked, lacks, findings }) {
  if (suspect || findings.some((each) => each.suspect)) return { text: "Voltages and currents stand to each other as wrong wiring makes them.", look: true };
  if (findings.some(({ kind }) => kind.startsWith("voltage"))) {
    const currents = checked === false ? `Nothing else to check: no ${lacks}` : "Currents fit their voltages";
    return { text: `${currents}; the voltages are not as usual.`, look: true };
  }
  if (findings.length) return { text: "This may be as it should, or wrong wiring.", look: true };
  if (checked === false) return { text: `Nothing to check: no ${lacks}.`, look: false, idle: true };
  return { text: "Voltages and currents stand to each other as they should.", look: false };
}

export class Wiring {
  /** @param {import("./card.js").Context} context */
  constructor(context) {
    this.card = new Card("wiring", context);
    this.draw = { wiring: (data) => this.update(data) };
  }

  update(data) {
    const { text, look, idle } = verdict(data);
    const list = html("ul", { class: "findings" }, ...data.findings.map(finding));
    this.card.body.replaceChildren(html("p", { class: `verdict ${look ? "look" : idle ? "idle" : "good"}` }, text), list);
  }
}

/** What is wrong, and behind the colon what to change. */
function finding({ text, suspect, phases }) {
  const [what, ...change] = text.split(": ");
  const parts = [html("b", {}, sentence(what))];
  if (change.length) parts.push(html("span", {}, sentence(change.join(": "))));
  return html("li", { class: suspect ? "look" : "hint", "data-phases": phases.join(" ") }, ...parts);
}
