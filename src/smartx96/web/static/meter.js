/** The page of a meter. */

import { Board } from "./board.js";
import { Demand } from "./demand.js";
import { write } from "./elements.js";
import { Energies } from "./energies.js";
import { Events } from "./events.js";
import { Face } from "./face.js";
import { header } from "./header.js";
import { Phasors } from "./phasors.js";
import { Pulses } from "./pulses.js";
import { Readings } from "./readings.js";
import { Refusal, get } from "./server.js";
import { Spectrum } from "./spectrum.js";
import { Standing } from "./standing.js";
import { Stream } from "./stream.js";
import { Traffic } from "./traffic.js";
import { Trends } from "./trends.js";
import { Waveforms } from "./waveforms.js";
import { Wiring } from "./wiring.js";

const TOPICS = "panel,meter,readings,phasors,spectrum,waveforms,energies,demand,pulses,events,wiring,traffic";
const CARDS = [Readings, Phasors, Waveforms, Spectrum, Trends, Energies, Demand, Pulses, Events, Wiring, Traffic];
const WIRINGS = { "1p2w": "one phase, two wires", "3p3w": "three phases, three wires", "3p4w": "three phases, four wires" };

/** A page that nobody sees asks for nothing after so long [ms]. */
const HIDDEN = 10_000;
/** The clock of the meter goes on by itself between its words, but not for longer [ms]. */
const BETWEEN = 2000;

/** The clock of the meter, which is told once a second. */
class Clock {
  constructor() {
    this.told = NaN;
    this.at = 0;
  }

  /** @param {string} moment */
  tell(moment) {
    const told = Date.parse(moment);
    if (told === this.told) return;
    [this.told, this.at] = [told, performance.now()];
  }

  now() {
    if (Number.isNaN(this.told)) return "";
    return new Date(this.told + Math.min(BETWEEN, performance.now() - this.at)).toISOString();
  }
}

function complain(text) {
  const place = document.getElementById("refusal");
  write(place, text);
  clearTimeout(complain.timer);
  complain.timer = setTimeout(() => write(place, ""), 8000);
}

/** The meter that the address names, else the only one. */
async function chosen() {
  const named = /^\/meters\/([^/]+)\/$/.exec(location.pathname);
  const { meters, token } = await get("/api/meters");
  return { id: named ? decodeURIComponent(named[1]) : meters[0].id, several: meters.length > 1, token };
}

function entitle(meter) {
  document.title = `${meter.id}, SMART ${meter.model}`;
  write(document.getElementById("name"), meter.id);
  write(document.getElementById("plate"), `SMART ${meter.model}, ${WIRINGS[meter.wiring] ?? meter.wiring}, number ${meter.serial_number}`);
}

async function start() {
  const { id, several, token } = await chosen();
  const address = `/api/meters/${encodeURIComponent(id)}`;
  const clock = new Clock();
  const context = { address, meter: { id, quantities: {} }, clock: () => clock.now(), complain };
  const face = new Face(address, context);
  header({ wall: true, several, token });
  const [meter] = await Promise.all([get(address), face.load()]);
  context.meter = meter;
  entitle(meter);
  const standing = new Standing();
  const cards = CARDS.map((Made) => new Made(context));
  const board = new Board(cards, complain);
  const trends = cards.find((card) => card instanceof Trends);
  const take = (topic, data) => {
    if (topic === "panel") face.show(data);
    if (topic === "meter") {
      clock.tell(data.clock);
      standing.show(data);
    }
    board.take(topic, data);
  };
  const stream = new Stream(
    async () => `${address}/events?topics=${TOPICS}${await face.opened()}`,
    take,
    (state) => {
      standing.link(state, () => stream.start());
      face.connected(state.live);
      if (state.live) trends.load().catch((error) => complain(error.message));
      // The server was started anew, or it was a long time: another panel takes its place.
      else if (state.status === 404) face.forget();
    },
  );
  face.lost = () => {
    if (!stream.running) return;
    face.connected(false);
    standing.link({ live: false, reason: "no connection" }, () => stream.start());
    stream.start();
  };
  stream.start();
  comeAndGo(stream, face, standing);
}

function comeAndGo(stream, face, standing) {
  let timer = 0;
  // Who comes back is not to take what was shown then for what is.
  const rest = () => {
    stream.stop();
    face.connected(false);
    standing.rest();
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(rest, HIDDEN);
    else if (!stream.running) stream.start();
  });
  addEventListener("pagehide", () => {
    rest();
    face.close();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) stream.start();
  });
  addEventListener("online", () => stream.start());
}

start().catch((error) => {
  const reason = error instanceof Refusal ? error.message : "the meter does not answer";
  write(document.getElementById("refusal"), `${reason}: load the page again`);
});
