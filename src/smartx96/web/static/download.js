/** Download: what a page shows, as a file of its own: CSV, or a picture of a chart. */

import { set, svg } from "./elements.js";
import { stamp } from "./format.js";

const SCALE = 2;
const STYLES = [
  "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
  "stroke-opacity", "fill-opacity", "opacity", "font-size", "font-weight", "font-family", "text-anchor",
  "dominant-baseline", "paint-order", "visibility", "vector-effect",
];

/**
 * Rows as CSV (RFC 4180).
 * @param {(string | number | null | undefined)[][]} rows
 * @returns {string}
 */
export function csv(rows) {
  const cell = (value) => {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/**
 * A name that tells what, of whom and when.
 * @param {string} meter
 * @param {string} what
 * @param {string} time
 * @param {string} suffix
 */
export function fileName(meter, what, time, suffix) {
  const moment = stamp(time).replace(/[-:]/g, "").replace(" ", "T");
  return `${meter}-${what}-${moment}.${suffix}`.replace(/[^\w.-]+/g, "_");
}

/**
 * Hand a file to the browser.
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * A chart with its heading and legend, whatever colours the page has now.
 * @param {SVGSVGElement} chart
 * @param {{title: string, time: string, legend: {name: string, text: string}[]}} texts
 * @returns {Promise<Blob>}
 */
export async function picture(chart, texts) {
  const drawing = composed(chart, texts);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(drawing))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SCALE * Number(drawing.getAttribute("width"));
  canvas.height = SCALE * Number(drawing.getAttribute("height"));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser made no picture"))));
  });
}

function composed(chart, { title, time, legend }) {
  const page = getComputedStyle(document.documentElement);
  const colour = (name) => page.getPropertyValue(`--${name}`).trim();
  const { width, height } = chart.getBoundingClientRect();
  const em = parseFloat(getComputedStyle(chart).fontSize);
  const [edge, head] = [1.5 * em, 5 * em];
  const foot = legend.length ? 2.5 * em : 0;
  const total = { width: width + 2 * edge, height: head + height + foot + edge };
  const said = (text, x, y, more) => svg("text", { x, y, fill: colour("ink"), "font-family": page.fontFamily, ...more }, text);
  const body = styled(chart);
  set(body, { x: edge, y: head, width, height });
  return svg(
    "svg", { ...total, viewBox: `0 0 ${total.width} ${total.height}` },
    svg("rect", { ...total, fill: colour("card-colour") }),
    said(title, edge, 2.2 * em, { "font-size": 1.35 * em, "font-weight": 600 }),
    said(time, edge, 3.7 * em, { "font-size": em, fill: colour("muted") }),
    body,
    ...legend.flatMap(({ name, text }, n) => {
      const x = edge + n * Math.min(9 * em, width / legend.length);
      const y = head + height + 1.9 * em;
      return [
        svg("rect", { x, y: y - 0.7 * em, width: 1.4 * em, height: 0.6 * em, fill: colour(name) }),
        said(text, x + 1.9 * em, y, { "font-size": em }),
      ];
    }),
  );
}

/** A copy that needs no style sheet. */
function styled(chart) {
  const copy = chart.cloneNode(true);
  const originals = [chart, ...chart.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, n) => {
    const found = getComputedStyle(originals[n]);
    if (found.display === "none") element.setAttribute("display", "none");
    for (const name of STYLES) element.setAttribute(name, found.getPropertyValue(name));
  });
  return copy;
}
