/** Clock and resets: what is set or lost at once, and so only after it was said what it is. */

import { html } from "../elements.js";
import { get } from "../server.js";
import { Dialog } from "./dialog.js";
import { started } from "./job.js";
import { button, card, input, labelled, listed, remarks } from "./parts.js";

export class Clock {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   */
  constructor(place, context) {
    Object.assign(this, { place, context, gone: false });
    this.address = `/api/meters/${context.meter.id}`;
    this.load().catch((error) => this.gone || context.complain(error.message));
  }

  close() {
    this.gone = true;
  }

  async load() {
    this.place.replaceChildren(html("p", { class: "remark wait" }, "Asking the meter \u2026"));
    const { clock, resets } = await get(`${this.address}/tasks`);
    if (this.gone) return;
    this.place.replaceChildren(html("div", { class: "columns" }, this.clock(clock), this.resets(resets), this.password()));
  }

  clock(clock) {
    if (!clock.has) return card("Clock", {}, html("p", { class: "remark" }, clock.why));
    const facts = [["The meter shows", clock.shown ?? "no time"], ["Its time zone", clock.zone ?? "unknown"], ["Compared", clock.off ?? "unknown"]];
    const list = html("dl", { class: "facts" }, ...facts.map(([name, text]) => html("div", {}, html("dt", {}, name), html("dd", {}, text))));
    const act = button("Set the clock", () => new Dialog(this.context, {
      title: "Set the clock",
      content: [html("p", {}, "The meter gets the time of the computer on which this program runs, in the meter's time zone.")],
      password: "optional", action: "Set the clock",
      run: (password) => started(`${this.address}/clock`, { password }),
      told,
    }).open(() => this.load()), { main: true, complain: this.context.complain });
    return card("Clock", {}, list, html("div", { class: "buttons" }, act));
  }

  password() {
    const give = () => {
      const asked = () => input({ type: "password", inputmode: "numeric", maxlength: 4, autocomplete: "off" });
      const [first, second] = [asked(), asked()];
      new Dialog(this.context, {
        title: "New password",
        content: [labelled("New password", first, "1 to 9999"), labelled("New password again", second)],
        password: true, action: "Give it",
        run: (password) => {
          if (first.value !== second.value) throw new Error("the new passwords are not the same");
          return started(`${this.address}/password`, { password, new: first.value });
        },
        told,
      }).open();
    };
    return card("Password", {}, html("p", {}, "It protects the settings with a lock, resets and tariffs; 1000 when delivered."),
      html("div", { class: "buttons" }, button("New password", give, { complain: this.context.complain })));
  }

  resets(resets) {
    if (!resets.length) return card("Resets", {}, html("p", { class: "remark" }, "Nothing says that this meter can be reset over its registers."));
    const rows = resets.map((reset) => [reset.title, reset.text, button("Reset", () => this.reset(reset), { danger: true, complain: this.context.complain, "aria-label": `Reset: ${reset.title}` })]);
    return card("Resets", {}, html("div", { class: "wide" }, listed(["What", "what is lost", ""], rows, "resets")));
  }

  reset({ name, title, text, values }) {
    const lost = values.length ? remarks(values, "remarks") : html("p", { class: "remark" }, "All of it is at 0 already.");
    new Dialog(this.context, {
      title: `Reset: ${title}`, content: [html("p", {}, text), lost],
      password: true, confirm: "What is lost cannot be brought back. I want that.", action: "Reset", danger: true,
      run: (password) => started(`${this.address}/reset`, { what: name, password, confirmed: true }),
      told,
    }).open(() => this.load());
  }
}

function told({ result }) {
  return [html("p", { class: `verdict ${result.done ? "good" : "look"}`, role: "status" }, result.statement), ...(result.notes?.length ? [remarks(result.notes, "notes")] : [])];
}
