/** What of the pages needs no browser, against values by hand. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const modules = process.env.X96_STATIC;
const load = (name) => import(`file://${modules}/${name}.js`);

const { bits, changes } = await load("glass");
const { cut, pause } = await load("stream");
const { csv, fileName } = await load("download");
const { renamed } = await load("drawing");
const format = await load("format");
const scale = await load("scale");
const { merged, columns, Trends } = await load("trends");
const { Spectrum } = await load("spectrum");
const { Phasors } = await load("phasors");
const { added } = await load("pulses");
const { joined } = await load("events");
const { shown, single } = await load("readings");
const { said } = await load("standing");

test("an unbalance beyond the whole is told as no more than that", () => {
  assert.equal(single("voltage_unbalance_negative", 6666.67, "6666.67"), "> 100");
  assert.equal(single("voltage_unbalance_negative", 100, "100.00"), "100.00");
  assert.equal(single("voltage_unbalance_negative", null, "\u2013"), "\u2013");
  assert.equal(single("current_n", 200, "200.0"), "200.0");
});

test("bit n of a mask is segment n", () => {
  assert.deepEqual([...bits("15", 6)], [1, 0, 1, 0, 1, 0]);
  assert.deepEqual([...bits("", 3)], [0, 0, 0]);
  const wide = (1n << 344n) | (1n << 53n) | 1n;
  const lit = bits(wide.toString(16), 345);
  assert.deepEqual([...lit.keys()].filter((n) => lit[n]), [0, 53, 344]);
});

test("only what differs is a change", () => {
  assert.deepEqual(changes(bits("f", 4), bits("d", 4)), [1]);
  assert.deepEqual(changes(bits("5", 4), bits("5", 4)), []);
});

test("events are cut at blank lines, however they come", () => {
  const text = 'retry: 2000\n\nevent: panel\ndata: {"a":1}\n\n: still here\n\nevent: meter\r\ndata: x\r\ndata: y\r\n\r\nevent: half\nda';
  const { events, rest } = cut(text);
  assert.deepEqual(events, [{ name: "panel", data: '{"a":1}' }, { name: "meter", data: "x\ny" }]);
  assert.equal(rest, "event: half\nda");
  assert.deepEqual(cut(`${rest}ta: 1\n\n`).events, [{ name: "half", data: "1" }]);
});

test("attempts get rarer, and not for ever", () => {
  assert.deepEqual([1, 2, 3, 4, 99].map((n) => pause(n, 0.5)), [1000, 2000, 4000, 8000, 30000]);
  assert.deepEqual([pause(1, 0), pause(1, 1)], [750, 1250]);
});

test("CSV as RFC 4180 has it", () => {
  assert.equal(csv([["a", 'say "x"'], [1.5, null], ["b,c", "d\ne"]]), 'a,"say ""x"""\r\n1.5,\r\n"b,c","d\ne"\r\n');
});

test("names of files hold nothing odd", () => {
  assert.match(fileName("../Halle 3", "trends", "2026-01-02T03:04:05Z", "csv"), /^\.\._Halle_3-trends-2026010[123]T\d{6}\.csv$/);
});

test("ids of a drawing get a prefix, wherever they are used", () => {
  const text = '<svg id="face" aria-labelledby="title desc"><g id="s1" fill="url(#glass)"/><use href="#d3" data-id="x"/></svg>';
  assert.equal(renamed(text, "m1-"),
    '<svg id="m1-face" aria-labelledby="m1-title m1-desc"><g id="m1-s1" fill="url(#m1-glass)"/><use href="#m1-d3" data-id="x"/></svg>');
});

test("of what has come at once the newest of each topic counts", async () => {
  const { newest } = await load("stream");
  const events = [["panel", "1"], ["meter", "2"], ["panel", "3"], ["closing", "{}"]].map(([name, data]) => ({ name, data }));
  assert.deepEqual(newest(events).map(({ name, data }) => name + data), ["panel3", "meter2", "closing{}"]);
});

test("the verdict on the wiring agrees with the findings and the status", async () => {
  const { verdict } = await load("wiring");
  const finding = (kind, suspect = true) => ({ kind, suspect });
  assert.deepEqual(verdict({ suspect: false, findings: [] }), { text: "Voltages and currents stand to each other as they should.", look: false });
  for (const kind of ["voltage_sequence", "current_reversed"]) {
    // What is found is found before the meter is sure enough of it to be in alarm.
    const { text, look } = verdict({ suspect: false, findings: [finding(kind)] });
    assert.ok(look && text.includes("wrong wiring"), kind);
  }
  const unequal = verdict({ suspect: false, findings: [finding("voltage_unequal", false)] });
  const feeding = verdict({ suspect: false, findings: [finding("feeding_in", false)] });
  for (const { text, look } of [unequal, feeding]) assert.ok(look && !text.includes("as they should"));
  assert.notEqual(unequal.text, feeding.text);
  assert.ok(verdict({ suspect: true, findings: [] }).look);
});

test("trends offer what their source has", async () => {
  const { held } = await load("trends");
  const curves = [["p", "active", "P"], ["q", "reactive", "Q"], ["s", "single", "S"]];
  const ids = (rows) => held(curves, { rows }).map(([id]) => id);
  assert.deepEqual(ids({ p: [1, null], q: [0, null] }), ["p", "q"], "the source has no s");
  assert.deepEqual(ids({ p: [1], q: [null], s: [2] }), ["p", "s"], "the meter has no q");
  assert.deepEqual(ids({ p: [], q: [] }), ["p", "q"], "nothing has come yet");
  assert.deepEqual(ids({}), []);
});

test("a demand period that is not whole says so", async () => {
  const { words } = await load("demand");
  assert.equal(words({ period: 15, elapsed: 3.04, whole: false }), "3.0 of 15 min, 0 until one is whole");
  assert.equal(words({ period: 15, elapsed: 3.04, whole: true }), "3.0 of 15 min");
  assert.doesNotMatch(words({ period: 0, elapsed: 0, whole: true }), /whole/);
});

test("names of phasors lie neither over each other nor over arrows", async () => {
  const { placed } = await load("phasors");
  for (let lag = -180; lag <= 180; lag += 5) {
    for (const share of [1, 0.66, 0.4]) {
      const arrows = [0, 240, 120].flatMap((angle, n) => [
        { size: 130, angle, name: `U${n + 1}` }, { size: 130 * share, angle: angle - lag, name: `I${n + 1}` }]);
      const names = placed(arrows);
      names.forEach(([x, y], n) => {
        assert.ok(Math.hypot(x, y) <= 150, "within the drawing");
        for (const [left, top] of names.slice(n + 1)) assert.ok(Math.abs(x - left) >= 20 || Math.abs(y - top) >= 14, `${lag} ${share}: two names`);
        for (const { size, angle } of arrows) {
          const turn = (angle * Math.PI) / 180;
          const along = Math.max(0, Math.min(size, x * Math.cos(turn) - y * Math.sin(turn)));
          const far = Math.hypot(x - along * Math.cos(turn), y + along * Math.sin(turn));
          assert.ok(far > 8, `${lag} ${share}: ${arrows[n].name} over an arrow`);
        }
      });
    }
  }
});

test("the clock of the meter is that of its own zone", async () => {
  const { ownClock } = await load("standing");
  assert.deepEqual(ownClock("2026-07-01T06:11:31+02:00"), { day: "2026-07-01", time: "06:11:31" });
  assert.deepEqual(ownClock(null), { day: "\u2013", time: "\u2013" });
});

test("numbers", () => {
  assert.equal(format.fixed(-0.0001, 2), "0.00");
  assert.equal(format.fixed(-1.25, 1), "\u22121.3");
  assert.equal(format.fixed(null, 1), "\u2013");
  assert.equal(format.significant(0.0123, 4), "0.012");
  assert.equal(format.significant(230.46, 4), "230.5");
  assert.equal(format.significant(5, 4, 110), "5.0");
  assert.equal(format.quantity(110314.5, "W"), "110.3 kW");
  assert.equal(format.quantity(-4.2e6, "var"), "\u22124.200 Mvar");
  assert.equal(format.quantity(50.0204, "Hz", 5), "50.020 Hz");
  assert.equal(format.quantity(12345, "Hz"), "12345 Hz");
  assert.equal(format.counted(1234567), "1\u202f234\u202f567");
  assert.equal(format.energy(-33.0914), "\u221233.091");
  assert.equal(format.energy(1234567.89), "1\u202f234\u202f567.9");
});

test("values of a row have one unit", () => {
  assert.deepEqual(shown([31780, 950, null], "W"), { texts: ["31.78", "0.95", "\u2013"], unit: "kW" });
  assert.deepEqual(shown([0.9141, -1, 1], ""), { texts: ["0.914", "\u22121.000", "1.000"], unit: "" });
});

test("axes end on round numbers", () => {
  assert.deepEqual([0.7, 1, 1.01, 3, 7].map(scale.niceStep), [1, 1, 2, 5, 10]);
  const y = scale.linear(-325, 325);
  assert.deepEqual([y.low, y.high, y.ticks], [-400, 400, [-400, -200, 0, 200, 400]]);
  assert.deepEqual([y.share(-400), y.share(0), y.share(400)], [0, 0.5, 1]);
  const flat = scale.linear(50, 50, { least: 0.02 });
  assert.deepEqual(flat.ticks.map(flat.text), ["49.990", "49.995", "50.000", "50.005", "50.010"]);
  assert.equal(scale.linear(0, 0).low, 0);
  const log = scale.logarithmic(0.01, 100);
  assert.deepEqual(log.ticks.map(log.text), ["0.01", "0.1", "1", "10", "100"]);
  assert.equal(log.share(1), 0.5);
  assert.equal(log.share(0), 0);
});

test("an axis stands still while it fits", () => {
  const old = scale.linear(0, 100);
  assert.equal(scale.settled(old, scale.linear(0, 70)), old);
  assert.notEqual(scale.settled(old, scale.linear(0, 130)), old);
  assert.notEqual(scale.settled(old, scale.linear(0, 20)), old);
});

test("times of day have round ticks", () => {
  const end = Date.UTC(2026, 5, 1, 12, 7);
  const hour = scale.times(end - 3_600_000, end, 6);
  assert.equal(hour.ticks.length, 6);
  assert.ok(hour.ticks.every((tick) => tick % 600_000 === 0 && tick >= hour.low && tick <= hour.high));
});

test("the finer series rules where there are both", () => {
  const coarse = columns({ columns: ["p"], times: ["2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z"], rows: [[1], [2]] });
  const fine = { times: [Date.UTC(2026, 0, 1, 0, 10), Date.UTC(2026, 0, 1, 0, 11)], rows: { p: [7, null] } };
  const found = merged(coarse, fine, "p");
  assert.deepEqual(found.values, [1, 7, null]);
  assert.deepEqual(merged(coarse, fine, "q").values, []);
});

test("each pulse is known once, and forgotten after a while", () => {
  const pulse = (number) => ({ number, time: new Date(1000 * number).toISOString(), width: 0.1 });
  const known = added([], [pulse(3), pulse(2), pulse(1)], 0);
  assert.deepEqual(known.map(({ number }) => number), [1, 2, 3]);
  assert.deepEqual(added(known, [pulse(5), pulse(4), pulse(3)], 2000).map(({ number }) => number), [2, 3, 4, 5]);
  assert.deepEqual(added(known, [pulse(1)], 0).map(({ number }) => number), [1], "counted anew");
});

test("what status and window both say is said once", () => {
  const meter = { status: ["unlocked", "wiring suspect"], flags: ["wiring_suspect", "orders_limited"] };
  assert.deepEqual(said(meter), ["unlocked", "wiring suspect", "not all harmonics at this sampling rate"]);
});

test("without a neutral files name the lines", () => {
  const context = (wiring) => ({ card: { context: { meter: { wiring } } } });
  const heads = (wiring) => {
    const data = { harmonics: { voltage_harmonic_l3: [100], current_harmonic_l3: [100] } };
    return Object.assign(Object.create(Spectrum.prototype), context(wiring), { data }).head();
  };
  assert.deepEqual(heads("3p4w"), ["order", "U L3 [%]", "I L3 [%]"]);
  assert.deepEqual(heads("3p3w"), ["order", "U L3\u2013L1 [%]", "I L3 [%]"]);
  const data = { voltage: [{ rms: 400, angle: 0 }], current: [{ rms: 5, angle: -30 }] };
  const file = Object.assign(Object.create(Phasors.prototype), context("3p3w"), { data }).file();
  assert.deepEqual(file.slice(1), [["voltage", "l1_l2", 400, "V", 0], ["current", "l1", 5, "A", -30]]);
});

test("what comes before the past does not stay in it", () => {
  const made = () => Object.assign(Object.create(Trends.prototype), { context: { clock: () => "2026-01-01T00:00:00Z" }, interval: 10 });
  const [one, other] = [made(), made()];
  one.forget();
  other.forget();
  one.live({ active_power: 5 });
  assert.deepEqual([one.fine.times.length, one.coarse.times.length, other.fine.times.length], [1, 0, 0]);
});

test("the log has no holes", () => {
  const events = (...numbers) => numbers.map((number) => ({ number }));
  const numbers = (found) => found.map(({ number }) => number);
  assert.deepEqual(numbers(joined(events(3, 2, 1), events(5, 4, 3))), [5, 4, 3, 2, 1]);
  assert.deepEqual(numbers(joined(events(3, 2, 1), events(9, 8))), [9, 8]);
  assert.deepEqual(numbers(joined([], events(2, 1))), [2, 1]);
});

test("no page asks for what is elsewhere", () => {
  for (const name of ["index.html", "meter.html", "login.html", "page.css", "meter.css"]) {
    assert.doesNotMatch(readFileSync(`${modules}/${name}`, "utf8"), /https?:|\/\/\w|@import|style=| on\w+=|<script>/, name);
  }
});
