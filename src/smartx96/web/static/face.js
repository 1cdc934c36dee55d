/** Face: the meter's front, live: its glass, its keys, and its words for those who do not see it. */

import { parsed } from "./drawing.js";
import { Glass } from "./glass.js";
import { Keys } from "./keys.js";
import { Refusal, post, text } from "./server.js";

/** What changes by itself is told no more often than this [ms]. */
const PACE = 4000;
/** What keys have changed is told so long after the meter knew of the last one's release [ms]. */
const AFTER = 300;

export class Face {
  /**
   * @param {string} meter address of the meter's resources
   * @param {import("./card.js").Context} context
   */
  constructor(meter, context) {
    Object.assign(this, { meter, context, panel: null, glass: null, screen: null, told: 0, title: "", waiting: 0 });
    Object.assign(this, { values: "", pressed: "", following: 0, live: false, turn: 0, lost: () => {} });
    /** Keys that are down at the meter, as far as is known. @type {Set<string>} */
    this.down = new Set();
    this.spoken = document.getElementById("spoken");
    this.last = Promise.resolve();
    document.getElementById("speak").addEventListener("click", () => this.speak(true));
    const box = /** @type {HTMLInputElement} */ (document.getElementById("numbers"));
    box.checked = Keys.numbers;
    box.addEventListener("change", () => {
      Keys.numbers = box.checked;
    });
  }

  /** Draw it. */
  async load() {
    const face = parsed(await text(`${this.meter}/face.svg`));
    document.getElementById("front").replaceChildren(face);
    this.glass = new Glass(face);
    new Keys(face, (key, action) => this.act(key, action));
    if (this.screen) this.glass.show(this.screen);
  }

  /**
   * A panel of one's own, which a stream asks for; without where there are too many.
   * @returns {Promise<string>} what is added to the stream's address
   */
  async opened() {
    if (this.panel === null) {
      try {
        this.panel = (await (await post(`${this.meter}/panels`, {})).json()).panel;
      } catch (error) {
        if (!(error instanceof Refusal) || error.status !== 503) throw error;
        this.context.complain("many look at this meter already: its keys are not to be had at the moment");
        return "";
      }
    }
    return `&panel=${encodeURIComponent(this.panel)}`;
  }

  /** The server does not know the panel any more. */
  forget() {
    this.panel = null;
    this.down.clear();
  }

  /** @param {any} screen */
  show(screen) {
    this.screen = screen;
    this.glass?.show(screen);
    this.speak(false);
  }

  /** Nobody looks any more: the meter is not to stay unlocked. */
  close() {
    if (this.panel !== null) post(`/api/panels/${this.panel}/close`, {}).catch(() => {});
    this.panel = null;
  }

  /**
   * Whether the meter is there: what is not seen is not to be set.
   * @param {boolean} live
   */
  connected(live) {
    this.live = live;
    if (!live) this.turn += 1;
  }

  act(key, action) {
    clearTimeout(this.following);
    if (action === "press") this.pressed = this.screen?.title;
    if (this.panel === null) return;
    if (!this.live && !this.owed(key, action)) {
      if (action === "press") this.context.complain("keys do nothing until the meter is reached again");
      return;
    }
    const [path, turn] = [`/api/panels/${this.panel}/keys`, this.turn];
    // One after the other: a release must not overtake its press.
    this.last = this.last.then(() => this.reach(path, key, action, turn));
  }

  /** Whether it ends what the meter takes for a key that is held. */
  owed(key, action) {
    return action === "release" && this.down.has(key);
  }

  /** Tell the meter of a key, unless one before did not arrive: none is to fall late. */
  async reach(path, key, action, turn) {
    if (turn !== this.turn && !this.owed(key, action)) return;
    if (action === "press") this.down.add(key);
    try {
      const screen = await (await post(path, { key, action })).json();
      if (action !== "release") return;
      this.down.delete(key);
      clearTimeout(this.following);
      this.following = setTimeout(() => this.follow(screen), AFTER);
    } catch (error) {
      this.turn += 1;
      this.down.clear();
      const refused = error instanceof Refusal;
      this.context.complain(refused ? error.message : "the key did not reach the meter");
      if (refused) return;
      // It may still arrive: not at a panel that is used.
      this.close();
      this.lost();
    }
  }

  /**
   * Tell what keys have changed on the page that was there already.
   * @param {any} screen what the meter showed after the last one, which a stream may tell later
   */
  follow(screen) {
    if (!screen.powered || screen.title !== this.pressed || screen.title !== this.title) return;
    const values = screen.spoken.join(", ");
    if (values === this.values) return;
    [this.values, this.told] = [values, Date.now()];
    this.spoken.textContent = values;
  }

  /** Tell the page that is shown, when another one is or somebody asks. */
  speak(asked) {
    const { screen } = this;
    if (!screen || (!asked && screen.title === this.title)) return;
    clearTimeout(this.waiting);
    const wait = asked ? 0 : this.told + PACE - Date.now();
    if (wait > 0) {
      this.waiting = setTimeout(() => this.speak(false), wait);
      return;
    }
    [this.title, this.values, this.told] = [screen.title, screen.spoken.join(", "), Date.now()];
    const words = screen.powered ? [screen.title, ...screen.spoken] : ["without power"];
    this.spoken.textContent = words.join(", ");
  }
}
