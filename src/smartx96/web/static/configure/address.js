/** Address: which part of the page is meant, and of which meter; so that a link leads there again. */

import { keep, kept } from "../kept.js";
import { post } from "../server.js";

/** A meter that does not answer is asked several times [ms]. */
const PATIENCE = 60_000;
const RECENT = 8;

/** @typedef {Record<string, string>} Address place, unit, and of a line baud and parity */

/**
 * @param {string} hash
 * @returns {{part: string, address: Address | null}}
 */
export function at(hash) {
  const [part, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const address = Object.fromEntries(new URLSearchParams(query));
  return { part: part || "find", address: address.place ? address : null };
}

/**
 * @param {string} part
 * @param {object} address
 */
export function link(part, address) {
  return `#/${part}?${new URLSearchParams(Object.entries(address).map(([name, value]) => [name, String(value)]))}`;
}

/** What the server is asked for a meter. */
export function asked({ place, unit = "1", baud, parity, member, unverified, name }) {
  return {
    place, unit: Number(unit),
    ...(baud && !place.startsWith("tcp:") ? { baud: Number(baud) } : {}),
    ...(parity && !place.startsWith("tcp:") ? { parity } : {}),
    ...(member ? { member } : {}), ...(unverified === "true" || unverified === true ? { unverified: true } : {}),
    ...(name ? { name } : {}),
  };
}

/**
 * The meter of an address; the one that is open where it is that one.
 * @param {Address} address
 * @param {any} known
 */
export async function opened(address, known) {
  if (known && new URLSearchParams(known.asked).toString() === new URLSearchParams(address).toString()) return known;
  const found = await (await post("/api/meters", asked(address), { patience: PATIENCE })).json();
  remember(address, found);
  return { ...found, asked: address, address: { ...address } };
}

/**
 * A meter as it is asked now.
 * @param {any} known
 * @param {any} meter as the server tells it
 */
export function moved(known, meter) {
  const { place, unit, baud, parity } = meter.address;
  const line = place.startsWith("rtu:") ? { baud: String(baud), parity } : {};
  const address = { ...known.address, place, unit: String(unit), ...line };
  return { ...meter, asked: address, address };
}

/** Meters that were opened last, in this browser. @returns {{address: Address, text: string}[]} */
export function recent() {
  try {
    const found = JSON.parse(kept("configured", "[]"));
    return Array.isArray(found) ? found.filter(({ address }) => address?.place) : [];
  } catch {
    return [];
  }
}

function remember(address, meter) {
  const text = `${meter.name || meter.member}${meter.serial_number ? `, ${meter.serial_number}` : ""}`;
  const same = new URLSearchParams(address).toString();
  const others = recent().filter((each) => new URLSearchParams(each.address).toString() !== same);
  keep("configured", JSON.stringify([{ address, text }, ...others].slice(0, RECENT)));
}
