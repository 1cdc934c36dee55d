/** The page that finds, sets, checks and records meters: which part is shown, of which meter. */

import { html, set, write } from "../elements.js";
import { header } from "../header.js";
import { get } from "../server.js";
import { at, link, moved, opened } from "./address.js";
import { Clock } from "./clock.js";
import { Find } from "./find.js";
import { Live } from "./live.js";
import { Profile } from "./profile.js";
import { Record } from "./record.js";
import { Settings } from "./settings.js";
import { Tariffs } from "./tariffs.js";

/** Parts by their name in the address; all but the first are of a meter. */
const PARTS = { find: Find, live: Live, settings: Settings, tariffs: Tariffs, clock: Clock, profile: Profile, record: Record };
const NAMES = { find: "Find", live: "Live", settings: "Settings", tariffs: "Tariffs", clock: "Clock and resets", profile: "Profile", record: "Record" };

const view = document.getElementById("view");
const refusal = document.getElementById("refusal");

/** What all parts share. */
const context = {
  /** @type {any} */ meter: null,
  /** @type {any} */ table: null,
  /** Changes of settings that are not written, by meter. @type {Map<string, Map<string, number | string>>} */
  pending: new Map(),
  /** Where there is nothing to complain of, it is told that nobody knows what the meter is. */
  complain: (text) => write(refusal, text || (context.meter?.doubt ?? "")),
  /** The meter has another address or speed since it was written. @param {any} meter */
  moved: (meter) => {
    context.meter = moved(context.meter, meter);
    history.replaceState(null, "", link(at(location.hash).part, context.meter.address));
    head(at(location.hash).part, context.meter, context.meter.address);
  },
  tell: (text) => write(document.getElementById("spoken"), text),
};

let shown = /** @type {{close?: () => void, keeps?: () => boolean} | null} */ (null);
let turn = 0;

/** Show what the address says. */
async function show() {
  const mine = ++turn;
  const { part, address } = at(location.hash);
  const name = part in PARTS && (part === "find" || address) ? part : "find";
  context.complain("");
  shown?.close?.();
  shown = null;
  try {
    context.table ??= await get("/api/table");
    if (name !== "find") {
      view.replaceChildren(html("p", { class: "remark wait" }, "Asking the meter \u2026"));
      context.meter = await opened(address, context.meter);
    }
    if (mine !== turn) return;
    draw(name, address);
  } catch (error) {
    if (mine !== turn) return;
    draw("find", address, error.message);
  }
}

function draw(name, address, reason = "") {
  // Who goes to look for meters may come back to another one at the same address.
  if (name === "find") context.meter = null;
  const { meter } = context;
  head(name, meter, meter?.address ?? address);
  view.className = `part-${name}`;
  view.replaceChildren();
  shown = new PARTS[name](view, context, address);
  context.complain(reason);
}

/** Name, place and parts. */
function head(name, meter, address) {
  nav(name, address);
  document.title = meter ? `${meter.name || meter.member}, ${NAMES[name]}: SMART X96` : "SMART X96: configuration";
  write(document.getElementById("title"), meter ? meter.name || meter.text : "SMART X96 configuration");
  write(document.getElementById("where"), meter ? said(meter) : "find, set, check and record meters");
}

function said({ serial_number: number, target }) {
  return `${number ? `${number}, ` : ""}${target}`;
}

function nav(name, address) {
  const place = document.getElementById("sections");
  const parts = address ? Object.keys(PARTS) : ["find"];
  place.hidden = !address;
  place.replaceChildren(...parts.map((each) => html("a", {
    href: each === "find" ? "#/find" : `#/${each}?${new URLSearchParams(address)}`,
    "aria-current": each === name ? "page" : null,
  }, NAMES[each])));
  place.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

addEventListener("hashchange", show);
addEventListener("beforeunload", (event) => {
  if ([...context.pending.values()].some((changes) => changes.size)) event.preventDefault();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  // Its address would be taken for that of a part.
  event.preventDefault();
  view.focus();
});

get("/api/about").then(({ token }) => header({ token })).catch((error) => context.complain(error.message));
set(view, { "aria-busy": null });
show();
