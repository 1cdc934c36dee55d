/** What of the page that sets meters needs no browser, against values by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";

const load = (name) => import(`file://${process.env.X96_STATIC}/configure/${name}.js`);

const { offered, taken, worded } = await load("field");
const { remaining } = await load("job");
const { asked, at, link, moved } = await load("address");

const setting = { id: "x", label: "x", unit: "A", text: false, least: 1, most: 9999, numbers: null, names: [], default: 5, note: "" };

test("what is typed is a whole number within its limits, or told", () => {
  for (const [typed, value] of [["1", 1], [" 9999 ", 9999], ["0012", 12]]) assert.deepEqual(taken(setting, typed), { value });
  for (const typed of ["0", "10000", "1.5", "1e3", "0x10", "", "-1", "five", "1 2", "99999999999999999999"]) {
    assert.equal(taken(setting, typed).wrong, "Give a whole number from 1 to 9999 A.", typed);
  }
  assert.deepEqual(taken({ ...setting, least: -5000, most: 5000 }, "\u2212250"), { value: -250 });
});

test("a name is any text, which the server knows better", () => {
  assert.deepEqual(taken({ ...setting, text: true, note: "a name" }, " Europe/Berlin "), { value: "Europe/Berlin" });
  assert.ok(taken({ ...setting, text: true, note: "a name" }, "  ").wrong);
});

test("few numbers are a list, many are typed", () => {
  assert.equal(offered(setting), null);
  assert.deepEqual(offered({ ...setting, least: 0, most: 4 }), [0, 1, 2, 3, 4]);
  assert.deepEqual(offered({ ...setting, least: null, most: null, numbers: [60, 100, 200] }), [60, 100, 200]);
  assert.equal(offered({ ...setting, text: true }), null);
});

test("values are worded by their names, and by their unit where they are numbers", () => {
  assert.equal(worded({ ...setting, names: [[1, "1P2W"]] }, 1), "1P2W");
  assert.equal(worded({ ...setting, unit: "bit/s", names: [[2, "9600"]] }, 2), "9600 bit/s");
  assert.equal(worded(setting, 250), "250 A");
  assert.equal(worded(setting, null), "unknown");
});

test("the time left is told in its largest unit", () => {
  assert.deepEqual([null, undefined].map(remaining), ["", ""]);
  assert.deepEqual([0, 12.4, 99, 150, 36_000].map(remaining), ["done in a moment", "12 s left", "99 s left", "3 min left", "10 h left"]);
});

test("an address leads to a part and a meter, and back", () => {
  const hash = link("settings", { place: "rtu:/dev/ttyUSB0", unit: 7, baud: 19200, parity: "E1" });
  const { part, address } = at(hash);
  assert.equal(part, "settings");
  assert.deepEqual(asked(address), { place: "rtu:/dev/ttyUSB0", unit: 7, baud: 19200, parity: "E1" });
  assert.deepEqual(at(""), { part: "find", address: null });
  assert.deepEqual(at("#/live?unit=3"), { part: "live", address: null });
  assert.deepEqual(asked({ place: "tcp:h:502", unit: "2", baud: "9600", unverified: "true" }), { place: "tcp:h:502", unit: 2, unverified: true });
});

test("a meter that has moved is asked where it is now, in the same way", () => {
  const known = { id: "1", address: { place: "tcp:h:502", unit: "1", member: "SDM630" } };
  const { address } = moved(known, { id: "1", address: { place: "tcp:h:502", unit: 9, baud: 9600, parity: "N1" } });
  assert.deepEqual(address, { place: "tcp:h:502", unit: "9", member: "SDM630" });
});
