/** Face: the meter's front, live: its glass, its keys, and its words for those who do not see it. */

import { parsed } from "./drawing.js";
import { Glass } from "./glass.js";
import { Keys } from "./keys.js";
import { Refusal, post, text } from "./server.js";

/** What changes by itself is told no more often than this [ms]. */
const PACE = 4000;

export class Face {
  /**
   * @param {string} meter address of the meter's resources
   * @param {import("./card.js").Context} context
   */
  constructor(meter, context) {
    Object.assign(this, { meter, context, panel: null, glass: null, screen: null, told: 0, title: "", waiting: 0 });
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

  act(key, action) {
    if (this.panel === null) return;
    const path = `/api/panels/${this.panel}/keys`;
    // One after the other: a release must not overtake its press.
    this.last = this.last.then(() => post(path, { key, action })).catch((error) => {
      this.context.complain(error instanceof Refusal ? error.message : "the key did not reach the meter");
    });
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
    [this.title, this.told] = [screen.title, Date.now()];
    const words = screen.powered ? [screen.title, ...screen.spoken] : ["without power"];
    this.spoken.textContent = words.join(", ");
  }
}
