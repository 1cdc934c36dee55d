/** Find: meters on the ports of the server and in its network, by a search or by their address. */

import { html, write } from "../elements.js";
import { get } from "../server.js";
import { link, recent } from "./address.js";
import { Progress, followed, started } from "./job.js";
import { button, card, input, labelled, remarks, select, tick } from "./parts.js";

const SPEEDS = ["2400", "4800", "9600", "19200", "38400", "57600", "115200"];
const KINDS = /** @type {[string, string][]} */ ([["tcp", "Modbus TCP"], ["rtu", "Serial port"], ["rtu_tcp", "RTU over TCP (device server)"]]);

export class Find {
  /**
   * @param {HTMLElement} place
   * @param {any} context
   * @param {Record<string, string> | null} address of a meter that could not be opened
   */
  constructor(place, context, address) {
    Object.assign(this, { place, context, gone: false });
    this.found = html("ul", { class: "meters" });
    this.summary = html("p", { class: "remark", role: "status" });
    place.replaceChildren(
      html("div", { class: "columns" }, this.search(), this.direct(address ?? {})),
      html("section", { class: "whole" }, html("h2", { id: "found-heading" }, "Found"), this.summary, this.found),
      this.before(),
    );
    this.load().catch((error) => this.gone || context.complain(error.message));
  }

  close() {
    this.gone = true;
  }

  async load() {
    const [{ ports }, { jobs }] = await Promise.all([get("/api/ports"), get("/api/jobs")]);
    if (this.gone) return;
    this.offer(ports);
    const job = jobs.find(({ kind }) => kind === "search");
    if (job) await this.follow(job);
    else write(this.summary, "Nothing was searched for yet. A search only reads.");
  }

  offer(ports) {
    const boxes = ports.map(({ device, text }) => {
      const { box, element } = tick(device, { value: device, checked: true });
      if (text) element.append(html("small", {}, text));
      return { box, element };
    });
    this.boxes = boxes.map(({ box }) => box);
    const none = html("p", { class: "remark" }, "No serial port is plugged in at this computer.");
    this.ports.replaceChildren(html("legend", {}, "Serial ports"), ...(boxes.length ? boxes.map(({ element }) => element) : [none]));
    this.devices.replaceChildren(...ports.map(({ device }) => html("option", { value: device })));
  }

  search() {
    this.boxes = /** @type {HTMLInputElement[]} */ ([]);
    this.ports = html("fieldset", {}, html("legend", {}, "Serial ports"));
    this.hosts = input({ id: "hosts", type: "text", spellcheck: "false", autocomplete: "off", placeholder: "192.168.1.20, 192.168.1.0/24" });
    this.all = tick("every speed, parity and address (takes long)", { id: "everything" });
    this.progress = new Progress();
    this.start = button("Search", () => this.begin(), { main: true, complain: this.context.complain });
    return card("Search", { id: "search" }, this.ports,
      labelled("Hosts and networks", this.hosts, "names, addresses or networks, with or without a port, apart by commas"),
      this.all.element, html("div", { class: "buttons" }, this.start), this.progress.root);
  }

  async begin() {
    this.context.complain("");
    const ports = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const hosts = this.hosts.value.split(/[\s,;]+/).filter(Boolean);
    await this.follow(await started("/api/search", { ports, hosts, everything: this.all.box.checked }));
  }

  async follow(job) {
    const over = await followed(job, (each) => {
      if (this.gone) return;
      this.start.disabled = each.state === "running";
      this.progress.show(each);
      this.show(each);
    });
    if (this.gone) return;
    this.context.tell(this.summary.textContent);
    if (over.state === "failed") this.context.complain(over.error ?? "the search has failed");
  }

  show({ state, result }) {
    const found = result?.found ?? [];
    const n = counts(found);
    const told = { running: `${n} so far`, done: `${n} found`, stopped: `${n} found before the search was stopped`, failed: `${n} found before the search failed` };
    write(this.summary, told[state]);
    this.found.replaceChildren(...found.map(meterCard));
    for (const line of result?.notes ?? []) this.found.append(html("li", { class: "remark" }, line));
  }

