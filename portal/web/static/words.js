// Sentences of the scripts, in the language of the page; `{name}` stands for a value. What counts may have a text of its own for one.
export const words = JSON.parse(document.getElementById("words").textContent);

// Of dates: in English the day stands before the month, as in the times that the portal writes.
export const locale = words.lang === "en" ? "en-GB" : words.lang;

export function say(name, values = {}) {
  const text = (values.count === 1 && words[`${name}One`]) || words[name];
  return String(text).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export const number = (value) => new Intl.NumberFormat(words.lang).format(value);

export function weight(bytes) {
  if (bytes < 1e3) return `${number(bytes)} B`;
  const [unit, value] = bytes < 1e6 ? ["kilobyte", bytes / 1e3] : ["megabyte", bytes / 1e6];
  return new Intl.NumberFormat(words.lang, { style: "unit", unit, maximumSignificantDigits: 3 }).format(value);
}

const two = new Intl.NumberFormat(words.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
// As `score_text` of portal/results/ranking.py: never 1, and 0 only if it is.
export const score = (value) =>
  value >= 0.995 ? `>${two.format(0.99)}` : value > 0 && value < 0.005 ? `<${two.format(0.01)}` : two.format(value);

// "–>" would be read as an arrow.
const joined = ([low, high]) => (/^[<>]/.test(high) ? `${low} – ${high}` : `${low}–${high}`);

// An interval as two texts that differ, as `shown_limits` of portal/results/ranking.py makes them.
export function range(low, high) {
  const texts = [score(low), score(high)];
  if (low === high || texts[0] !== texts[1]) return joined(texts);
  return joined([score(low < 0.995 ? Math.floor(low * 100) / 100 : 0.99), score(Math.min(Math.floor(high * 100) + 1, 100) / 100)]);
}

// Make an element; text is always text, never markup.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}
