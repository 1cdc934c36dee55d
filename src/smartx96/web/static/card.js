/** Card: a section of the page, with what every chart offers: files, a legend and its numbers. */

import { html, toggle } from "./elements.js";
import { csv, fileName, picture, save } from "./download.js";
import { ZONE, stamp } from "./format.js";
import { fill } from "./table.js";

const RENEWAL = 1000;

/**
 * @typedef {object} Context
 * @property {{id: string, model: string, wiring: string, quantities: Record<string, {text: string,
 *   unit: string}>}} meter
 * @property {() => string} clock the meter's own, UTC
 * @property {(text: string) => void} complain
 */

/**
 * @typedef {{caption: string, head: string[], rows: string[][]}} Sheet
 */

export class Card {
  /**
   * @param {string} id of the section
   * @param {Context} context
   */
  constructor(id, context) {
    this.context = context;
    this.section = /** @type {HTMLElement} */ (document.getElementById(id));
    this.body = this.section.querySelector(".body");
    this.title = this.section.querySelector("h2").textContent;
    this.tools = html("div", { class: "tools" });
    this.section.querySelector("header").append(this.tools);
    /** @type {{name: string, text: string}[]} */
    this.legend = [];
  }

  /** Say in whose time its times are. */
  sayZone() {
    this.section.querySelector("h2").title = `times are those of this computer, ${ZONE}`;
  }

  /**
   * Offer the data as a file.
   * @param {() => (string | number | null | undefined)[][]} rows
   */
  offerCsv(rows) {
    this.button("CSV", "data as CSV", () => {
      save(this.fileName("csv"), new Blob([csv(rows())], { type: "text/csv;charset=utf-8" }));
    });
  }

  /**
   * Offer the chart as a picture.
   * @param {SVGElement} chart
   */
  offerPng(chart) {
    this.button("PNG", "picture as PNG", async () => {
      const title = `${this.title}, ${this.context.meter.id}`;
      const time = `SMART ${this.context.meter.model}, ${stamp(this.context.clock())}`;
      save(this.fileName("png"), await picture(chart, { title, time, legend: this.legend }));
    });
  }

  /**
   * Offer the numbers as a table, which is kept up to date while it is open.
   * @param {() => Sheet} sheet
   */
  offerTable(sheet) {
    const table = html("table");
    const place = html("div", { class: "wide numbers", hidden: true, tabindex: 0, role: "region" }, table);
    place.setAttribute("aria-label", `${this.title}: table`);
    const renew = () => {
      const { caption, head, rows } = sheet();
      fill(table, head, rows, caption);
    };
    let timer = 0;
    const button = toggle("Table", false, (open) => {
      place.hidden = !open;
      clearInterval(timer);
      if (open) {
        renew();
        timer = setInterval(renew, RENEWAL);
      }
    });
    button.title = "numbers as a table";
    this.tools.prepend(button);
    this.section.append(place);
  }

  /**
   * A legend whose entries switch what they name.
   * @param {{name: string, text: string, shown?: boolean}[]} entries
   * @param {(text: string, shown: boolean) => void} [change]
   */
  setLegend(entries, change) {
    this.legend = entries;
    const list = html("div", { class: "legend", role: "group", "aria-label": "legend" });
    for (const { name, text, shown = true } of entries) {
      const swatch = html("i", { class: `swatch ${name}` });
      const entry = change ? toggle("", shown, (on) => change(text, on)) : html("span");
      entry.append(swatch, text);
      list.append(entry);
    }
    this.section.querySelector(".legend")?.remove();
    this.body.after(list);
  }

  fileName(suffix) {
    return fileName(this.context.meter.id, this.section.id, this.context.clock(), suffix);
  }

  button(text, title, act) {
    const button = html("button", { type: "button", title, "aria-label": `${this.title}: ${title}` }, text);
    button.addEventListener("click", () => {
      Promise.resolve(act()).catch((error) => this.context.complain(error.message));
    });
    this.tools.append(button);
  }
}
