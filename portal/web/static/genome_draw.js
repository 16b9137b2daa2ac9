// The picture of a part of a contig: a ruler, the line, the genes of each strand in the form of their state.
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 176;
const LINE = 98;
const GENE = 16;
const LEAST_WIDTH = 12;
const LETTER = 7.6;
const LANES = { "+": [68, 52, 36], "-": [140, 156, 172] };

function make(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// As the pins of the map: a head shows the direction, a break in the middle, an open end or a diamond the state.
const FORMS = {
  whole: (w, head) => [`M0 3H${w - head}V0L${w} 8L${w - head} 16V13H0Z`],
  broken: (w, head) => { const cut = (w - head) / 2; return [`M0 3H${cut}L${cut - 3} 13H0Z`, `M${cut + 4} 3H${w - head}V0L${w} 8L${w - head} 16V13H${cut + 1}Z`]; },
  altered: (w, head) => [`M0 3H${w - head - 4}V13H0Z`, `M${w - head} 0L${w} 8L${w - head} 16Z`],
  cut: (w, head) => [`M0 3H${w - head}V0L${w} 8L${w - head} 16V13H0`],
  piece: (w, head) => [`M0 3H${w}`, `M0 13H${w}`, `M${w - head} 4L${w - 2} 8L${w - head} 12`],
  remnant: (w) => [`M0 8L${Math.min(6, w / 2)} 2H${w - Math.min(6, w / 2)}L${w} 8L${w - Math.min(6, w / 2)} 14H${Math.min(6, w / 2)}Z`],
  unjudged: (w, head) => [`M0 3H${w - head}V0L${w} 8L${w - head} 16V13H0Z`],
};

function ticks(from, to, width) {
  const rough = (to - from) / Math.max(2, width / 110);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].find((each) => each * power >= rough) * power);
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return { step, found };
}

function placeWords(at, step) {
  if (!at) return "0";
  if (step >= 1e5) return `${+(at / 1e6).toFixed(2)} Mb`;
  return step >= 100 ? `${+(at / 1e3).toFixed(2)} kb` : `${at} bp`;
}

function ruler(view, width, place) {
  const { step, found } = ticks(view.from, view.to, width);
  return found.flatMap((at) => {
    const x = place(at);
    const anchor = x < 30 ? "start" : x > width - 30 ? "end" : "middle";
    return [make("line", { class: "tick", x1: x, x2: x, y1: 18, y2: 24 }), make("text", { class: "tick-words", x, y: 13, "text-anchor": anchor }, placeWords(at, step))];
  });
}

function gene(each, view, width, place, free) {
  const middle = (place(each.start - 1) + place(each.end)) / 2;
  const wide = Math.max(LEAST_WIDTH, place(each.end) - place(each.start - 1));
  const left = middle - wide / 2;
  const forward = each.strand !== "-";
  const y = forward ? LINE - GENE - 4 : LINE + 4;
  const turned = forward ? `translate(${left} ${y})` : `translate(${left + wide} ${y}) scale(-1 1)`;
  const link = make("a", { class: `drawn-gene ${each.shape}`, href: each.href, "aria-label": each.told }, make("title", {}, document.createTextNode(each.told)));
  link.append(make("rect", { class: "hit", x: middle - Math.max(wide, 24) / 2, y: y - 4, width: Math.max(wide, 24), height: GENE + 8 }));
  for (const d of FORMS[each.shape](wide, Math.min(10, wide * 0.6))) link.append(make("path", { transform: turned, d }));
  // A name that finds no room is left out; it is in the gene's label all the same.
  const long = each.name.length * LETTER + 6;
  const from = Math.min(Math.max(0, middle - long / 2), Math.max(0, width - long));
  const lanes = LANES[forward ? "+" : "-"];
  const lane = lanes.findIndex((_, number) => (free[forward ? 0 : 1][number] ?? -Infinity) <= from);
  if (lane >= 0) {
    free[forward ? 0 : 1][lane] = from + long;
    link.append(make("text", { x: from + 3, y: lanes[lane] }, each.name));
  }
  return link;
}

export function draw(view, genes, width) {
  const place = (bases) => ((bases - view.from) / (view.to - view.from)) * width;
  const svg = make("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
  svg.append(...ruler(view, width, place));
  svg.append(make("line", { class: "contig", x1: Math.max(0, place(0)), x2: Math.min(width, place(view.length)), y1: LINE, y2: LINE }));
  for (const [at, there] of [[0, view.from <= 0], [view.length, view.to >= view.length]]) {
    if (!there) continue;
    const x = Math.min(width - 2, Math.max(2, place(at)));
    svg.append(view.circular ? make("circle", { class: "ring", cx: x, cy: LINE, r: 5 }) : make("line", { class: "end", x1: x, x2: x, y1: LINE - 10, y2: LINE + 10 }));
  }
  const free = [[], []];
  for (const each of genes) if (each.end >= view.from && each.start <= view.to) svg.append(gene(each, view, width, place, free));
  return svg;
}
