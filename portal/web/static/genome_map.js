// One contig of the genome map, to zoom into and to move along. The genes come from the map's table.
import { draw } from "./genome_draw.js";
import { number } from "./words.js";

const LEAST_BASES = 200;
const view = document.getElementById("genome-view");
const canvas = view.querySelector(".view-canvas");
const words = view.querySelector(".view-words");
const select = document.getElementById("genome-contig");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const genes = new Map();
const here = { name: "", length: 1, from: 0, to: 1 };
let planned = 0;
let telling = 0;

for (const row of document.querySelectorAll("#genome-table tbody tr")) {
  const [name, state, contig, start, end, strand] = row.cells;
  const gene = { name: name.textContent, href: name.firstElementChild.href, shape: row.dataset.shape, start: Number(start.dataset.value), end: Number(end.dataset.value), strand: strand.textContent };
  gene.told = `${gene.name}, ${start.textContent}–${end.textContent} (${gene.strand}), ${state.textContent}`;
  genes.set(contig.textContent, [...(genes.get(contig.textContent) ?? []), gene]);
}

// Where the part in view lies, on the contig's line among the others.
function mark() {
  for (const bar of document.querySelectorAll(".contig-bar[data-contig]")) {
    const mine = bar.dataset.contig === here.name;
    let frame = bar.querySelector(".window");
    if (!mine) { frame?.remove(); continue; }
    frame ??= bar.insertBefore(document.createElementNS(bar.namespaceURI, "rect"), bar.firstChild);
    const width = parseFloat(bar.querySelector(".contig").getAttribute("x2"));
    const share = (bases) => `${(bases / here.length) * width}%`;
    for (const [name, value] of Object.entries({ class: "window", x: share(here.from), width: share(here.to - here.from), y: 1, height: 32, rx: 3 })) frame.setAttribute(name, value);
  }
}

function tell() {
  words.textContent = `${here.name}: ${number(Math.floor(here.from) + 1)}–${number(Math.ceil(here.to))} / ${number(here.length)} bp`;
}

function show() {
  const focused = document.activeElement?.closest?.(".view-canvas a")?.getAttribute("href");
  canvas.replaceChildren(draw(here, genes.get(here.name) ?? [], canvas.clientWidth));
  if (focused) ([...canvas.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused) ?? canvas).focus({ preventScroll: true });
  mark();
  clearTimeout(telling);
  telling = setTimeout(tell, words.textContent ? 300 : 0);
}

function plan() {
  cancelAnimationFrame(planned);
  planned = requestAnimationFrame(show);
}

function look(from, to) {
  const span = Math.min(here.length, Math.max(Math.min(LEAST_BASES, here.length), to - from));
  here.from = Math.min(Math.max(0, from), here.length - span);
  here.to = here.from + span;
  plan();
}

// `at`: the place that stays, as a share of the view.
function zoom(factor, at = 0.5) {
  const span = Math.min(here.length, Math.max(LEAST_BASES, (here.to - here.from) * factor));
  const kept = here.from + (here.to - here.from) * at;
  look(kept - span * at, kept + span * (1 - at));
}

const move = (share) => look(here.from + (here.to - here.from) * share, here.to + (here.to - here.from) * share);
const whole = () => look(0, here.length);
const acts = { in: () => zoom(0.5), out: () => zoom(2), left: () => move(-0.4), right: () => move(0.4), whole };
const keys = { "+": "in", "=": "in", "-": "out", "_": "out", ArrowLeft: "left", ArrowRight: "right", 0: "whole", Home: "whole" };

function choose(name) {
  const option = [...select.options].find((each) => each.value === name);
  if (!option) return;
  option.selected = true;
  Object.assign(here, { name, length: Number(option.dataset.length), circular: "circular" in option.dataset });
  whole();
}

select.addEventListener("change", () => choose(select.value));
view.addEventListener("click", ({ target }) => acts[target.closest("[data-view]")?.dataset.view]?.());
canvas.addEventListener("keydown", (event) => {
  const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key];
  if (!act) return;
  event.preventDefault();
  acts[act]();
});

// The wheel scrolls the page unless the map has the focus, or two fingers on a touch pad zoom (which comes with Ctrl).
canvas.addEventListener("wheel", (event) => {
  const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
  if (!event.ctrlKey && !sideways && !canvas.contains(document.activeElement)) return;
  event.preventDefault();
  const box = canvas.getBoundingClientRect();
  if (sideways) move(event.deltaX / box.width);
  else zoom(2 ** (Math.sign(event.deltaY) * Math.min(1, Math.abs(event.deltaY) / 100)), (event.clientX - box.left) / box.width);
}, { passive: false });

// Fingers and the pressed mouse: one moves, two zoom as well. A short press stays a click on what lies there.
const fingers = new Map();
let dragged = false;
const span = () => { const [a, b] = [...fingers.values()]; return { middle: b === undefined ? a : (a + b) / 2, wide: b === undefined ? 0 : Math.max(20, Math.abs(a - b)) }; };
canvas.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  if (!fingers.size) dragged = false;
  fingers.set(event.pointerId, event.clientX);
});
addEventListener("pointermove", (event) => {
  if (!fingers.has(event.pointerId)) return;
  const before = span();
  if (!dragged && fingers.size === 1 && Math.abs(event.clientX - before.middle) < 5) return;
  dragged = true;
  fingers.set(event.pointerId, event.clientX);
  const after = span();
  const box = canvas.getBoundingClientRect();
  move((before.middle - after.middle) / box.width);
  if (before.wide && after.wide) zoom(before.wide / after.wide, (after.middle - box.left) / box.width);
});
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, ({ pointerId }) => {
    fingers.delete(pointerId);
    setTimeout(() => { dragged &&= fingers.size > 0; }); // a click comes first, if there is one
  });
}
canvas.addEventListener("click", (event) => { if (dragged) event.preventDefault(); }, true);
canvas.addEventListener("dragstart", (event) => event.preventDefault());

document.addEventListener("click", ({ target }) => {
  const bar = target.closest(".contig-bar[data-contig]");
  if (!bar || target.closest("a")) return;
  choose(bar.dataset.contig);
  view.closest("details").open = true; // a phone has it folded
  view.scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
});

new ResizeObserver(plan).observe(canvas);
choose(select.value);
