/** Standing: how the meter and the way to it are. */

import { html, write } from "./elements.js";
import { ABSENT, clock, sentence } from "./format.js";

/** What flags of a window mean, where their names do not say it. */
const WORDS = {
  missing: "samples lost",
  clipped: "clipping",
  questionable: "samples in doubt",
  unsynchronised: "no frequency to follow",
  orders_limited: "not all harmonics at this sampling rate",
  current_sum: "currents do not add up to zero",
  short: "less than a whole window",
  incomplete: "interval not covered",
};
/** Words of the status and of the last window that tell no fault. */
const CALM = ["warming up", "unlocked", WORDS.orders_limited, WORDS.short];
const INPUT = { outages: "outages", gaps: "gaps", lost_samples: "samples lost", dropped_blocks: "blocks dropped" };

/**
 * What the status and the last window say, each word once.
 * @param {{status: string[], flags: string[]}} meter
 * @returns {string[]}
 */
export function said({ status, flags }) {
  return [...new Set([...status, ...flags.map((flag) => WORDS[flag] ?? flag.replaceAll("_", " "))])];
}

/**
 * Whether a word tells no fault.
 * @param {string} word
 */
export function calm(word) {
  return CALM.includes(word);
}

/**
 * The meter's clock as its own panel has it, whatever zone it is looked at from.
 * @param {string | null} local such as `2026-11-23T06:11:31+01:00`
 * @returns {{day: string, time: string}}
 */
export function ownClock(local) {
  const [, day = ABSENT, time = ABSENT] = /^(\S+)T(\d\d:\d\d:\d\d)/.exec(local ?? "") ?? [];
  return { day, time };
}

/** That nothing comes, and for how long no values have. */
function silence({ age }) {
  return age === null || age === undefined ? "no samples come" : `no new values for ${age} s`;
}

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
    const { day, time } = ownClock(meter.local);
    write(this.time, time);
    this.time.title = `clock of the meter, ${day} ${time}, ${meter.time_zone}`;
    this.time.setAttribute("datetime", meter.clock);
    const words = meter.powered ? said(meter) : ["no power"];
    const chips = words.map((word) => ({ text: word, look: !calm(word) }));
    if (meter.input?.dry) chips.push({ text: silence(meter.input), look: true });
    if (meter.late) chips.push({ text: `${meter.late} s late: this computer cannot keep up`, look: true });
    for (const [name, text] of Object.entries(INPUT)) {
      if (meter.input?.[name]) chips.push({ text: `${text}: ${meter.input[name]}`, look: false });
    }
    if (!chips.length) chips.push({ text: "all well", look: false, good: true });
    const state = JSON.stringify(chips);
    if (state === this.state) return;
    this.state = state;
    this.words.replaceChildren(...chips.map(({ text, look, good }) =>
      html("li", { class: look ? "look" : good ? "good" : "hint" }, sentence(text))));
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

  /** Nobody looks, and nothing comes. */
  rest() {
    this.lost ||= Date.now();
    document.documentElement.classList.add("stale");
    this.pill.className = "look";
    write(this.pill, "Stale");
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
