/** Record: the test record of a meter in place, as a file. */

import { html } from "../elements.js";
import { keep, kept } from "../kept.js";
import { Progress, followed, started } from "./job.js";
import { button, card, input, labelled, remarks, select } from "./parts.js";

const FORMATS = /** @type {[string, string][]} */ ([["pdf", "PDF"], ["html", "HTML"]]);
const WIRINGS = /** @type {[string, string][]} */ ([["", "not said"], ["3p4w", "3P4W"], ["3p3w", "3P3W"], ["1p2w", "1P2W"]]);

export class Record {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   */
  constructor(place, context) {
    Object.assign(this, { place, context });
    this.where = input({ type: "text", maxlength: 200, id: "record-place" });
    this.by = input({ type: "text", maxlength: 100, id: "record-by", autocomplete: "name", value: kept("by", "") });
    this.remarks = /** @type {HTMLTextAreaElement} */ (html("textarea", { id: "record-remarks", rows: 4, maxlength: 2000 }));
    this.ct = input({ type: "text", id: "record-ct", maxlength: 9, placeholder: "400/5", autocomplete: "off" });
    this.vt = input({ type: "text", id: "record-vt", maxlength: 4, inputmode: "numeric", placeholder: "1", autocomplete: "off" });
    this.wiring = select(WIRINGS, "", { id: "record-wiring" });
    this.format = select(FORMATS, kept("format", "pdf"), { id: "record-format" });
    this.progress = new Progress();
    this.told = html("div", { class: "whole", "aria-live": "polite" });
    this.make = button("Check and record", () => this.run(), { main: true, complain: context.complain });
    const about = html("p", {}, "The meter is read for some seconds: identity, settings, values, phasors, wiring, clock. What looks wrong stands first. Nothing is written to the meter.");
    place.replaceChildren(card("Record", { wide: true }, about,
      html("div", { class: "row" }, labelled("Place", this.where, "where the meter is, and what it measures"), labelled("By", this.by)),
      html("fieldset", {}, html("legend", {}, "As the nameplates and the plan have it"),
        html("div", { class: "row" }, labelled("Current transformers", this.ct), labelled("Voltage transformers, ratio", this.vt), labelled("Wiring", this.wiring)),
        html("small", {}, "What is left empty is not compared with the settings.")),
      labelled("Remarks", this.remarks), labelled("File", this.format),
      html("div", { class: "buttons" }, this.make), this.progress.root), this.told);
  }

  async run() {
    keep("by", this.by.value);
    keep("format", this.format.value);
    this.context.complain("");
    this.told.replaceChildren();
    const body = { place: this.where.value, by: this.by.value, remarks: this.remarks.value, format: this.format.value,
      ...(this.ct.value.trim() ? { ct: this.ct.value.trim() } : {}), ...(this.vt.value.trim() ? { vt: Number(this.vt.value) } : {}), ...(this.wiring.value ? { wiring: this.wiring.value } : {}) };
    const job = await followed(await started(`/api/meters/${this.context.meter.id}/record`, body), (each) => this.progress.show(each));
    if (job.state !== "done") throw new Error(job.error ?? "the record was not made");
    this.show(job);
  }

  show({ id, file, result: { verdict, good, findings, left } }) {
    const save = html("a", { class: "button main", href: `/api/jobs/${id}/file`, download: "" }, `Download ${file}`);
    this.told.replaceChildren(html("section", { class: "card" }, html("header", {}, html("h2", {}, "Recorded")),
      html("p", { class: `verdict ${good ? "good" : "look"}` }, verdict), ...(findings.length ? [remarks(findings, "notes")] : []),
      ...(left.length ? [remarks(left.map((line) => `Not judged: ${line}`), "remarks")] : []),
      html("div", { class: "buttons" }, save)));
    save.focus();
  }
}
