// The page of a submission: the live panel and rows, sorting, finding, and the arrow keys in the grid.
import { localTimes } from "./page.js";
import { notSent, rememberSubmission } from "./remembered.js";
import { make, say, words } from "./words.js";

const HIDDEN_MS = 30000;
const page = document.getElementById("submission");
const frame = document.getElementById("grid-frame");
const tools = document.getElementById("grid-tools");
const count = document.getElementById("grid-count");
const table = () => document.getElementById("grid");
const panel = () => document.getElementById("panel");
const collator = new Intl.Collator(words.lang, { numeric: true });

if (location.hash.startsWith("#token=")) history.replaceState(null, "", location.pathname + location.search);
rememberSubmission({ id: page.dataset.id, name: page.dataset.name, count: Number(page.dataset.count), submitted: page.dataset.submitted });

// -- what this browser refused before anything was sent

const refused = notSent(page.dataset.id);
if (refused.length) {
  const place = document.getElementById("not-sent");
  place.querySelector("ul").append(...refused.map(({ name, why }) => make("li", {}, make("b", {}, name), `: ${why}`)));
  place.hidden = false;
}

// -- sorting and finding

const found = () => ({ text: tools.elements.find.value.trim().toLocaleLowerCase(), state: tools.elements.state.value, sort: table().dataset.sort });

function valueOf(row, place) {
  const cell = row.cells[place];
  if (place > 1) return "value" in cell.dataset ? Number(cell.dataset.value) : null;
  return cell.dataset.text ?? cell.textContent;
}

function sort() {
  const wanted = table().dataset.sort;
  const down = wanted.startsWith("-");
  const heads = [...table().tHead.rows[0].cells];
  const place = heads.findIndex((head) => head.dataset.key === wanted.replace(/^-/, ""));
  for (const head of heads) head.removeAttribute("aria-sort");
  if (place < 0) return;
  heads[place].setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...table().tBodies[0].rows].map((row) => [valueOf(row, place), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" ? a - b : collator.compare(a, b);
    return down ? -order : order;
  });
  table().tBodies[0].append(...rows.map(([, row]) => row));
}

function filter() {
  const { text, state } = found();
  const rows = [...table().tBodies[0].rows];
  let shown = 0;
  for (const row of rows) {
    const fits = (!state || row.dataset.state === state) && (!text || `${row.cells[0].textContent} ${row.cells[1].textContent}`.toLocaleLowerCase().includes(text));
    if (row.hidden === fits) row.hidden = !fits;
    shown += fits;
  }
  count.textContent = shown < rows.length ? say("shownOf", { shown, all: rows.length }) : "";
  rove();
}

// The address always shows what is seen, so that it can be kept and shared; a page that came filtered is loaded whole.
function keepAddress() {
  const wish = found();
  const address = new URL(location.href);
  for (const [name, value] of [["find", tools.elements.find.value.trim()], ["state", wish.state], ["sort", wish.sort]]) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  history.replaceState(null, "", address);
  tools.elements.sort.value = wish.sort;
}

tools.querySelector("button").hidden = true;
tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("input", () => {
  filter();
  keepAddress();
});
frame.addEventListener("click", (event) => {
  const head = event.target.closest("thead th");
  if (!head) return;
  event.preventDefault();
  const { key } = head.dataset;
  const before = table().dataset.sort;
  const first = ["label", "status"].includes(key) ? key : `-${key}`;
  const second = first === key ? `-${key}` : key;
  table().dataset.sort = before === first ? second : first;
  sort();
  rove();
  keepAddress();
});

// -- the arrow keys: one stop for the tabulator, then from cell to cell

function stops() {
  return [...table().tBodies[0].rows].filter((row) => !row.hidden).map((row) => [...row.querySelectorAll("a")]);
}

function rove() {
  if (document.activeElement?.closest("#grid tbody a")) return;
  const links = [...table().tBodies[0].querySelectorAll("a")];
  for (const link of links) link.tabIndex = -1;
  const first = stops().flat()[0];
  if (first) first.tabIndex = 0;
}

const columnOf = (link) => link.closest("td,th").cellIndex;

function nearest(links, column) {
  return links.reduce((best, link) => (Math.abs(columnOf(link) - column) < Math.abs(columnOf(best) - column) ? link : best), links[0]);
}

frame.addEventListener("keydown", (event) => {
  const link = event.target.closest("tbody a");
  if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
  const rows = stops().filter((links) => links.length);
  const at = rows.findIndex((links) => links.includes(link));
  const row = rows[at];
  const next = {
    ArrowRight: () => row[row.indexOf(link) + 1],
    ArrowLeft: () => row[row.indexOf(link) - 1],
    ArrowDown: () => rows[at + 1] && nearest(rows[at + 1], columnOf(link)),
    ArrowUp: () => rows[at - 1] && nearest(rows[at - 1], columnOf(link)),
    Home: () => row[0],
    End: () => row.at(-1),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  link.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

// -- what changes

let timer;
let lost = false;

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const before = panel().dataset.say;
  panel().replaceWith(document.adoptNode(fresh.getElementById("panel")));
  localTimes(panel());
  for (const name of ["cancel", "retry"]) {
    const act = document.getElementById(name);
    if (act) act.hidden = !panel().dataset[name];
  }
  const whole = fresh.getElementById("grid");
  if (whole) {
    whole.dataset.sort = table().dataset.sort;
    table().replaceWith(document.adoptNode(whole));
  } else {
    for (const row of [...fresh.querySelectorAll("#changed tr")]) document.getElementById(row.id)?.replaceWith(document.adoptNode(row));
  }
  sort();
  filter();
  if (panel().dataset.say !== before) document.getElementById("announce").textContent = panel().dataset.say;
}

async function look() {
  const address = new URL(page.dataset.changes, location.href);
  address.searchParams.set("since", panel().dataset.cursor);
  address.searchParams.set("columns", table().dataset.columns);
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if ([401, 403, 404].includes(answer.status)) {
      location.reload();
      return;
    }
    if (answer.status === 200) show(await answer.text());
    lost = false;
  } catch {
    if (!lost) document.getElementById("announce").textContent = say("lost");
    lost = true;
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  const pause = Number(panel().dataset.pause);
  if (pause) timer = setTimeout(look, document.hidden ? HIDDEN_MS : pause * 1000);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !Number(panel().dataset.pause)) return;
  clearTimeout(timer);
  look();
});
rove();
plan();
