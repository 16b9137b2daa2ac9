// The page of a submission: the live panel, and the rows of its grid that change.
import { Grid } from "./grid.js";
import { localTimes } from "./page.js";
import { notSent, rememberSubmission } from "./remembered.js";
import { make, say } from "./words.js";

const HIDDEN_MS = 30000;
const page = document.getElementById("submission");
const panel = () => document.getElementById("panel");
const grid = new Grid(document.getElementById("grid-frame"), document.getElementById("grid-tools"), document.getElementById("grid-count"));

if (!("sample" in page.dataset)) rememberSubmission({ id: page.dataset.id, name: page.dataset.name, count: Number(page.dataset.count), submitted: page.dataset.submitted });

// -- what this browser refused before anything was sent

const refused = notSent(page.dataset.id);
if (refused.length) {
  const place = document.getElementById("not-sent");
  place.querySelector("ul").append(...refused.map(({ name, why }) => make("li", {}, make("b", {}, name), `: ${why}`)));
  place.hidden = false;
}

// The states to choose from are those that occur now; the one that is chosen stays.
function showStates() {
  const { state } = document.getElementById("grid-tools").elements;
  const found = JSON.parse(panel().dataset.states);
  const chosen = state.selectedOptions[0];
  if (chosen.value && !found.some(([value]) => value === chosen.value)) found.push([chosen.value, chosen.textContent]);
  const shown = [...state.options].slice(1).map(({ value }) => value);
  if (shown.join() === found.map(([value]) => value).join()) return;
  const options = found.map(([value, word]) => make("option", { value, selected: value === chosen.value }, word));
  state.replaceChildren(state.options[0], ...options);
  state.value = chosen.value;
}

// -- what has not arrived

const missing = document.getElementById("missing") ? import("./missing.js").catch(() => null) : Promise.resolve(null);

// -- what changes

let timer;
let lost = false;

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const { say: before, final: wasFinal } = panel().dataset;
  const isOpen = panel().querySelector(".downloads")?.open;
  panel().replaceWith(document.adoptNode(fresh.getElementById("panel")));
  if (isOpen) panel().querySelector(".downloads")?.setAttribute("open", "");
  localTimes(panel());
  for (const name of ["cancel", "retry"]) {
    const act = document.getElementById(name);
    if (act) act.hidden = !panel().dataset[name];
  }
  showStates();
  const changed = JSON.parse(fresh.getElementById("changed").textContent);
  grid.update(changed);
  missing.then((module) => module?.showArrived(changed.rows));
  if (panel().dataset.say !== before) document.getElementById("announce").textContent = panel().dataset.say;
  document.title = `${panel().dataset.say} · ${page.dataset.name} · BtToxin Portal`;
  const { final, say: words } = panel().dataset;
  if (final && !wasFinal) notice.then((module) => module?.giveNotice(page.dataset.id, words, page.dataset.name));
}

// Fetched where there is an end to wait for: most looks are at what has ended.
const offered = document.getElementById("notice");
const notice = offered ? import("./notice.js").catch(() => null) : Promise.resolve(null);
notice.then((module) => module?.offerNotice(offered, document.getElementById("notice-said")));

async function look() {
  const address = new URL(page.dataset.changes, location.href);
  address.searchParams.set("since", panel().dataset.cursor);
  address.searchParams.set("annotated", panel().dataset.annotated);
  address.searchParams.set("columns", grid.table.dataset.columns);
  try {
    const answer = await fetch(address, { cache: "no-store" });
    if ([401, 403, 404].includes(answer.status)) {
      location.reload();
      return;
    }
    if (answer.status === 200) show(await answer.text());
    lost = false;
  } catch {
    tellLost();
  }
  plan();
}

function tellLost() {
  if (!lost) document.getElementById("announce").textContent = say("lost");
  lost = true;
}

function plan() {
  clearTimeout(timer);
  const pause = Number(panel().dataset.pause);
  if (pause) timer = setTimeout(look, document.hidden ? HIDDEN_MS : pause * 1000);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !grid.lines || !Number(panel().dataset.pause)) return;
  clearTimeout(timer);
  look();
});
// While it waits for files alone it looks seldom: what was sent from here shows at once.
missing.then((module) => module?.whenSent(() => {
  clearTimeout(timer);
  if (grid.lines) look(); // otherwise it is about to plan a look
}));

// The page came with its first rows only.
await grid.load(page.dataset.rows, tellLost);
lost = false;
plan();
