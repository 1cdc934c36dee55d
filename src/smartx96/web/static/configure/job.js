/** Jobs: what takes longer, followed until it is over. */

import { html, write } from "../elements.js";
import { get, post } from "../server.js";
import { button } from "./parts.js";

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {"running" | "done" | "failed" | "stopped"} state
 * @property {boolean} stoppable
 * @property {number} version
 * @property {string[]} lines
 * @property {{done: number, total: number, seconds_left: number | null} | null} progress
 * @property {string | null} error
 * @property {any} result
 * @property {string | null} file
 */

/**
 * Begin a job.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<Job>}
 */
export async function started(path, body) {
  return (await post(path, body, { keepalive: false })).json();
}

/**
 * Follow a job to its end.
 * @param {Job} job
 * @param {(job: Job) => void} look
 * @returns {Promise<Job>}
 */
export async function followed(job, look) {
  let found = job;
  while (found.state === "running") {
    look(found);
    found = await get(`/api/jobs/${found.id}?after=${found.version}`);
  }
  look(found);
  return found;
}

/** How far a job is. */
export class Progress {
  constructor() {
    this.bar = /** @type {HTMLProgressElement} */ (html("progress", { "aria-label": "progress" }));
    this.line = html("span", { class: "line-of-job", role: "status" });
    this.left = html("span", { class: "remark" });
    this.job = "";
    this.stop = button("Stop", () => post(`/api/jobs/${this.job}/stop`, {}), { complain: (text) => write(this.line, text) });
    this.root = html("div", { class: "job", hidden: true }, html("div", { class: "track" }, this.bar, this.stop), this.line, this.left);
  }

  /** @param {Job} job */
  show(job) {
    this.job = job.id;
    this.root.hidden = job.state !== "running";
    this.stop.hidden = !job.stoppable;
    if (job.progress) {
      this.bar.max = job.progress.total;
      this.bar.value = job.progress.done;
    } else {
      this.bar.removeAttribute("value");
    }
    write(this.line, job.lines.at(-1) ?? "");
    write(this.left, remaining(job.progress?.seconds_left));
  }
}

/**
 * @param {number | null | undefined} seconds
 * @returns {string}
 */
export function remaining(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 1.5) return "done in a moment";
  if (seconds < 100) return `${Math.round(seconds)} s left`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min left` : `${Math.round(minutes / 60)} h left`;
}
