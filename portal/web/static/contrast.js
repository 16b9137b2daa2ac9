// Which of black and white is readable on a scale between two colours: one of them always has a contrast of 4.5.
const BLACK = "#000000", WHITE = "#ffffff";
const STEPS = 200;
// The luminance on which both have the same contrast, 4.58: on darker colours white is read better, on lighter ones black.
const MIDDLE = Math.sqrt(1.05 * 0.05) - 0.05;

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

// The luminance of WCAG 2.
export function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => value / 255).map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// The colour at a place from 0 to 1 of a scale that goes straight through RGB.
export function between(low, high, place) {
  const [from, to] = [channels(low), channels(high)];
  return from.map((value, at) => value + (to[at] - value) * place);
}

// The colours of letters on the lower and the upper part of a scale, and the place where they change.
export function readable(low, high) {
  const dark = (place) => luminance(between(low, high, place)) < MIDDLE;
  const places = Array.from({ length: STEPS + 1 }, (_, at) => at / STEPS);
  const change = places.find((place) => dark(place) !== dark(0)) ?? 2;
  return { lower: dark(0) ? WHITE : BLACK, upper: dark(0) ? BLACK : WHITE, change };
}
