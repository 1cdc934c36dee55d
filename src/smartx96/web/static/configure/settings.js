/** Settings: a form made from the table, of which nothing is written before it was looked at. */

import { html, write } from "../elements.js";
import { Refusal, get } from "../server.js";
import { Changes } from "./changes.js";
import { Field } from "./field.js";
import { button, card, input, tick } from "./parts.js";

export class Settings {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   */
  constructor(place, context) {
    Object.assign(this, { place, context, fields: /** @type {Field[]} */ ([]), gone: false });
    this.pending = pending(context);
    this.load().catch((error) => this.gone || context.complain(error.message));
  }

  close() {
    this.gone = true;
  }

  async load() {
    this.place.replaceChildren(html("p", { class: "remark wait" }, "Reading the settings \u2026"));
    const { values, wrong, hidden } = await get(`/api/meters/${this.context.meter.id}/settings`);
    if (this.gone) return;
    this.fields = [];
    const groups = this.context.table.groups.map((group) => this.group(group, values, wrong)).filter(Boolean);
    this.find = input({ type: "search", id: "find-setting", placeholder: "Find a setting", "aria-label": "find a setting" });
    this.find.addEventListener("input", () => this.sift());
    this.only = tick("not as delivered", { id: "only-changed" });
    this.only.box.addEventListener("change", () => this.sift());
    this.empty = html("p", { class: "remark nothing", hidden: true }, "No setting is like that.");
    const head = html("div", { class: "bar sift" }, this.find, this.only.element);
    const groupsPlace = html("div", { class: "groups" }, ...groups);
    const notes = hidden.length ? [html("p", { class: "remark" }, `${hidden.length} settings are not shown: nothing says that this meter has them.`)] : [];
    this.place.replaceChildren(zones(), head, this.empty, groupsPlace, ...notes, this.foot());
    this.counted();
  }

  group({ name, settings }, values, wrong) {
    const fields = settings.filter(({ id }) => id in values || id in wrong).map((setting) => {
      const field = new Field(setting, values[setting.id], wrong[setting.id] ?? "", (each) => this.changed(each));
      if (this.pending.has(setting.id)) field.put(this.pending.get(setting.id));
      return field;
    });
    this.fields.push(...fields);
    return fields.length ? card(name, {}, ...fields.map(({ root }) => root)) : null;
  }

  foot() {
    this.count = html("p", { role: "status" });
    this.discard = button("Discard", () => this.fields.forEach((field) => (field.changed || field.error) && field.put(field.has)));
    this.look = button("What will change", () => this.preview(), { main: true, complain: this.context.complain });
    this.bottom = html("div", { class: "bar foot" }, this.count, this.discard, this.look);
    return this.bottom;
  }

  changed(field) {
    const { id } = field.setting;
    if (field.changed) this.pending.set(id, field.value);
    else this.pending.delete(id);
    this.counted();
  }

  counted() {
    if (!this.count) return;
    const wrong = this.fields.filter((field) => field.error).length;
    const n = this.pending.size;
    const changes = n ? `${n} ${n === 1 ? "setting" : "settings"} changed, nothing written yet` : "Nothing changed";
    write(this.count, wrong ? `${changes}; ${wrong} to be put right` : changes);
    this.bottom.classList.toggle("idle", !n && !wrong);
    this.look.disabled = !n || wrong > 0;
    this.discard.disabled = !n && !wrong;
  }

  sift() {
    const words = this.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { root, setting, value } of this.fields) {
      const text = `${setting.label} ${setting.id} ${setting.names.map(([, name]) => name).join(" ")}`.toLowerCase();
      root.hidden = !words.every((word) => text.includes(word)) || (this.only.box.checked && value === setting.default);
    }
    const cards = [...this.place.querySelectorAll(".groups > .card")];
    for (const each of cards) each.hidden = !each.querySelector(".setting:not([hidden])");
    this.empty.hidden = cards.some((each) => !each.hidden);
  }

  async preview() {
    try {
      await new Changes(this.context, Object.fromEntries(this.pending)).open(() => this.written());
    } catch (error) {
      if (!(error instanceof Refusal) || !error.said?.fields) throw error;
      this.refused(error.said.fields);
      if (!Object.keys(error.said.fields).some((id) => this.fields.some(({ setting }) => setting.id === id))) throw error;
    }
  }

  /** What the server finds wrong is told where it was entered. */
  refused(fields) {
    const found = this.fields.filter(({ setting }) => setting.id in fields);
    for (const field of found) {
      const { id } = field.setting;
      field.refuse(fields[id].replace(`${id}: `, ""));
    }
    found[0]?.control.focus();
    this.counted();
  }

  written() {
    this.pending.clear();
    return this.load();
  }
}

/** Changes of a meter that are not written. */
export function pending(context) {
  // Another meter at the same address has none of them.
  const key = `${context.meter.id} ${context.meter.serial_number}`;
  if (!context.pending.has(key)) context.pending.set(key, new Map());
  return context.pending.get(key);
}

/** Names of time zones, as far as the browser knows them. */
function zones() {
  const names = Intl.supportedValuesOf?.("timeZone") ?? [];
  return html("datalist", { id: "zones" }, ...["UTC", ...names].map((value) => html("option", { value })));
}
