/** Cursor: a place on a plot that mouse, finger and keyboard move, with what is there in words. */

import { html, set, svg, write } from "./elements.js";

const STEPS = {
  ArrowLeft: (at, count) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowDown: (at) => at - 1,
  ArrowUp: (at) => at + 1,
  PageDown: (at, count) => at - Math.ceil(count / 10),
  PageUp: (at, count) => at + Math.ceil(count / 10),
  Home: () => 0,
  End: (at, count) => count - 1,
};

export class Cursor {
  /**
   * @param {import("./plot.js").Plot} plot
   * @param {string} label
   * @param {object} reading
   * @param {() => number} reading.count how many places there are
   * @param {(x: number) => number} reading.at the place at a distance from the left [px]
   * @param {(at: number) => {x: number, top: number, bottom: number, title: string, lines: {name: string,
   *   text: string}[]} | null} reading.read
   */
  constructor(plot, label, reading) {
    Object.assign(this, { plot, reading, at: null });
    this.line = svg("path", { class: "cursor", "aria-hidden": "true" });
    this.note = html("div", { class: "note", hidden: true });
    plot.root.append(this.line);
    plot.host.append(this.note);
    set(plot.host, { tabindex: 0, role: "slider", "aria-label": label, "aria-valuemin": 0 });
    this.listen(plot.host);
    this.draw();
  }

  listen(host) {
    const move = (event) => this.show(this.reading.at(event.clientX - host.getBoundingClientRect().left));
    host.addEventListener("pointermove", move);
    host.addEventListener("pointerdown", move);
    host.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== host) this.show(null);
    });
    host.addEventListener("blur", () => this.show(null));
    host.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (step) {
        event.preventDefault();
        this.show(step(this.at ?? -1, this.reading.count()));
      } else if (event.key === "Escape") this.show(null);
    });
  }

  /** @param {number | null} at */
  show(at) {
    const count = this.reading.count();
    this.at = at === null || count === 0 ? null : Math.min(Math.max(at, 0), count - 1);
    this.draw();
  }

  /** Draw what is there now. */
  draw() {
    const found = this.at === null ? null : this.reading.read(this.at);
    const said = found ? [found.title, ...found.lines.map((line) => `${line.text}`)].join(", ") : "no place chosen";
    set(this.plot.host, {
      "aria-valuemax": Math.max(0, this.reading.count() - 1),
      "aria-valuenow": this.at ?? 0,
      "aria-valuetext": said,
    });
    this.note.hidden = found === null;
    set(this.line, { d: found ? `M${found.x.toFixed(1)} ${found.top}V${found.bottom}` : null });
    if (found) this.tell(found);
  }

  tell({ x, title, lines }) {
    const rows = lines.map(({ name, text }) => html("li", {}, html("i", { class: `swatch ${name}` }), text));
    this.note.replaceChildren(html("b", {}, title), html("ul", {}, ...rows));
    const room = this.plot.width - this.note.offsetWidth;
    const right = x + this.plot.em;
    const left = right <= room ? right : x - this.note.offsetWidth - this.plot.em;
    this.note.style.setProperty("left", `${Math.max(0, Math.min(left, room))}px`);
  }
}
