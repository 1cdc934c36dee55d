/** Field: one setting as a control, with what it may be, what the meter has and what is wrong. */

import { html, set, write } from "../elements.js";
import { input, select } from "./parts.js";

/** Up to so many numbers are offered as a list. */
const FEW = 12;

/**
 * @typedef {object} Declared a setting as `/api/table` tells it
 * @property {string} id
 * @property {string} label
 * @property {string} unit
 * @property {boolean} text
 * @property {number | null} least
 * @property {number | null} most
 * @property {number[] | null} numbers
 * @property {[number, string][]} names
 * @property {number | string} default
 * @property {boolean} protected
 * @property {boolean} own
 * @property {string} note
 */

/**
 * Numbers that are offered as a list; null where one is typed.
 * @param {Declared} setting
 * @returns {number[] | null}
 */
export function offered({ text, least, most, numbers }) {
  if (text) return null;
  if (numbers) return numbers;
  return most - least < FEW ? Array.from({ length: most - least + 1 }, (_, n) => least + n) : null;
}

/**
 * A value as people read it.
 * @param {Declared} setting
 * @param {number | string | null | undefined} value
 */
export function worded(setting, value) {
  if (value === null || value === undefined) return "unknown";
  const name = setting.names.find(([code]) => code === value)?.[1];
  if (name !== undefined && !/^\d+$/.test(name)) return name;
  return `${name ?? value} ${setting.unit}`.trim();
}

/**
 * What is typed, as the meter has it; or what is wrong with it.
 * @param {Declared} setting
 * @param {string} typed
 * @returns {{value?: number | string, wrong?: string}}
 */
export function taken(setting, typed) {
  const text = typed.trim();
  if (setting.text) return text ? { value: text } : { wrong: `Give ${setting.note}.` };
  const span = `Give a whole number from ${setting.least} to ${setting.most}${setting.unit ? ` ${setting.unit}` : ""}.`;
  if (!/^[-+\u2212]?\d{1,9}$/.test(text)) return { wrong: span };
  const value = Number(text.replace("\u2212", "-"));
  return value >= setting.least && value <= setting.most ? { value } : { wrong: span };
}

/** What may be typed, where no list says it. */
function help(setting) {
  const names = setting.names.map(([code, name]) => `${code} = ${name}`).join(", ");
  const span = setting.least === null || offered(setting) ? "" : `${setting.least} to ${setting.most}`;
  const listed = offered(setting) ? "" : names;
  const note = setting.note && setting.note.startsWith("X96-5E") ? "" : setting.note;
  return [span, listed, note].filter(Boolean).join("; ");
}

export class Field {
  /**
   * @param {Declared} setting
   * @param {number | string | undefined} has what the meter has; undefined where that cannot be
   * @param {string} wrong why it cannot be
   * @param {(field: Field) => void} change
   */
  constructor(setting, has, wrong, change) {
    Object.assign(this, { setting, has, wrong, change, value: has, error: "" });
    const id = `set-${setting.id}`;
    this.control = this.made(id);
    this.marks = html("span", { class: "marks" });
    this.problem = html("small", { class: "problem", id: `${id}-wrong` });
    this.help = html("small", { id: `${id}-help` }, help(setting));
    this.back = html("button", { type: "button", class: "back", hidden: true, "aria-label": `${setting.label}: as it is in the meter` }, "Undo");
    this.back.addEventListener("click", () => {
      this.put(this.has);
      this.control.focus();
    });
    const label = html("label", { for: id }, setting.label);
    if (setting.protected) label.append(html("span", { class: "lock", title: "protected by the password of the meter" }, html("span", { class: "unseen" }, ", protected by the password")));
    this.root = html("div", { class: "setting", id: `row-${setting.id}` }, label,
      html("div", { class: "control" }, this.control, html("span", { class: "unit" }, this.typed ? setting.unit : ""), this.back),
      this.marks, this.help, this.problem);
    this.control.setAttribute("aria-describedby", `${id}-help ${id}-wrong`);
    this.control.addEventListener(this.typed ? "input" : "change", () => this.read());
    this.redraw();
  }

  get typed() {
    return offered(this.setting) === null;
  }

  get changed() {
    return this.error === "" && this.value !== undefined && this.value !== this.has;
  }

  made(id) {
    const list = offered(this.setting);
    if (list === null) {
      return input({ id, type: "text", inputmode: this.setting.text ? "text" : "numeric", value: this.has ?? "", spellcheck: "false",
        autocomplete: "off", class: this.setting.text ? "long" : null, list: this.setting.text ? "zones" : null });
    }
    const choices = list.map((value) => /** @type {[string, string]} */ ([String(value), worded(this.setting, value)]));
    if (this.has === undefined) choices.unshift(["", "choose"]);
    return select(choices, String(this.has ?? ""), { id });
  }

  read() {
    const text = this.control.value;
    const { value, wrong = "" } = this.typed ? taken(this.setting, text) : { value: text === "" ? undefined : Number(text) };
    this.value = wrong ? undefined : value;
    this.refuse(wrong);
    this.change(this);
  }

  /** Put a value in. @param {number | string | undefined} value */
  put(value) {
    this.control.value = String(value ?? "");
    this.value = value;
    this.refuse("");
    this.change(this);
  }

  /** Say what is wrong with it; empty takes that back. @param {string} wrong */
  refuse(wrong) {
    this.error = wrong;
    this.redraw();
  }

  redraw() {
    const { setting, has, value } = this;
    set(this.control, { "aria-invalid": this.error ? "true" : null });
    write(this.problem, this.error || this.wrong);
    const marks = [];
    if (this.changed) marks.push(html("span", { class: "mark changed" }, has === undefined ? "changed" : `was ${worded(setting, has)}`));
    if (value !== undefined && value !== setting.default) marks.push(html("span", { class: "mark" }, `default ${worded(setting, setting.default)}`));
    this.marks.replaceChildren(...marks);
    this.back.hidden = !(this.changed || this.error) || has === undefined;
    this.root.classList.toggle("is-changed", this.changed);
    this.root.classList.toggle("is-wrong", Boolean(this.error || this.wrong));
  }
}