  direct({ place = "", unit = "1", baud = "9600", parity = "N1", member = "", unverified = "" }) {
    const [kind, where] = parted(place);
    const said = {
      kind: select(KINDS, kind),
      where: input({ type: "text", required: true, value: where, spellcheck: "false", autocomplete: "off", list: "devices" }),
      unit: input({ type: "number", min: 0, max: 255, value: unit, required: true }),
      baud: select(SPEEDS.includes(baud) ? pairs(SPEEDS) : pairs([...SPEEDS, baud]), baud),
      parity: select(pairs(this.context.table?.parities ?? ["N1"]), parity),
      member: select([["", "as it says"], ...(this.context.table?.members ?? []).map(({ name }) => /** @type {[string, string]} */ ([name, name]))], member),
    };
    const own = tick("use registers that nobody documents for it", { checked: unverified === "true" });
    this.devices = html("datalist", { id: "devices" });
    const host = labelled("Host and port", said.where, "as 192.168.1.20:502");
    const line = html("div", { class: "row" }, labelled("Speed", said.baud), labelled("Parity", said.parity));
    const adapt = () => {
      const rtu = said.kind.value === "rtu";
      line.hidden = said.kind.value !== "rtu";
      write(host.querySelector("label"), rtu ? "Port" : "Host and port");
      write(host.querySelector("small"), rtu ? "as /dev/ttyUSB0 or COM3" : "as 192.168.1.20:502");
    };
    said.kind.addEventListener("change", adapt);
    adapt();
    const form = html("form", {}, labelled("Over", said.kind), host, this.devices,
      html("div", { class: "row" }, labelled("Address, unit id", said.unit), labelled("Taken for", said.member)), line, own.element,
      html("div", { class: "buttons" }, html("button", { class: "main" }, "Open")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.go(said, own.box.checked);
    });
    return card("Open by address", { id: "direct" }, form);
  }

  go(said, unverified) {
    const kind = said.kind.value;
    const place = `${kind}:${said.where.value.trim()}`;
    const goal = link("live", {
      place, unit: said.unit.value, ...(kind === "rtu" ? { baud: said.baud.value, parity: said.parity.value } : {}),
      ...(said.member.value ? { member: said.member.value } : {}), ...(unverified ? { unverified: "true" } : {}),
    });
    // The same address again changes nothing, and so would ask nobody.
    if (location.hash === goal) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = goal;
  }

  before() {
    const known = recent();
    if (!known.length) return html("div", {});
    const list = known.map(({ address, text }) => html("li", {}, html("a", { href: link("live", address) }, text), " ", html("small", {}, `${address.place} unit ${address.unit ?? 1}`)));
    return html("section", { class: "whole" }, html("h2", {}, "Opened before"), html("ul", { class: "before" }, ...list));
  }
}

const pairs = (values) => values.map((value) => /** @type {[string, string]} */ ([value, value]));

/** How many of what. @param {{state: string}[]} found */
function counts(found) {
  const meters = found.filter(({ state }) => state === "meter").length;
  const others = found.length - meters;
  const said = `${meters} ${meters === 1 ? "meter" : "meters"}`;
  return others ? `${said} and ${others} ${others === 1 ? "other device" : "other devices"}` : said;
}

/** Kind and rest of a place. @param {string} place @returns {[string, string]} */
function parted(place) {
  const found = place.match(/^(tcp|rtu|rtu_tcp):(.*)$/);
  return found ? [found[1], found[2]] : ["tcp", place];
}

/** How a meter that was found is opened. */
function address({ kind, where, unit, line }) {
  return { place: `${kind}:${where}`, unit, ...(line ? { baud: line.baud_rate, parity: `${line.parity}${line.stop_bits}` } : {}) };
}

function meterCard(found) {
  const { where, unit, line, state, member, model, name, serial_number: number, ours, remarks: told } = found;
  const title = state === "meter" ? name || model || member : "Another device";
  const spoken = line ? `, ${line.baud_rate} bit/s ${line.parity}${line.stop_bits}` : "";
  const facts = [
    `${where}${spoken}, address ${unit}`,
    number && `serial number ${number}`,
    found.wiring && `wiring ${found.wiring}`,
    found.ct_primary && `CT ${found.ct_primary}${found.ct_secondary ? `/${found.ct_secondary}` : ""} A`,
    (found.version || found.software_version) && `program ${found.version ?? found.software_version}`,
    state === "meter" && !ours && "not a meter of this program: only documented registers",
  ].filter(Boolean);
  const list = told.length ? remarks(told, "notes") : html("p", { class: "fine" }, "nothing looks wrong");
  const open = state === "meter" ? [html("a", { class: "button main", href: link("live", address(found)) }, "Open")] : [];
  return html("li", { class: `card meter ${told.length ? "look" : ""}` }, html("h3", {}, title), ...facts.map((text) => html("p", {}, text)),
    ...(state === "meter" || told.length ? [list] : []), html("div", { class: "buttons" }, ...open));
}
