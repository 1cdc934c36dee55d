/** Drawings that come as text. */

/**
 * @param {string} text SVG
 * @returns {SVGSVGElement}
 */
export function parsed(text) {
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return /** @type {SVGSVGElement} */ (document.adoptNode(/** @type {unknown} */ (found)));
}

/**
 * A drawing whose ids begin otherwise, so that a page can have several.
 * @param {string} text
 * @param {string} prefix
 * @returns {string}
 */
export function renamed(text, prefix) {
  return text
    .replace(/ id="/g, ` id="${prefix}`)
    .replace(/href="#/g, `href="#${prefix}`)
    .replace(/url\(#/g, `url(#${prefix}`)
    .replace(/aria-labelledby="([^"]*)"/g, (_, ids) => `aria-labelledby="${ids.split(" ").map((id) => prefix + id).join(" ")}"`);
}
