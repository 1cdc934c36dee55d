/** Standing: how the meter and the way to it are. */

import { html, write } from "./elements.js";
import { clock, sentence, stamp } from "./format.js";

/** Words of the status and of the last window that tell no fault. */
const CALM = ["warming up", "unlocked", "orders_limited"];
const INPUT = { outages: "outages", gaps: "gaps", lost_samples: "samples lost", dropped_blocks: "blocks dropped" };

export class Standing {
  constructor() {
    this.pill = document.getElementById("link");
    this.banner = document.getElementById("broken");
    this.words = document.getElementById("status");
    this.time = document.getElementById("clock");
    this.lost = 0;
    this.timer = 0;
  }

  /** @param {any} meter */
  show(meter) {
    write(this.time, clock(meter.clock));
    this.time.title = `clock of the meter, ${stamp(meter.clock)}`;
    this.time.setAttribute("datetime", meter.clock);
    const words = meter.powered ? [...new Set([...meter.status, ...meter.flags])] : ["no power"];
    const chips = words.map((word) => ({ text: word, look: !CALM.includes(word) }));
    if (meter.input?.dry) chips.push({ text: "no samples come", look: true });
    for (const [name, text] of Object.entries(INPUT)) {
      if (meter.input?.[name]) chips.push({ text: `${text}: ${meter.input[name]}`, look: false });
    }
    if (!chips.length) chips.push({ text: "all well", look: false, good: true });
    const said = JSON.stringify(chips);
    if (said === this.said) return;
    this.said = said;
    this.words.replaceChildren(...chips.map(({ text, look, good }) =>
      html("li", { class: look ? "look" : good ? "good" : "hint" }, sentence(text.replaceAll("_", " ")))));
  }

  /**
   * How the stream is.
   * @param {{live: boolean, wait?: number, reason?: string}} state
   * @param {() => void} again
   */
  link({ live, wait = 0, reason = "" }, again) {
    clearInterval(this.timer);
    document.documentElement.classList.toggle("stale", !live);
    this.pill.className = live ? "live" : "look";
    write(this.pill, live ? "Live" : "Stale");
    this.banner.hidden = live;
    if (live) {
      this.lost = 0;
      return;
    }
    this.lost ||= Date.now();
    this.tell(reason, Date.now() + wait, again);
  }

  tell(reason, due, again) {
    const rest = html("span");
    const button = html("button", { type: "button" }, "Try now");
    button.addEventListener("click", again);
    const words = `${sentence(reason)}. What is shown is that of ${clock(this.lost)}. `;
    if (!this.banner.firstChild) this.banner.append(html("span", { role: "alert" }), html("span"));
    write(this.banner.firstChild, words);
    this.banner.lastChild.replaceChildren(rest, " ", button);
    const count = () => {
      const seconds = Math.ceil((due - Date.now()) / 1000);
      write(rest, seconds > 0 ? `Next attempt in ${seconds} s.` : "Trying again \u2026");
    };
    count();
    this.timer = setInterval(count, 500);
  }
}
