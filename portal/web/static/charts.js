// Interactive charts in the place of their static pictures: Vega is fetched when a reader comes near one, never before.
import { readable } from "./contrast.js";
import { sayWide } from "./sideways.js";
import { make, range, score } from "./words.js";

const AHEAD = "600px";
const ROW = 26, CELL = 48, GAP = 10, SMALLEST = 24, WIDEST = 96, WIDEST_PROFILE = 1040, NARROW = 480;
const HATCH = "M-2,1L0,-1M-1,1L1,-1M0,1L2,-1", HATCH_NARROW = "M-1,0L0,-1M-1,1L1,-1M0,1L1,0";

// Names of species are set in italics, other words among them (an order, a cell line) are not.
const ITALIC = { labelFontStyle: { condition: { test: "test(/^[A-Z][a-z]*\\.? [a-z]/, datum.value)", value: "italic" }, value: "normal" } };

const root = document.querySelector(".charts");
const tip = make("div", { class: "chart-tip", hidden: true, "aria-hidden": "true" });
let words, vega, vegaLite, expressionInterpreter;

// -- how a chart looks: the tokens of the sheet, so that it follows light and dark

function look() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"), soft: colour("ink-soft"), line: colour("line-strong"), sunken: colour("sunken"),
    low: colour("accent-soft"), high: colour("accent"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

function config(colours) {
  return {
    background: "transparent",
    padding: 2,
    font: colours.font,
    view: { stroke: null },
    axis: {
      labelColor: colours.ink, titleColor: colours.soft, domain: false, ticks: false, grid: false, labelFontSize: 13,
      titleFontSize: 12, titleFontWeight: 400, labelPadding: 6,
    },
    legend: { labelColor: colours.ink, titleColor: colours.soft, titleFontWeight: 400, titleFontSize: 12, labelFontSize: 12 },
  };
}

const textWidth = (texts, colours) => {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `13px ${colours.font}`;
  return Math.ceil(Math.max(...texts.map((text) => pen.measureText(text).width)));
};

const tooltip = { field: "label" };
const byScore = (colours, title) => ({
  field: "score", type: "quantitative", scale: { domain: [0, 1], range: [colours.low, colours.high], interpolate: "rgb" },
  legend: title ? { title, orient: "top", gradientLength: 140, tickCount: 2 } : null,
});

// A cell: coloured by its score, or dashed and hatched where nobody has tested.
function cells(x, y, colours, { title, written }) {
  const where = { x, y, tooltip };
  const untested = [{ filter: "!datum.tested" }];
  const layers = [
    { transform: [{ filter: "datum.tested" }], mark: { type: "rect", stroke: colours.line, strokeWidth: 0.5 }, encoding: { ...where, color: byScore(colours, title) } },
    { transform: untested, mark: { type: "rect", fill: colours.sunken, stroke: colours.line, strokeDash: [3, 3], strokeWidth: 1 }, encoding: where },
    { transform: untested, mark: { type: "point", shape: written ? HATCH : HATCH_NARROW, size: 160, stroke: colours.line, strokeWidth: 1, filled: false, opacity: 1 }, encoding: where },
  ];
  if (written) {
    const { lower, upper, change } = readable(colours.low, colours.high);
    layers.push({
      transform: [{ filter: "datum.tested" }],
      mark: { type: "text", fontSize: 13 },
      encoding: {
        ...where, text: { field: "shown" },
        color: { condition: { test: `datum.score >= ${change}`, value: upper }, value: lower },
      },
    });
  }
  return layers;
}

// -- the charts

// On a narrow page a genus is its first letters, as many as tell it from the others (Ae., An.).
function brief(rows) {
  const genera = [...new Set(rows.map(({ label }) => label.split(" ")[0]))];
  const sign = (genus) => {
    const others = genera.filter((other) => other !== genus);
    let length = 1;
    while (length < genus.length && others.some((other) => other.startsWith(genus.slice(0, length)))) length += 1;
    return length + 1 < genus.length ? `${genus.slice(0, length)}.` : genus;
  };
  return rows.map(({ label }) => label.replace(/^([A-Z][a-z]+) (?=[a-z])/, (_, genus) => `${sign(genus)} `));
}

// Rows of orders or species: a cell with the score, and beside it the interval, or in words why there is none.
function profile(values, width, colours, { species }) {
  const narrow = width < NARROW;
  const names = narrow && species ? brief(values) : values.map(({ label }) => label);
  const rows = values.map((row, place) => ({ ...row, name: names[place], why: narrow && !row.tested ? row.short : row.basis }));
  const limit = Math.round(Math.min(220, width * 0.36));
  const labels = Math.min(limit, textWidth(names, colours));
  const track = Math.max(60, Math.min(width, WIDEST_PROFILE) - labels - 6 - CELL - GAP - 8);
  const y = { field: "name", type: "nominal", sort: null, title: null, axis: { labelLimit: limit, ...(species ? ITALIC : {}) } };
  const bare = { ...y, axis: null };
  const x = { field: "low", type: "quantitative", scale: { domain: [0, 1] }, title: words.interval, axis: { values: [0, 0.5, 1], format: ".1f", titleLimit: track, grid: true, gridColor: colours.line, gridOpacity: 0.5 } };
  const scored = [{ filter: "datum.score > 0" }];
  const height = { step: ROW };
  return {
    config: { ...config(colours), concat: { spacing: GAP } },
    data: { values: rows },
    hconcat: [
      { width: CELL, height, layer: cells({ value: CELL / 2, band: 1 }, y, colours, { written: true }).map((layer) => fill(layer, CELL)) },
      {
        width: track, height,
        layer: [
          { transform: scored, mark: { type: "bar", height: 8, color: colours.low, stroke: colours.high, strokeWidth: 1, cornerRadius: 2 }, encoding: { x, x2: { field: "high" }, y: bare, tooltip } },
          { transform: scored, mark: { type: "tick", thickness: 3, size: 16, color: colours.high }, encoding: { x: { field: "score", type: "quantitative" }, y: bare, tooltip } },
          { transform: [{ filter: "!(datum.score > 0)" }], mark: { type: "text", align: "left", fontSize: 12, color: colours.soft, limit: track }, encoding: { x: { value: 2 }, y: bare, text: { field: "why" }, tooltip } },
        ],
      },
    ],
  };
}

// A column of one cell has no scale: rectangles span it, marks stand in its middle.
function fill(layer, width) {
  if (layer.mark.type !== "rect") return { ...layer, encoding: { ...layer.encoding, x: { value: width / 2 } } };
  return { ...layer, encoding: { ...layer.encoding, x: { value: 0 }, x2: { value: width } } };
}

// Which toxin contributes what to which order.
function toxins({ names, orders, cells: values }, width, colours) {
  const limit = Math.round(Math.min(180, width * 0.36));
  const labels = Math.min(limit, textWidth(orders, colours));
  const step = Math.max(SMALLEST, Math.min(WIDEST, Math.floor((width - labels - 16) / names.length)));
  const upright = textWidth(names, colours) > step - 6;
  const x = { field: "toxin", type: "nominal", sort: null, title: null, scale: { paddingInner: 0.06 }, axis: { orient: "top", labelAngle: upright ? -90 : 0, labelLimit: 150 } };
  const y = { field: "label", type: "nominal", sort: null, title: null, scale: { paddingInner: 0.08 }, axis: { labelLimit: limit } };
  return {
    config: config(colours),
    data: { values },
    width: { step }, height: { step: ROW },
    layer: cells(x, y, colours, { title: words.contributes, written: step >= 40 }),
  };
}

// -- pointing and choosing

function tell(event, row, onward = words.choose) {
  const lines = [row.toxin ? `${row.toxin} · ${row.label}` : row.label];
  if (row.note) lines.push(row.note);
  if (row.tested) lines.push(`${row.toxin ? words.contributes : words.score} ${score(row.score)}`);
  if (row.tested && row.low != null) lines.push(`${words.interval} ${range(row.low, row.high)}`);
  lines.push(row.basis);
  if (row.grade) lines.push(`${words.grade} ${row.grade}`);
  if (row.evidence) lines.push(onward);
  tip.replaceChildren(...lines.map((line, place) => make(place ? "span" : "b", {}, line)));
  tip.hidden = false;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, room))}px`;
  const below = event.clientY + 18;
  tip.style.top = `${below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below}px`;
}

// A finger cannot point without pressing: the first tap tells, another on the same cell leads on. Vega's click knows no item
// then, since nothing was pointed at before; a finger that scrolls ends with another event than this.
let tapped = null;

function tap(touch, row) {
  if (row === tapped) {
    openEvidence(row);
  } else {
    tell(touch, row, words.chooseAgain);
  }
  tapped = row === tapped ? null : row;
}

function untell() {
  tip.hidden = true;
  tapped = null;
}

function openEvidence(row) {
  const fold = row.evidence && document.getElementById(row.evidence)?.closest("details");
  if (!fold) return;
  fold.open = true;
  const place = (row.part != null && fold.querySelectorAll("h3.part")[row.part]) || fold;
  tip.hidden = true;
  fold.querySelector("summary").focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
}

// -- drawing

const views = new Map();

// A chart is seldom as high as its picture: it keeps that height until it is out of sight, so that nobody's page moves. One
// that is higher, on a phone, gets the height that it needs.
function holdHeight(figure, box) {
  box.style.minHeight = `${figure.querySelector(".still").getBoundingClientRect().height}px`;
  const observer = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting) return;
    box.style.minHeight = "";
    observer.disconnect();
  });
  observer.observe(figure);
}

async function draw(figure, data) {
  const kind = figure.dataset.chart;
  const content = data[kind];
  if (!(content.names ?? content).length) return;
  const colours = look();
  const box = figure.querySelector(".chart") ?? make("div", { class: "chart", role: "img", "aria-label": figure.dataset.label });
  if (!box.isConnected) figure.prepend(box);
  const width = Math.floor(box.clientWidth);
  if (!width) return; // printing
  const spec = kind === "toxins" ? toxins(content, width, colours) : profile(content, width, colours, { species: kind === "species" });
  const stage = make("div", { "aria-hidden": "true" });
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec, null, { ast: true }), {
    renderer: "canvas", container: stage, hover: false, expr: expressionInterpreter, logLevel: vega.Error,
    tooltip: (handler, event, item, value) => {
      tip.hidden = true;
      const row = value == null ? null : item.datum;
      stage.classList.toggle("leads", Boolean(row?.evidence));
      if (row) tell(event, row);
    },
  });
  view.addEventListener("click", (event, item) => { if (event.pointerType !== "touch" && item?.datum?.basis) openEvidence(item.datum); });
  view.addEventListener("touchend", (event, item) => {
    if (!item?.datum?.basis) return;
    event.preventDefault(); // or the click that follows would hit what has scrolled there meanwhile
    tap(event.changedTouches[0], item.datum);
  });
  await view.runAsync();
  views.get(figure)?.finalize();
  views.set(figure, view);
  if (!figure.classList.contains("charted")) holdHeight(figure, box);
  box.replaceChildren(stage);
  box.dataset.width = width;
  figure.classList.add("charted");
  sayWide(figure, box, words.sideways);
}

const rounded = (data) => {
  for (const row of [...data.orders, ...data.species, ...data.toxins.cells]) row.shown = row.tested ? score(row.score) : "";
  return data;
};

const script = (source) => new Promise((resolve, reject) => {
  const element = make("script", { src: source });
  element.addEventListener("load", resolve);
  element.addEventListener("error", () => reject(new Error(source)));
  document.head.append(element);
});

async function load() {
  const answer = await fetch(root.dataset.charts, { cache: "no-cache" });
  if (!answer.ok) throw new Error(String(answer.status));
  const data = await answer.json();
  const base = new URL(root.dataset.vega, location);
  await script(new URL("vega.min.js", base));
  await script(new URL("vega-lite.min.js", base));
  ({ vega, vegaLite } = globalThis);
  ({ expressionInterpreter } = await import(new URL("vega-interpreter.js", base)));
  words = data.words;
  return rounded(data);
}

async function start(figures) {
  const data = await load();
  document.body.append(tip);
  document.addEventListener("pointerdown", ({ target }) => { if (!target.closest(".chart")) untell(); });
  addEventListener("scroll", untell, { capture: true, passive: true });
  const drawAll = () => Promise.all(figures.map((figure) => draw(figure, data)));
  await drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new ResizeObserver(() => {
    const changed = [...views.keys()].filter((figure) => {
      const box = figure.querySelector(".chart");
      return box.clientWidth && Math.floor(box.clientWidth) !== Number(box.dataset.width);
    });
    for (const figure of changed) draw(figure, data);
  }).observe(root);
}

function watch() {
  const figures = [...root.querySelectorAll("figure[data-chart]")];
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    start(figures).catch(() => root.classList.add("pictures-only"));
  }, { rootMargin: AHEAD });
  observer.observe(root);
}

if (document.readyState === "complete") watch();
else addEventListener("load", () => requestAnimationFrame(() => setTimeout(watch)), { once: true });
