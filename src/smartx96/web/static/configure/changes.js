/** Changes: what will be written, what that brings about, and what became of each setting. */

import { html } from "../elements.js";
import { post } from "../server.js";
import { Dialog } from "./dialog.js";
import { worded } from "./field.js";
import { started } from "./job.js";
import { listed, remarks } from "./parts.js";

/** A line at 2400 bit/s, with retries, takes its time [ms]. */
const PATIENCE = 60_000;

/** What became of a setting, in words. */
const STATES = {
  same: "was so already",
  written: "written, and read back",
  differs: "taken, but the meter has another value",
  refused: "refused by the meter",
  "not written": "not written",
  "in doubt": "in doubt: the meter did not tell",
};
const GOOD = new Set(["same", "written"]);

export class Changes {
  /**
   * @param {any} context
   * @param {Record<string, number | string>} settings what is wanted, by id
   * @param {Record<string, string>} [left] what is left alone, and why
   */
  constructor(context, settings, left = {}) {
    Object.assign(this, { context, settings, left });
    this.address = `/api/meters/${context.meter.id}`;
    this.table = new Map(context.table.groups.flatMap((group) => group.settings.map((each) => [each.id, each])));
  }

  /**
   * Show them.
   * @param {() => unknown} after called once something was written
   */
  async open(after) {
    const answer = await post(`${this.address}/plan`, { settings: this.settings }, { patience: PATIENCE, keepalive: false });
    const plan = await answer.json();
    if (!plan.changes.length) {
      this.context.complain("The meter has these values already: there is nothing to write.");
      return;
    }
    new Dialog(this.context, {
      title: "What will change", after: "What became of it",
      content: [this.changes(plan.changes), ...this.leftAlone()],
      notes: plan.notes,
      password: plan.protected.length > 0,
      action: `Write ${plan.changes.length === 1 ? "1 setting" : `${plan.changes.length} settings`}`,
      run: (password) => started(`${this.address}/write`, { settings: this.settings, changes: plan.changes, password }),
      told: (job) => this.told(job.result),
    }).open(after);
  }

  changes(changes) {
    const rows = changes.map(({ id, old, new: wanted }) => [this.label(id), this.value(id, old), html("b", {}, this.value(id, wanted))]);
    return html("div", { class: "wide" }, listed(["Setting", "now", "then"], rows, "changes"));
  }

  leftAlone() {
    const ids = Object.keys(this.left);
    return ids.length ? [html("p", { class: "remark" }, `Left alone: ${ids.map((id) => this.label(id)).join(", ")}.`)] : [];
  }

  told({ done, failure, settings, notes, statement, meter }) {
    this.context.moved(meter);
    const rows = settings.map(({ id, wanted, after, state }) => [
      this.label(id), this.value(id, wanted), this.value(id, after),
      html("span", { class: GOOD.has(state) ? "good" : "look" }, STATES[state] ?? state),
    ]);
    const verdict = done ? "All of it is written, read back and as wanted." : `Not all of it is written: ${failure ?? statement}.`;
    return [
      html("p", { class: `verdict ${done ? "good" : "look"}`, role: "status" }, verdict),
      html("div", { class: "wide" }, listed(["Setting", "wanted", "the meter has", "what became of it"], rows, "what became of each setting")),
      ...(notes.length ? [remarks(notes, "notes")] : []),
    ];
  }

  label(id) {
    return this.table.get(id)?.label ?? id;
  }

  value(id, value) {
    const setting = this.table.get(id);
    return setting ? worded(setting, value) : String(value);
  }
}
