"""Whether a page fits its window, and fingers its controls: scripts that give what does not."""

CUT = """() => {
  const found = [];
  const limit = document.documentElement.clientWidth;
  for (const element of document.querySelectorAll("main *, header *")) {
    const apart = element.closest("nav, .wide, .unseen, svg");
    if (apart || !element.checkVisibility({visibilityProperty: true})) continue;
    const {left, right, width} = element.getBoundingClientRect();
    if (width && (right > limit + 1 || left < -1)) found.push(element.outerHTML.slice(0, 80));
  }
  return found;
}"""
"""What stands out of the window at its sides; tables and the list of sections may be moved."""

SMALL = """() => [...document.querySelectorAll("button, a, select, input, [role=button]")]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest(".unseen, .skip"))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, {width, height}]) => Math.min(width, height) < 23.9)
  .map(([html, {width, height}]) => `${html}: ${width} x ${height}`)"""
"""What a finger would miss."""
