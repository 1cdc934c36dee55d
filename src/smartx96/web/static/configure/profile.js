/** Profile: all settings of a meter as a file, and a file compared with what it has. */

import { html } from "../elements.js";
import { post } from "../server.js";
import { Changes } from "./changes.js";
import { worded } from "./field.js";
import { button, card, input, labelled, listed } from "./parts.js";
import { pending } from "./settings.js";

/** Largest file of settings [bytes]; the server says so too. */
const LARGEST = 100_000;

export class Profile {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   */
  constructor(place, context) {
    Object.assign(this, { place, context });
    this.address = `/api/meters/${context.meter.id}`;
    this.table = new Map(context.table.groups.flatMap((group) => group.settings.map((each) => [each.id, each])));
    this.file = input({ type: "file", accept: ".toml,text/plain", id: "profile" });
    this.file.addEventListener("change", () => this.compare().catch((error) => context.complain(error.message)));
    this.told = html("div", { class: "whole", role: "region", "aria-label": "comparison", "aria-live": "polite" });
    const save = html("a", { class: "button main", href: `${this.address}/profile.toml`, download: "" }, "Download");
    place.replaceChildren(html("div", { class: "columns" },
      card("Take along", {}, html("p", {}, "All settings of this meter, with what each may be, as a file that people read and programs take."), html("div", { class: "buttons" }, save)),
      card("Compare and push", {}, labelled("File of settings", this.file, "Nothing is written by choosing one. What belongs to one meter and its line is left alone where the file is of another."))), this.told);
  }

  async compare() {
    const [file] = this.file.files;
    this.told.replaceChildren();
    this.context.complain("");
    if (!file) return;
    if (file.size > LARGEST) throw new Error(`${file.name}: larger than ${LARGEST} bytes, the most that a file of settings may have`);
    const answer = await post(`${this.address}/compare`, { name: file.name, text: await file.text() }, { patience: 60_000, keepalive: false });
    // The same file may be chosen again, once it is put right.
    this.file.value = "";
    this.show(await answer.json(), file.name);
  }

  show({ differences, left, same, compared, settings }, name) {
    const rows = differences.map(({ id, here, there }) => [this.label(id), this.value(id, there), html("b", {}, this.value(id, here))]);
    const heading = html("h2", {}, same ? `${name}: nothing differs` : `${name}: ${differences.length} of ${compared} settings differ`);
    const kept = left.length ? [html("p", { class: "remark" }, `Left alone, as they belong to one meter and its line: ${left.map(({ label }) => label).join(", ")}.`)] : [];
    const table = rows.length ? [html("div", { class: "wide" }, listed(["Setting", "the meter has", "the file says"], rows, "differences"))] : [];
    const reasons = Object.fromEntries(left.map(({ id }) => [id, ""]));
    const acts = same ? [] : [html("div", { class: "buttons" },
      button("Edit in the form", () => this.edit(settings)),
      button("What will change", () => new Changes(this.context, settings, reasons).open(() => this.told.replaceChildren()), { main: true, complain: this.context.complain }))];
    this.told.replaceChildren(html("section", { class: "card" }, html("header", {}, heading), ...table, ...kept, ...acts));
  }

  /** Put its values into the form, where they can be changed before they are written. */
  edit(settings) {
    const changes = pending(this.context);
    for (const [id, value] of Object.entries(settings)) changes.set(id, value);
    location.hash = location.hash.replace("#/profile", "#/settings");
  }

  label(id) {
    return this.table.get(id)?.label ?? id;
  }

  value(id, value) {
    if (value === null) return "unknown";
    const setting = this.table.get(id);
    return setting && typeof value === "number" ? worded(setting, setting.names.find(([, name]) => name === String(value))?.[0] ?? value) : String(value);
  }
}
