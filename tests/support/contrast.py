"""Contrast of every text of a page, as the browser has painted it (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from typing import Any

_SCRIPT = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) =>
    [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ancestors = element => {
    const found = [];
    for (let each = element; each; each = each.parentElement) found.push(each);
    return found;
  };
  const ground = element => ancestors(element).reverse()
    .map(each => rgba(getComputedStyle(each).backgroundColor))
    .reduce((below, colour) => over(colour, below), [255, 255, 255, 1]);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const own = element => [...element.childNodes]
    .filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data).join("").trim();
  const found = [];
  const all = document.body.querySelectorAll("*:not(script, style, title, desc, option)");
  for (const element of all) {
    const style = getComputedStyle(element);
    const seen = {opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true};
    if (!own(element) || element.closest(".unseen") || element.matches(":disabled")) continue;
    if (!element.checkVisibility(seen)) continue;
    const drawn = element instanceof SVGElement;
    const below = ground(drawn ? element.closest("svg").parentElement : element);
    const [r, g, b, a] = rgba(drawn ? style.fill : style.color);
    const through = ancestors(element)
      .reduce((share, each) => share * getComputedStyle(each).opacity, a);
    const [bright, dark] = [over([r, g, b, through], below), below]
      .map(light).sort((x, y) => y - x);
    const scale = drawn ? element.getScreenCTM().a : 1;
    const size = scale * parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    found.push({text: own(element).slice(0, 40), ratio: (bright + 0.05) / (dark + 0.05),
                least: large ? 3 : 4.5, size,
                place: ancestors(element).map(each => each.id).find(id => id) ?? ""});
  }
  return found;
}"""


def texts(page: Any) -> list[dict[str, Any]]:
    """Every text that is to be seen: `text`, `ratio`, the `least` that is due, `size`, `place`."""
    return list(page.evaluate(_SCRIPT))


def faint(page: Any) -> list[str]:
    """Texts of too little contrast."""
    return [
        f"{each['place']}: {each['text']!r} has {each['ratio']:.2f}, {each['least']} is due"
        for each in texts(page)
        if each["ratio"] < each["least"]
    ]
