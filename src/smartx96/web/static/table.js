/** Tables: written cell by cell where something has changed, so that a selection stays. */

import { html, set, write } from "./elements.js";

/**
 * The place of a table that may be wider than a phone: then, and only then, keys come to it and move it.
 * @param {Element} table
 * @param {string} label
 * @returns {HTMLElement}
 */
export function wide(table, label) {
  const place = html("div", { class: "wide", role: "region", "aria-label": label }, table);
  const watch = new ResizeObserver(() => set(place, { tabindex: place.scrollWidth > place.clientWidth ? 0 : null }));
  watch.observe(place);
  watch.observe(table);
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
