/** Server: asked for documents, and told of keys. */

/** An answer that does not come within this time does not come [ms]. */
const PATIENCE = 5000;

/** An answer that is none. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} reason
   * @param {any} [said] all that was answered
   */
  constructor(status, reason, said = {}) {
    super(reason);
    this.status = status;
    this.said = said;
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Response>}
 */
export async function taken(response) {
  if (response.ok) return response;
  if (response.status === 401) location.assign("/login");
  const said = await response.json().catch(() => ({}));
  throw new Refusal(response.status, said.error ?? `the server answered ${response.status}`, said);
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function get(path) {
  return (await taken(await fetch(path))).json();
}

/**
 * @param {string} path
 * @returns {Promise<string>}
 */
export async function text(path) {
  return (await taken(await fetch(path))).text();
}

/**
 * @param {string} path
 * @param {object} body
 * @param {{patience?: number, keepalive?: boolean}} [how] how long an answer may take [ms], and whether
 *   it is asked for though the page goes: only what is short can be
 * @returns {Promise<Response>}
 */
export async function post(path, body, { patience = PATIENCE, keepalive = true } = {}) {
  return taken(
    await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      keepalive,
      signal: AbortSignal.timeout(patience),
    }),
  );
}
