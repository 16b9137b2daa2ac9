// Several finished tasks side by side: tables from their own result files, pictures and bundle from the portal.
import { saveAs, showPictures } from "./compare_pictures.js";
import { remembered } from "./remembered.js";
import { make, say, score, words } from "./words.js";

const place = document.getElementById("comparison");
const candidates = document.getElementById("candidates");
const api = (id) => document.getElementById("pick").dataset.apiUrl.replace("_", id);
const verdictOf = (id) => document.getElementById("pick").dataset.verdictUrl.replace("_", id);
const one = new Intl.NumberFormat(words.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const wanted = new Set(location.hash.slice(1).split(",").filter(Boolean));
const loaded = new Map();

async function ask(address) {
  const answer = await fetch(address).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// The page's own headline, so that a strain is told in the same words here and there.
async function headline(id) {
  const answer = await fetch(verdictOf(id)).catch(() => null);
  return answer?.ok ? answer.text() : "";
}

async function load(task) {
  const record = await ask(api(task.id));
  if (record?.status !== "completed") return null;
  const [{ scores, toxins }, said] = await Promise.all([ask(`${api(task.id)}/results`).then((found) => found ?? {}), headline(task.id)]);
  const strain = scores?.strains?.[0];
  if (!strain) return null;
  const primary = new Set(strain.orders.filter((row) => row.tier === "primary").map((row) => row.target));
  return { name: task.name, said, primary, orders: ordersOf(strain), toxins: toxinsOf(toxins) };
}

// No record at all, or too few tests to tell: neither is a score of 0.
const UNKNOWN = new Set(["no_evidence", "inconclusive"]);

function ordersOf(strain) {
  return new Map(strain.orders.map((row) => [row.target, row.score]));
}

function toxinsOf(data) {
  const best = new Map();
  for (const toxin of data?.toxins ?? []) {
    const name = toxin.hit?.name;
    if (name && !toxin.accessory) best.set(name, Math.max(best.get(name) ?? 0, toxin.identity_percent ?? 0));
  }
  return best;
}

// Columns in the order of the first strain, then what the others add.
function columnsOf(strains, field) {
  return [...new Set(strains.flatMap((strain) => [...strain[field].keys()]))];
}

function grid(strains, field) {
  let columns = columnsOf(strains, field);
  if (field === "toxins") columns = columns.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  else columns = columns.filter((column) => strains.some((strain) => strain.orders.get(column) != null));
  return { columns, rows: strains.map((strain) => [strain.name, columns.map((column) => strain[field].get(column) ?? null), strain.primary, strain.said]) };
}

function drawGrid({ columns, rows }, field) {
  const head = make("tr", {}, make("th", { scope: "col" }, say("strain")),
    ...columns.map((column) => make("th", { scope: "col", class: "num" }, field === "orders" ? words.orders[column] ?? column : column)));
  const told = (said) => (field === "orders" && said ? [make("span", { class: "common" }, said)] : []);
  const body = rows.map(([name, values, primary, said]) => make("tr", {}, make("th", { scope: "row" }, name, ...told(said)),
    ...values.map((value, place) => cell(value, field, field === "orders" && primary.has(columns[place])))));
  return make("table", { class: "data matrix" }, make("thead", {}, head), make("tbody", {}, ...body));
}

function cell(value, field, primary) {
  if (value === null) return field === "orders" ? make("td", { class: "cell none", title: say("noEvidence") }, "?") : make("td", { class: "cell" }, "–");
  const step = field === "orders" ? Math.round(value * 5) : 0;
  const frame = primary ? { class: `cell heat-${step} framed`, title: say("primary") } : { class: `cell heat-${step}` };
  return make("td", frame, field === "orders" ? score(value) : one.format(value));
}

function download({ columns, rows }, name) {
  // As in portal/results/tsv.py: no cell is a formula of a spreadsheet.
  const cellOf = (part) => String(part).replace(/[\t\r\n]/g, " ").replace(/^'*[=+\-@\uff1d\uff0b\uff0d\uff20]/, "'$&");
  const lines = [["strain", ...columns], ...rows.map(([strain, values]) => [strain, ...values.map((value) => value ?? "")])];
  const text = `${lines.map((line) => line.map(cellOf).join("\t")).join("\n")}\n`;
  saveAs(new Blob([text], { type: "text/tab-separated-values" }), `${name}.tsv`);
}

function draw() {
  const ids = [...candidates.querySelectorAll("input:checked")].map((box) => box.value);
  const strains = ids.map((id) => loaded.get(id));
  if (strains.length < 2) {
    place.replaceChildren(make("p", { class: "hint" }, say("chooseTwo")));
    return;
  }
  const frame = document.getElementById("comparison-frame").content.cloneNode(true);
  for (const field of ["orders", "toxins"]) {
    const table = grid(strains, field);
    frame.querySelector(`[data-table=${field}]`).append(drawGrid(table, field));
    frame.querySelector(`[data-download=${field}]`).addEventListener("click", () => download(table, `strains_by_${field}`));
  }
  const [button, made] = [frame.querySelector("[data-make]"), frame.querySelector("[data-made]")];
  button.addEventListener("click", () => showPictures(ids, { button, made, api }));
  place.replaceChildren(frame);
}

async function start() {
  const tasks = remembered();
  const found = await Promise.all(tasks.map(async (task) => [task, await load(task)]));
  for (const [task, strain] of found) {
    if (!strain) continue;
    // Runs of one file are told apart by their numbers.
    if (tasks.some((other) => other.id !== task.id && other.name === task.name)) strain.name = `${task.name} (${task.id})`;
    loaded.set(task.id, strain);
    const box = make("input", { type: "checkbox", value: task.id, checked: wanted.size ? wanted.has(task.id) : loaded.size <= 4 });
    candidates.append(make("label", { class: "check" }, box, strain.name));
  }
  document.getElementById("no-candidates").hidden = loaded.size > 0;
  candidates.addEventListener("change", draw);
  if (loaded.size) draw();
}

start();
