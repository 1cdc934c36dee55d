/** Stream: server-sent events over fetch, which tells why one ended and hears its heartbeat. */

import { taken } from "./server.js";

/** Nothing for so long, not even a comment, which comes every 10 s: the connection is dead [ms]. */
const SILENCE = 25_000;
/** Between attempts: the first, the longest [ms]. */
const FIRST = 1000;
const LONGEST = 30_000;
/** Errors of a request that was given up. */
const GIVEN_UP = ["AbortError", "TimeoutError"];
/** What has lasted so long was a success [ms]. */
const SETTLED = 5000;

/**
 * Cut a text into events.
 * @param {string} text what has come and was not used yet
 * @returns {{events: {name: string, data: string}[], rest: string}}
 */
export function cut(text) {
  const parts = text.replace(/\r\n/g, "\n").split("\n\n");
  const rest = parts.pop() ?? "";
  const events = parts.map(event).filter((found) => found.data !== "");
  return { events, rest };
}

function event(part) {
  const found = { name: "message", data: "" };
  const lines = [];
  for (const line of part.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") found.name = value;
    if (field === "data") lines.push(value);
  }
  return { ...found, data: lines.join("\n") };
}

/**
 * The newest state of each topic: who is slow need not look at what has passed.
 * @param {{name: string, data: string}[]} events
 */
export function newest(events) {
  return [...new Map(events.map((each) => [each.name, each])).values()];
}

/**
 * How long to wait before an attempt: twice as long each time, and never all at the same moment.
 * @param {number} failures
 * @param {number} chance 0 to 1
 * @returns {number} [ms]
 */
export function pause(failures, chance = Math.random()) {
  return Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1)) * (0.75 + 0.5 * chance);
}

/**
 * Read one stream to its end.
 * @param {string} path
 * @param {(name: string, data: any) => void} take
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export async function listen(path, take, signal) {
  const ended = new AbortController();
  let watch = 0;
  const alive = () => {
    clearTimeout(watch);
    watch = setTimeout(() => ended.abort(), SILENCE);
  };
  const end = () => ended.abort();
  signal?.addEventListener("abort", end);
  try {
    alive();
    const response = await taken(await fetch(path, { signal: ended.signal, cache: "no-store" }));
    await drain(response.body.pipeThrough(new TextDecoderStream()).getReader(), take, alive);
  } finally {
    clearTimeout(watch);
    signal?.removeEventListener("abort", end);
  }
}

async function drain(reader, take, alive) {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    const { events, rest } = cut(text + value);
    text = rest;
    for (const { name, data } of newest(events)) take(name, JSON.parse(data));
  }
}

/** A stream that comes again after each end, until it is stopped. */
export class Stream {
  /**
   * @param {() => Promise<string>} path told anew for each attempt
   * @param {(name: string, data: any) => void} take
   * @param {(state: {live: boolean, wait?: number, reason?: string, status?: number}) => void} tell
   */
  constructor(path, take, tell) {
    Object.assign(this, { path, take, tell, failures: 0, timer: 0, aborter: null });
  }

  /** Begin, or try again at once. */
  start() {
    this.stop();
    const aborter = new AbortController();
    this.aborter = aborter;
    this.attempt(aborter.signal).catch((error) => {
      if (!aborter.signal.aborted) this.again(error);
    });
  }

  /** Whether it is open, or will be again. */
  get running() {
    return this.aborter !== null;
  }

  /** Come no more. */
  stop() {
    clearTimeout(this.timer);
    this.aborter?.abort();
    this.aborter = null;
  }

  async attempt(signal) {
    let begun = 0;
    const take = (name, data) => {
      if (signal.aborted) return;
      if (!begun) {
        begun = Date.now();
        this.tell({ live: true });
      }
      if (name === "closing") throw new Error("the meter was stopped");
      this.take(name, data);
    };
    try {
      await listen(await this.path(), take, signal);
      throw new Error("the connection ended");
    } finally {
      if (begun && Date.now() - begun > SETTLED) this.failures = 0;
    }
  }

  again(error) {
    this.failures += 1;
    const wait = pause(this.failures);
    // A browser's own words for a broken connection differ and say little.
    const reason = error instanceof TypeError || GIVEN_UP.includes(error.name) ? "no connection" : error.message;
    this.tell({ live: false, wait, reason, status: error.status });
    this.timer = setTimeout(() => this.start(), wait);
  }
}
