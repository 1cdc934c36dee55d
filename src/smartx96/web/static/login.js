/** The page that asks for the token. */

import { header } from "./header.js";
import { Refusal, post } from "./server.js";

const refusal = document.getElementById("refusal");
const token = /** @type {HTMLInputElement} */ (document.getElementById("token"));

async function login(text) {
  refusal.textContent = "";
  try {
    await post("/api/login", { token: text });
    location.replace("/");
  } catch (error) {
    refusal.textContent = error instanceof Refusal ? error.message : "the server does not answer";
    token.select();
  }
}

document.getElementById("login").addEventListener("submit", (event) => {
  event.preventDefault();
  login(token.value);
});

header();
document.querySelectorAll("#tools > button").forEach((button) => button.remove());

/** A link may carry the token; it is taken out of the address at once. */
function follow() {
  if (location.hash.length > 1) {
    const carried = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    login(carried);
  }
}

follow();
// A link to the page that is shown already loads nothing.
addEventListener("hashchange", follow);
