/** Format: numbers, units and times as people read them. */

export const ABSENT = "\u2013";
const MINUS = "\u2212";
const NARROW = "\u202f";
const PREFIXES = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
];
/** Units that take a prefix. */
const SCALED = new Set(["V", "A", "W", "var", "VA"]);

/**
 * A number with so many decimals.
 * @param {number | null | undefined} value
 * @param {number} decimals
 * @returns {string}
 */
export function fixed(value, decimals) {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * A number with so many digits, the value that decides on them being given where several are to
 * stand below each other.
 * @param {number | null | undefined} value
 * @param {number} digits
 * @param {number} [largest]
 * @returns {string}
 */
export function significant(value, digits, largest = Math.abs(value ?? 0)) {
  const before = largest >= 1 ? Math.floor(Math.log10(largest)) + 1 : 1;
  return fixed(value, Math.max(0, digits - before));
}

/**
 * The prefix for the largest of some values.
 * @param {(number | null | undefined)[]} values
 * @param {string} unit
 * @returns {{divisor: number, unit: string, largest: number}}
 */
export function prefixed(values, unit) {
  const sizes = values.map((value) => Math.abs(value ?? 0)).filter(Number.isFinite);
  const largest = Math.max(0, ...sizes);
  const found = SCALED.has(unit) && PREFIXES.find(([size]) => largest >= size);
  const [divisor, prefix] = found || [1, ""];
  return { divisor, unit: prefix + unit, largest: largest / divisor };
}

/**
 * One value with its unit, such as `110.3 kW`.
 * @param {number | null | undefined} value
 * @param {string} unit
 * @param {number} [digits]
 * @returns {string}
 */
export function quantity(value, unit, digits = 4) {
  if (value === null || value === undefined) return ABSENT;
  const { divisor, unit: shown } = prefixed([value], unit);
  return `${significant(value / divisor, digits)} ${shown}`.trim();
}

/**
 * Whole numbers in groups of three.
 * @param {number} value
 * @returns {string}
 */
export function counted(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, NARROW);
}

/**
 * An energy with the decimals that its size leaves.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function energy(value) {
  if (value === null || value === undefined) return ABSENT;
  const [whole, part] = fixed(value, Math.abs(value) < 1e5 ? 3 : 1).split(".");
  return `${counted(whole)}.${part}`;
}

/** In whose time all but the meter's own clock is. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const pad = (number) => String(number).padStart(2, "0");

/**
 * @param {string | number | null | undefined} moment
 * @returns {string} `2026-11-23`, as the clock of whoever looks at it has it
 */
export function day(moment) {
  const date = new Date(moment ?? NaN);
  if (Number.isNaN(date.getTime())) return ABSENT;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/**
 * @param {string | number | null | undefined} moment
 * @param {{seconds?: boolean, thousandths?: boolean}} [parts]
 * @returns {string} `06:11:31`
 */
export function clock(moment, { seconds = true, thousandths = false } = {}) {
  const date = new Date(moment ?? NaN);
  if (Number.isNaN(date.getTime())) return ABSENT;
  const minutes = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  const whole = seconds ? `${minutes}:${pad(date.getSeconds())}` : minutes;
  return thousandths ? `${whole}.${String(date.getMilliseconds()).padStart(3, "0")}` : whole;
}

/**
 * @param {string | number | null | undefined} moment
 * @returns {string} `2026-11-23 06:11:31`
 */
export function stamp(moment) {
  const text = clock(moment);
  return text === ABSENT ? ABSENT : `${day(moment)} ${text}`;
}

/**
 * The first letter as at the beginning of a sentence.
 * @param {string} text
 * @returns {string}
 */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
