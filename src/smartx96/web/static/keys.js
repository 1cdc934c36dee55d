/** Keys: what mouse, finger and keyboard do to the four keys of a face. Held is held. */

import { keep, kept } from "./kept.js";

const LEGENDS = ["U/I", "M", "P", "E"];

/** Keys of a computer that press a key which has the focus. */
const PRESSING = [" ", "Enter"];

export class Keys {
  /**
   * @param {SVGSVGElement} face
   * @param {(key: string, action: "press" | "release") => void} act
   */
  constructor(face, act) {
    this.act = act;
    /** What holds a key, by its legend. @type {Map<string, string>} */
    this.held = new Map();
    this.elements = new Map(LEGENDS.map((key) => [key, face.querySelector(`[data-key="${key}"]`)]));
    for (const [key, element] of this.elements) this.connect(key, element);
    addEventListener("blur", () => this.releaseAll());
    addEventListener("pagehide", () => this.releaseAll());
    document.addEventListener("visibilitychange", () => this.releaseAll());
    document.addEventListener("keydown", (event) => this.numberDown(event));
    document.addEventListener("keyup", (event) => this.release(LEGENDS[Number(event.key) - 1], "number"));
  }

  /** Whether 1 to 4 press keys wherever the focus is: who dictates to a computer wants that off. */
  static get numbers() {
    return kept("number-keys", "on") !== "off";
  }

  static set numbers(on) {
    keep("number-keys", on ? "on" : "off");
  }

  /** Let every key go: nobody sees its end. */
  releaseAll() {
    for (const [key, by] of [...this.held]) this.release(key, by);
  }

  connect(key, element) {
    const ring = element.querySelector(".ring").cloneNode();
    ring.setAttribute("class", "fill");
    ring.setAttribute("pathLength", "1");
    element.append(ring);
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      // A finger or mouse that has slid off still holds the key, and its release counts.
      element.setPointerCapture(event.pointerId);
      this.press(key, `pointer ${event.pointerId}`);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(end, (event) => this.release(key, `pointer ${event.pointerId}`));
    }
    element.addEventListener("keydown", (event) => {
      if (!PRESSING.includes(event.key)) return;
      event.preventDefault();
      if (!event.repeat) this.press(key, event.key);
    });
    element.addEventListener("keyup", (event) => this.release(key, event.key));
    element.addEventListener("blur", () => PRESSING.forEach((by) => this.release(key, by)));
  }

  numberDown(event) {
    const key = LEGENDS[Number(event.key) - 1];
    const busy = event.repeat || event.ctrlKey || event.altKey || event.metaKey;
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (key && Keys.numbers && !busy && !typing) this.press(key, "number");
  }

  press(key, by) {
    if (this.held.has(key)) return;
    this.held.set(key, by);
    this.elements.get(key).classList.add("pressed");
    this.act(key, "press");
  }

  release(key, by) {
    if (key === undefined || this.held.get(key) !== by) return;
    this.held.delete(key);
    this.elements.get(key).classList.remove("pressed");
    this.act(key, "release");
  }
}
