/** Parts that views are made of: cards, labelled controls, lists of remarks. */

import { html } from "../elements.js";

let fields = 0;

/**
 * @param {string} title
 * @param {{id?: string, wide?: boolean}} [how]
 * @param {...(Node | string)} children
 */
export function card(title, { id, wide = false } = {}, ...children) {
  const body = html("div", { class: "body" }, ...children);
  return html("section", { class: wide ? "card whole" : "card", id }, html("header", {}, html("h2", {}, title)), body);
}

/**
 * A control with its label before it and what there is to say after it.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [help]
 */
export function labelled(label, control, help = "") {
  control.id ||= `field-${++fields}`;
  const parts = [html("label", { for: control.id }, label), control];
  if (help) {
    parts.push(html("small", { id: `${control.id}-help` }, help));
    control.setAttribute("aria-describedby", `${control.id}-help`);
  }
  return html("div", { class: "field" }, ...parts);
}

/** @param {Record<string, string | number | boolean | null | undefined>} attributes */
export const input = (attributes) => /** @type {HTMLInputElement} */ (html("input", attributes));

/**
 * @param {[string, string][]} choices value and text
 * @param {string} chosen
 * @param {Record<string, string | boolean>} [attributes]
 */
export function select(choices, chosen, attributes = {}) {
  return /** @type {HTMLSelectElement} */ (html("select", attributes,
    ...choices.map(([value, text]) => html("option", { value, selected: value === chosen }, text))));
}

/**
 * A box to tick with its words.
 * @param {string} text
 * @param {Record<string, string | boolean>} [attributes]
 */
export function tick(text, attributes = {}) {
  const box = input({ type: "checkbox", ...attributes });
  return { box, element: html("label", { class: "tick" }, box, html("span", {}, text)) };
}

/**
 * A button that does one thing at a time.
 * @param {string} text
 * @param {() => unknown} act
 * @param {{main?: boolean, danger?: boolean, complain?: (text: string) => void, [name: string]: any}} [how]
 */
export function button(text, act, { main = false, danger = false, complain, ...attributes } = {}) {
  const kind = [main && "main", danger && "danger"].filter(Boolean).join(" ");
  const made = /** @type {HTMLButtonElement} */ (html("button", { type: "button", class: kind || null, ...attributes }, text));
  made.addEventListener("click", async () => {
    if (made.getAttribute("aria-disabled") === "true") return;
    made.setAttribute("aria-disabled", "true");
    try {
      await act();
    } catch (error) {
      if (!complain) throw error;
      complain(error.message);
    } finally {
      made.removeAttribute("aria-disabled");
    }
  });
  return made;
}

/**
 * @param {string[]} lines
 * @param {string} kind
 */
export function remarks(lines, kind = "remarks") {
  return html("ul", { class: kind }, ...lines.map((line) => html("li", {}, line)));
}

/**
 * @param {string[]} head
 * @param {(Node | string)[][]} rows
 * @param {string} caption
 */
export function listed(head, rows, caption) {
  return html("table", { class: "listed" }, html("caption", { class: "unseen" }, caption),
    html("thead", {}, html("tr", {}, ...head.map((text) => (text ? html("th", { scope: "col" }, text) : html("td"))))),
    html("tbody", {}, ...rows.map(([first, ...rest]) =>
      html("tr", {}, html("th", { scope: "row" }, first), ...rest.map((cell) => html("td", {}, cell))))));
}
