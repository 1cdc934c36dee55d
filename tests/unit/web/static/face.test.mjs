/** The face's keys and words, the board's cards, and what the page says of both; no browser. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const load = (name) => import(`file://${process.env.X96_STATIC}/${name}.js`);

/** The shape of a browser's API that modules ask for when they are loaded or made. */
globalThis.IntersectionObserver = class {
  observe() {}
};

const { Face } = await load("face");
const { Board } = await load("board");
const { said, calm } = await load("standing");
const { verdict } = await load("wiring");

const PATIENCE = 20;
const screen = (title, ...spoken) => ({ title, spoken, powered: true });

let asked = [];
/** What the meter shows, and so answers. */
let shown = screen("");
const takes = () => Promise.resolve({ ok: true, json: async () => shown });
let answers = takes;

beforeEach(() => {
  [asked, shown, answers] = [[], screen(""), takes];
  AbortSignal.timeout = (time) => {
    assert.equal(time, 5000);
    const aborter = new AbortController();
    setTimeout(() => aborter.abort(new DOMException("late", "TimeoutError")), PATIENCE);
    return aborter.signal;
  };
  globalThis.fetch = (path, { body, signal }) => {
    const { key, action } = JSON.parse(body);
    asked.push(action ? `${action} ${key}` : path.split("/").at(-1));
    return answers(signal);
  };
});

/** A line that takes everything and gives nothing. */
const dead = (signal) => new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason)));

function face(more = {}) {
  const state = { panel: "p", live: true, turn: 0, down: new Set(), last: Promise.resolve(), lost() {} };
  const words = { title: "", values: "", told: 0, spoken: { textContent: "" }, complaints: [] };
  const found = Object.assign(Object.create(Face.prototype), state, words, more);
  found.context = { complain: (text) => found.complaints.push(text) };
  return found;
}

test("keys reach the meter in their order", async () => {
  const found = face();
  for (const key of ["M", "P"]) for (const action of ["press", "release"]) found.act(key, action);
  await found.last;
  assert.deepEqual(asked, ["press M", "release M", "press P", "release P"]);
  assert.equal(found.down.size, 0);
});

test("what could not be sent does not fall late", async () => {
  let lost = 0;
  const found = face({ lost: () => { lost += 1; found.connected(false); } });
  answers = dead;
  for (const key of ["M", "P", "E"]) for (const action of ["press", "release"]) found.act(key, action);
  await found.last;
  answers = takes;
  found.act("E", "press");
  await found.last;
  assert.deepEqual([asked, lost], [["press M", "close"], 1], "it may still arrive, where nobody looks");
  assert.deepEqual([found.complaints, found.panel], [["the key did not reach the meter"], null]);
  found.panel = "another";
  found.connected(true);
  found.act("P", "press");
  await found.last;
  assert.equal(asked.at(-1), "press P");
});

test("while nothing is seen nothing is pressed, and what is held is let go", async () => {
  const found = face();
  found.act("M", "press");
  await found.last;
  found.connected(false);
  found.act("P", "press");
  found.act("P", "release");
  found.act("M", "release");
  await found.last;
  assert.deepEqual(asked, ["press M", "release M"]);
  assert.deepEqual(found.complaints, ["keys do nothing until the meter is reached again"]);
});

test("a refusal is told, and what was behind it is dropped", async () => {
  const found = face();
  answers = () => Promise.resolve({ ok: false, status: 404, json: async () => ({ error: "no such panel" }) });
  found.act("M", "press");
  found.act("M", "release");
  await found.last;
  assert.deepEqual([asked, found.complaints, found.down.size], [["press M"], ["no such panel"], 0]);
});

test("what a key changes on a page is told soon after its release", async () => {
  const found = face();
  const shows = (title, ...spoken) => {
    found.screen = screen(title, ...spoken);
    found.speak(false);
  };
  shows("set-up 1: Modbus address", "001, digit 1 of 3");
  assert.equal(found.spoken.textContent, "set-up 1: Modbus address, 001, digit 1 of 3");
  shown = screen("set-up 1: Modbus address", "101, digit 1 of 3");
  found.act("M", "press");
  found.act("M", "release");
  await pause(150);
  assert.match(found.spoken.textContent, /001/, "more may come");
  await pause(250);
  assert.equal(found.spoken.textContent, "101, digit 1 of 3", "though no stream has told it");
  shows("set-up 1: Modbus address", "102, digit 1 of 3");
  await pause(350);
  assert.equal(found.spoken.textContent, "101, digit 1 of 3", "nobody has pressed a key");
});

test("another page is told as ever, and once", async () => {
  const found = face();
  found.screen = screen("currents", "L1 1 A");
  found.speak(false);
  shown = screen("active power", "L1 2 W");
  found.act("P", "press");
  found.act("P", "release");
  found.screen = shown;
  found.told = 0;
  found.speak(false);
  assert.equal(found.spoken.textContent, "active power, L1 2 W");
  found.screen = screen("active power", "L1 3 W");
  await pause(400);
  assert.equal(found.spoken.textContent, "active power, L1 2 W");
});

test("a card that fails holds up no other, and says so once", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const errors = t.mock.method(console, "error", () => {});
  globalThis.requestAnimationFrame = (draw) => draw();
  const [drawn, complaints] = [[], []];
  const card = (title, draw, take) => ({ card: { title, section: {} }, draw: { readings: draw }, take });
  const fail = () => {
    throw new Error("x");
  };
  const cards = [card("One", fail), card("Two", (n) => drawn.push(n)), card("Three", fail, { readings: fail })];
  const board = new Board(cards, (text) => complaints.push(text));
  cards.forEach((each) => board.visible.add(each));
  board.take("readings", 1);
  board.take("readings", 2);
  assert.deepEqual(drawn, [1, 2]);
  assert.deepEqual(complaints.map((text) => text.split(" ")[0]).sort(), ["One", "Three"]);
  assert.equal(errors.mock.callCount(), 2);
  assert.equal(board.due.get(cards[0]).size, 0);
});

test("flags are said in plain words, and those that tell no fault are no warnings", () => {
  const words = (...flags) => said({ status: [], flags });
  for (const flag of ["orders_limited", "short"]) assert.ok(calm(words(flag)[0]), flag);
  for (const flag of ["current_sum", "clipped", "wiring_suspect"]) assert.ok(!calm(words(flag)[0]), flag);
  assert.deepEqual(words("current_sum"), ["currents do not add up to zero"]);
  assert.deepEqual(said({ status: ["samples lost", "clipping"], flags: ["missing", "clipped"] }), ["samples lost", "clipping"]);
});

test("wiring that cannot be judged is not called good", () => {
  const found = { suspect: false, checked: true, lacks: null, findings: [] };
  assert.match(verdict(found).text, /as they should/);
  const none = verdict({ ...found, checked: false, lacks: "currents" });
  assert.deepEqual(none, { text: "Nothing to check: no currents.", look: false, idle: true });
  const sequence = { kind: "voltage_sequence", suspect: true };
  assert.ok(verdict({ ...found, checked: false, lacks: "currents", findings: [sequence] }).look);
  const unequal = { kind: "voltage_unequal", suspect: false };
  assert.doesNotMatch(verdict({ ...found, checked: false, lacks: "currents", findings: [unequal] }).text, /fit/);
});
