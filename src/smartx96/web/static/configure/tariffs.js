/** Tariffs: the calendar that a meter has, and another one from a file. */

import { html } from "../elements.js";
import { get, post } from "../server.js";
import { Dialog } from "./dialog.js";
import { started } from "./job.js";
import { card, input, labelled, remarks } from "./parts.js";

const LARGEST = 200_000;

export class Tariffs {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   */
  constructor(place, context) {
    Object.assign(this, { place, context, gone: false });
    this.address = `/api/meters/${context.meter.id}/tariffs`;
    this.load().catch((error) => this.gone || context.complain(error.message));
  }

  close() {
    this.gone = true;
  }

  async load() {
    this.place.replaceChildren(html("p", { class: "remark wait" }, "Reading the calendar \u2026"));
    const found = await get(this.address);
    if (this.gone) return;
    if (!found.has) {
      this.place.replaceChildren(card("Tariffs", { wide: true }, html("p", { class: "remark" }, found.why)));
      return;
    }
    this.file = input({ type: "file", accept: ".toml,text/plain", id: "calendar" });
    this.file.addEventListener("change", () => this.preview().catch((error) => this.context.complain(error.message)));
    this.place.replaceChildren(html("div", { class: "columns" },
      card("Calendar of the meter", {}, ...shown(found, this.address)),
      card("Another calendar", {}, labelled("Calendar file", this.file, "Nothing is written by choosing one: you see first what it holds."))));
  }

  async preview() {
    const [file] = this.file.files;
    this.context.complain("");
    if (!file) return;
    if (file.size > LARGEST) throw new Error(`${file.name}: larger than ${LARGEST} bytes, the most that a calendar may have`);
    const said = { name: file.name, text: await file.text() };
    this.file.value = "";
    const plan = await (await post(`${this.address}/plan`, said, { patience: 60_000, keepalive: false })).json();
    if (plan.same) throw new Error(`${file.name}: ${plan.statement}`);
    new Dialog(this.context, {
      title: `Write ${file.name}`, content: [html("p", {}, plan.statement), html("pre", { tabindex: 0, role: "region", "aria-label": "calendar of the file" }, plan.text)],
      notes: plan.notes, password: true, action: "Write the calendar",
      run: (password) => started(`${this.address}/write`, { ...said, password }),
      told: ({ result }) => [html("p", { class: `verdict ${result.done ? "good" : "look"}`, role: "status" }, result.statement), ...(result.notes?.length ? [remarks(result.notes, "notes")] : [])],
    }).open(() => this.load());
  }
}

function shown({ text, active, passive, tariff, next, activation }, address) {
  const facts = [
    tariff && `Tariff ${tariff} counts now.`,
    ...next.slice(0, 2).map(({ time, tariff: then }) => `Tariff ${then} from ${time.replace("T", " ")} on.`),
    passive.state !== "none" && `Another calendar waits${activation ? ` until ${activation.replace("T", " ")}` : ""}.`,
  ].filter(Boolean);
  const list = remarks(facts, "remarks");
  if (text === null) return [html("p", {}, active.state === "none" ? "The meter has no calendar." : "The meter has a calendar that its registers cannot hold."), list];
  const save = html("a", { class: "button", href: `${address}.toml`, download: "" }, "Download");
  return [list, html("pre", { tabindex: 0, role: "region", "aria-label": "calendar of the meter" }, text), html("div", { class: "buttons" }, save)];
}
