/** Header: light or dark, the wall, the way out. */

import { html, set } from "./elements.js";
import { keep, kept } from "./kept.js";
import { post } from "./server.js";

const THEMES = { auto: "Auto", light: "Light", dark: "Dark" };

/** The colours that are chosen; the rest of the page is told where it has drawn with them. */
function themeSwitch() {
  const root = document.documentElement;
  const box = html("select", { "aria-label": "colours", title: "colours" },
    ...Object.entries(THEMES).map(([value, text]) => html("option", { value, selected: value === kept("theme", "auto") }, text)));
  box.addEventListener("change", () => {
    const theme = /** @type {HTMLSelectElement} */ (box).value;
    keep("theme", theme);
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  });
  return box;
}

function wallSwitch() {
  const wall = "wall" in document.documentElement.dataset;
  const link = html("a", { class: "button wall", href: wall ? "?wall=off" : "?wall" }, wall ? "Page" : "Wall");
  link.title = wall ? "back to the page" : "everything at once, for a large screen";
  return link;
}

/** Where a token was asked for there is a way out. */
function logout() {
  const button = html("button", { type: "button" }, "Log out");
  button.addEventListener("click", async () => {
    await post("/api/logout", {}).catch(() => {});
    location.assign("/login");
  });
  return button;
}

/**
 * @param {{wall?: boolean, several?: boolean, token?: boolean}} [pages] what there is beside this one, and
 *   whether a token was asked for
 */
export function header({ wall = false, several = false, token = false } = {}) {
  const place = document.getElementById("tools");
  if (several) place.append(html("a", { class: "button", href: "/" }, "All meters"));
  if (wall) place.append(wallSwitch());
  place.append(themeSwitch());
  if (token) place.append(logout());
  set(place, { hidden: null });
}
