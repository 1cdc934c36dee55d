/** Scale: the range of an axis, where its ticks stand and what they say. */

import { clock, day, fixed } from "./format.js";

/**
 * @typedef {object} Scale
 * @property {number} low
 * @property {number} high
 * @property {number[]} ticks
 * @property {(tick: number) => string} text
 * @property {(value: number) => number} share 0 at the low end, 1 at the high end
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIMES = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24, 48, 96, 168].map((n) => n * HOUR),
];

/**
 * The next of 1, 2, 5, 10 ... that is not smaller.
 * @param {number} wanted
 * @returns {number}
 */
export function niceStep(wanted) {
  const decade = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5].map((n) => n * decade).find((step) => step >= wanted * (1 - 1e-9)) ?? 10 * decade;
}

function linearBetween(low, high, step, divisor) {
  const decimals = Math.max(0, -Math.floor(Math.log10(step / divisor) + 1e-6));
  const first = Math.ceil(low / step - 1e-6);
  const count = Math.floor(high / step + 1e-6) - first + 1;
  return {
    low,
    high,
    ticks: Array.from({ length: count }, (_, n) => (first + n) * step),
    text: (tick) => fixed(tick / divisor, decimals),
    share: (value) => (value - low) / (high - low),
  };
}

/**
 * A scale that ends on ticks.
 * @param {number} low
 * @param {number} high
 * @param {{least?: number, count?: number, divisor?: number}} [options] least: the span below which
 *   differences are not worth magnifying
 * @returns {Scale}
 */
export function linear(low, high, { least = 1e-9, count = 4, divisor = 1 } = {}) {
  const missing = Math.max(0, least - (high - low)) / 2;
  const [from, to] = low === 0 ? [0, high + 2 * missing] : [low - missing, high + missing];
  const step = niceStep((to - from) / count);
  return linearBetween(
    Math.floor(from / step + 1e-9) * step,
    Math.ceil(to / step - 1e-9) * step,
    step,
    divisor,
  );
}

/**
 * A scale that ends where the data end.
 * @param {number} low
 * @param {number} high
 * @param {{count?: number, divisor?: number}} [options]
 * @returns {Scale}
 */
export function exact(low, high, { count = 5, divisor = 1 } = {}) {
  return linearBetween(low, high, niceStep((high - low) / count), divisor);
}

/**
 * Decades.
 * @param {number} low a power of ten
 * @param {number} high a power of ten
 * @returns {Scale}
 */
export function logarithmic(low, high) {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  return {
    low,
    high,
    ticks: Array.from({ length: Math.round(to - from) + 1 }, (_, n) => 10 ** (Math.round(from) + n)),
    text: (tick) => fixed(tick, Math.max(0, -Math.round(Math.log10(tick)))),
    share: (value) => (Math.log10(Math.max(value, low)) - from) / (to - from),
  };
}

/**
 * Times of day; the ticks are round by the clock of whoever looks at it.
 * @param {number} low [ms]
 * @param {number} high [ms]
 * @param {number} count about how many ticks there is room for
 * @returns {Scale}
 */
export function times(low, high, count) {
  const step = TIMES.find((each) => each >= (high - low) / count) ?? TIMES[TIMES.length - 1];
  const offset = new Date(high).getTimezoneOffset() * MINUTE;
  const ticks = [];
  for (let tick = Math.ceil((low - offset) / step) * step + offset; tick <= high; tick += step) {
    ticks.push(tick);
  }
  const daily = step >= 24 * HOUR;
  return {
    low,
    high,
    ticks,
    text: (tick) => (daily ? day(tick).slice(5) : clock(tick, { seconds: false })),
    share: (value) => (value - low) / (high - low),
  };
}

/**
 * Keep a scale as long as it fits well enough: an axis that jumps at every reading is hard to read.
 * @param {Scale | null} old
 * @param {Scale} wanted
 * @returns {Scale}
 */
export function settled(old, wanted) {
  if (old === null || wanted.low < old.low || wanted.high > old.high) return wanted;
  return wanted.high - wanted.low > 0.55 * (old.high - old.low) ? old : wanted;
}
