/** Tables: written cell by cell where something has changed, so that a selection stays. */

import { html, set, write } from "./elements.js";

/**
 * The place of a table that may be wider than a phone: then, and only then, keys come to it and move it.
 * @param {Element} table
 * @param {string} label
 * @returns {HTMLElement}
 */
export function wide(table, label) {
  const place = html("div", { class: "wide" }, table);
  return reachable(place, label, table);
}

/**
 * A place whose overflow can be moved by keys: it takes a tab stop only while it overflows.
 * @param {HTMLElement} place
 * @param {string} label
 * @param {HTMLElement[]} held what grows in it
 */
export function reachable(place, label, ...held) {
  set(place, { role: "region", "aria-label": label });
  const watch = new ResizeObserver(() => {
    const over = place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight;
    set(place, { tabindex: over ? 0 : null });
  });
  for (const each of [place, ...held]) watch.observe(each);
  return place;
}

/**
 * @param {Element} table an empty one, or one that was filled before
 * @param {string[]} head
 * @param {string[][]} rows the first of each row is its heading
 * @param {string} [caption]
 */
export function fill(table, head, rows, caption = "") {
  if (!table.tHead) {
    table.append(html("caption", {}), html("thead", {}, html("tr")), html("tbody"));
  }
  write(table.caption, caption);
  cells(table.tHead.rows[0], head, (place) => (head[place] ? html("th", { scope: "col" }) : html("td")));
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.lastChild.remove();
  rows.forEach((row, n) => {
    if (n >= body.rows.length) body.append(html("tr"));
    cells(body.rows[n], row, (place) => (place ? html("td") : html("th", { scope: "row" })));
  });
}

function cells(row, texts, make) {
  while (row.cells.length > texts.length) row.lastChild.remove();
  texts.forEach((text, place) => {
    if (place >= row.cells.length) row.append(make(place));
    write(row.cells[place], text);
  });
}
