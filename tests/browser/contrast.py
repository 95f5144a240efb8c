"""A function body that finds visible texts with less contrast than WCAG 2.2 AA asks for (4.5:1)."""

FAINT = """
const parse = (colour) => {
  const numbers = colour.match(/[\\d.]+/g).map(Number);
  const scale = colour.startsWith('color(') ? 255 : 1;
  const [r, g, b, alpha = 1] = numbers;
  return [r * scale, g * scale, b * scale, alpha];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const ground = (node) => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) {
    layers.push(parse(getComputedStyle(at).backgroundColor));
    if (layers.at(-1)[3] === 1) break;
  }
  return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255, 1]);
};
const light = (colour) => {
  const [r, g, b] = colour.map((it) => it / 255).map((it) => (
    it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const faint = new Set();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  const node = text.parentElement;
  if (!text.textContent.trim() || !node.checkVisibility() || node.closest('script, option')) continue;
  const behind = ground(node);
  const ink = over(parse(getComputedStyle(node).color), behind);
  const [a, b] = [light(ink), light(behind)].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < 4.5) faint.add(`${contrast.toFixed(2)}: ${text.textContent.trim().slice(0, 40)}`);
}
return [...faint];
"""
