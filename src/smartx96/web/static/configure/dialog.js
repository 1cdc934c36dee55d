/** Dialog: what is to be done is shown, confirmed, followed and told, all in one place. */

import { html, set, write } from "../elements.js";
import { sentence } from "../format.js";
import { Progress, followed } from "./job.js";
import { button, input, labelled, remarks } from "./parts.js";

let dialogs = 0;

export class Dialog {
  /**
   * @param {any} context
   * @param {{title: string, content?: (Node | string)[], notes?: string[], password?: boolean | "optional",
   *   confirm?: string, action: string, after?: string, danger?: boolean,
   *   run: (password: string) => Promise<import("./job.js").Job>,
   *   told: (job: import("./job.js").Job) => (Node | string)[]}} what
   */
  constructor(context, what) {
    Object.assign(this, { context, what, over: false });
    const id = `dialog-${++dialogs}`;
    this.problem = html("p", { class: "problem", role: "alert" });
    this.progress = new Progress();
    this.heading = html("h2", { id, tabindex: -1 }, what.title);
    this.content = html("div", { class: "content" }, ...(what.content ?? []), ...(what.notes?.length ? [remarks(what.notes, "notes")] : []), ...this.asked());
    this.cancel = button("Cancel", () => this.root.close());
    this.act = button(what.action, () => this.run(), { main: true, danger: what.danger, type: "submit" });
    this.buttons = html("div", { class: "buttons" }, this.cancel, this.act);
    const form = html("form", { novalidate: true }, this.heading, this.content, this.problem, this.progress.root, this.buttons);
    form.addEventListener("submit", (event) => event.preventDefault());
    this.root = /** @type {HTMLDialogElement} */ (html("dialog", { "aria-labelledby": id }, form));
    // What is being written is not left in doubt by a key.
    this.root.addEventListener("cancel", (event) => this.running && event.preventDefault());
    this.root.addEventListener("close", () => this.closed());
    this.running = false;
    this.after = /** @type {() => unknown} */ (() => {});
  }

  asked() {
    const found = [];
    if (this.what.password) {
      this.password = input({ type: "password", inputmode: "numeric", maxlength: 4, autocomplete: "off", size: 6 });
      found.push(labelled("Password of the meter", this.password, "four digits, as set in the meter; 1000 when delivered. It is sent with this request and kept nowhere."));
    }
    if (this.what.confirm) {
      this.sure = input({ type: "checkbox" });
      found.push(html("label", { class: "tick sure" }, this.sure, html("span", {}, this.what.confirm)));
    }
    return found;
  }

  /** @param {() => unknown} [after] called once something was done */
  open(after = () => {}) {
    this.after = after;
    document.body.append(this.root);
    this.root.showModal();
    (this.content.querySelector("input") ?? this.heading).focus();
  }

  async run() {
    const password = this.password?.value ?? "";
    if (this.password && this.what.password !== "optional" && !/^\d{1,4}$/.test(password)) return this.refuse("The password has up to four digits.", this.password);
    if (this.sure && !this.sure.checked) return this.refuse("Tick the box, if that is what you want.", this.sure);
    this.wait(true);
    try {
      const job = await followed(await this.what.run(password), (each) => this.progress.show(each));
      if (job.state !== "done") throw new Error(job.error ?? "it was stopped");
      this.tell(job);
    } catch (error) {
      this.refuse(sentence(error.message), this.password ?? this.act);
    } finally {
      if (this.password) this.password.value = "";
      this.wait(false);
    }
  }

  wait(running) {
    this.running = running;
    if (running) write(this.problem, "");
    this.progress.root.hidden = !running;
    for (const each of [this.cancel, this.act]) each.disabled = running;
    set(this.root, { "aria-busy": running ? "true" : null });
  }

  refuse(text, control) {
    write(this.problem, text);
    control?.focus();
  }

  tell(job) {
    this.over = true;
    write(this.heading, this.what.after ?? this.what.title);
    this.content.replaceChildren(...this.what.told(job));
    this.buttons.replaceChildren(button("Close", () => this.root.close(), { main: true }));
    this.heading.focus();
  }

  closed() {
    this.root.remove();
    if (this.over) Promise.resolve(this.after()).catch((error) => this.context.complain(error.message));
  }
}
