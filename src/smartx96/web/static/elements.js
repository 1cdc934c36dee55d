/** Elements: how pages make parts of themselves. Text is only ever set as text. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * Set attributes; false, null and undefined take one away, true sets it empty.
 * @template {Element} T
 * @param {T} element
 * @param {Attributes} attributes
 * @returns {T}
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  return element;
}

/**
 * @param {string} name
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function html(name, attributes = {}, ...children) {
  const element = set(document.createElement(name), attributes);
  element.append(...children);
  return element;
}

/**
 * @param {string} name
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  const element = set(document.createElementNS(SVG, name), attributes);
  element.append(...children);
  return element;
}

/**
 * Write a text where it has changed.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A button that stays down, or comes up again.
 * @param {string} text
 * @param {boolean} pressed
 * @param {(pressed: boolean) => void} change
 * @param {Attributes} [attributes]
 * @returns {HTMLElement}
 */
export function toggle(text, pressed, change, attributes = {}) {
  const button = html("button", { type: "button", "aria-pressed": String(pressed), ...attributes }, text);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    change(now);
  });
  return button;
}

/**
 * One of several, as buttons in a row.
 * @param {string} label
 * @param {Record<string, string>} choices text by value
 * @param {string} chosen
 * @param {(value: string) => void} change
 * @returns {HTMLElement}
 */
export function choice(label, choices, chosen, change) {
  const group = html("div", { class: "choice", role: "group", "aria-label": label });
  for (const [value, text] of Object.entries(choices)) {
    const button = html("button", { type: "button", "aria-pressed": String(value === chosen) }, text);
    button.addEventListener("click", () => {
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
      change(value);
    });
    group.append(button);
  }
  return group;
}
