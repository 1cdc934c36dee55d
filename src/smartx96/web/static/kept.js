/** Kept: what a viewer has chosen, in his own browser, as far as that keeps anything. */

/**
 * @param {string} name
 * @param {string} usual
 * @returns {string}
 */
export function kept(name, usual) {
  try {
    return localStorage.getItem(`x96-${name}`) ?? usual;
  } catch {
    return usual;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function keep(name, value) {
  try {
    localStorage.setItem(`x96-${name}`, value);
  } catch {
    // Then it is forgotten with the page.
  }
}
