/** Glass: lights the segments of a face by masks, and touches those only that change. */

import { write } from "./elements.js";

/**
 * The bits of a mask.
 * @param {string} mask hexadecimal, bit n for segment n
 * @param {number} count
 * @returns {Uint8Array}
 */
export function bits(mask, count) {
  const found = new Uint8Array(count);
  for (let n = 0; n < count; n += 1) {
    const digit = mask.charAt(mask.length - 1 - (n >> 2));
    found[n] = digit ? (parseInt(digit, 16) >> (n & 3)) & 1 : 0;
  }
  return found;
}

/**
 * Places where two masks differ.
 * @param {Uint8Array} old
 * @param {Uint8Array} now
 * @returns {number[]}
 */
export function changes(old, now) {
  const found = [];
  now.forEach((bit, n) => {
    if (bit !== old[n]) found.push(n);
  });
  return found;
}

export class Glass {
  /**
   * @param {SVGSVGElement} face
   * @param {string} [prefix] of its ids
   */
  constructor(face, prefix = "") {
    this.face = face;
    this.segments = [];
    for (let n = 0, found; (found = face.querySelector(`#${prefix}s${n}`)); n += 1) this.segments.push(found);
    this.title = face.querySelector(`#${prefix}title`);
    this.description = face.querySelector(`#${prefix}desc`);
    this.lit = { on: new Uint8Array(this.segments.length), flash: new Uint8Array(this.segments.length) };
  }

  /** @param {{on: string, flashing: string, backlight: boolean, powered: boolean, title: string,
   *   spoken: string[]}} screen */
  show(screen) {
    this.light("on", screen.on);
    this.light("flash", screen.flashing);
    this.face.classList.toggle("backlit", screen.backlight && screen.powered);
    write(this.title, screen.title);
    write(this.description, screen.spoken.join("; "));
  }

  light(name, mask) {
    const now = bits(mask, this.segments.length);
    for (const n of changes(this.lit[name], now)) this.segments[n].classList.toggle(name, Boolean(now[n]));
    this.lit[name] = now;
  }
}
