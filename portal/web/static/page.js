// On every page: local times, copy buttons, links into folded parts, tables that sort and filter.
import { locale, say, words } from "./words.js";

// When all modules of the page have run, so that whatever button shows by then works.
document.addEventListener("DOMContentLoaded", () => document.documentElement.classList.add("scripted"), { once: true });

const clock = new Intl.DateTimeFormat(locale, { year: "numeric", month: words.lang === "zh" ? "numeric" : "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" });
const relative = new Intl.RelativeTimeFormat(words.lang, { numeric: "auto" });

// In the form in which the portal writes times, which have their room on the page.
export function absolute(moment) {
  const { year, month, day, hour, minute, timeZoneName } = Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, value]));
  const date = words.lang === "zh" ? `${year}年${month}月${day}日` : `${day} ${month} ${year},`;
  return `${date} ${hour}:${minute} ${timeZoneName}`;
}

function ago(moment) {
  const seconds = Math.round((moment - Date.now()) / 1000);
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(seconds, "second");
}

function elapsed(moment) {
  const seconds = Math.max(0, Math.round((Date.now() - moment) / 1000));
  const values = { days: Math.trunc(seconds / 86400), hours: Math.trunc(seconds / 3600) % 24, minutes: Math.trunc(seconds / 60) % 60, seconds: seconds % 60 };
  const pattern = ["days", "hours", "minutes"].find((unit) => values[unit]) ?? "seconds";
  return words.durations[pattern].replace(/\{(\w+)\}/g, (_, unit) => values[unit]);
}

// Times come in UTC, so that they are right without a script; here they become the reader's own.
export function localTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    element.title = absolute(moment);
    if ("elapsed" in element.dataset) element.textContent = elapsed(moment);
    else element.textContent = "relative" in element.dataset ? ago(moment) : absolute(moment);
  }
}

// The clipboard's own interface is there over https alone; many institutes' portals are not.
async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function copy(text, button) {
  await toClipboard(text);
  const before = button.textContent;
  button.textContent = say("copied");
  setTimeout(() => { button.textContent = before; }, 1500);
}

// A cell that a spreadsheet would take for a formula gets a mark before it; numbers and a sign alone (the strand) do not.
function cellText(cell) {
  return (cell.dataset.text ?? cell.innerText).replace(/\s+/g, " ").trim().replace(/^(?![+-](?:\d+(?:\.\d*)?(?:e[+-]?\d+)?)?$)'*[=+\-@\uff1d\uff0b\uff0d\uff20]/i, "'$&");
}

function tableText(table) {
  return [...table.rows].filter((row) => !row.hidden).map((row) => [...row.cells].map(cellText).join("\t")).join("\n");
}

// The server leaves out what the cookie names; the oldest ids fall out of it.
function dismiss({ dismiss: id, path }) {
  const before = document.cookie.match(/(?:^|; )bttoxin_dismissed=([0-9a-f.]*)/)?.[1].split(".").filter(Boolean) ?? [];
  const ids = [...before.filter((other) => other !== id), id].slice(-20).join(".");
  document.cookie = `bttoxin_dismissed=${ids}; path=${path}; max-age=${180 * 86400}; samesite=lax`;
  document.getElementById(`announcement-${id}`).remove();
  document.getElementById("main").focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy],[data-copy-table],[data-open],[data-dismiss]");
  if (!button) return;
  if (button.dataset.dismiss) return dismiss(button.dataset);
  if (button.dataset.copy) {
    const source = document.getElementById(button.dataset.copy);
    copy(source.value ?? source.textContent, button);
  } else if (button.dataset.copyTable) {
    copy(tableText(document.getElementById(button.dataset.copyTable)), button);
  } else {
    openFold(button.dataset.open);
  }
});

// Opens all folds around a part; true if there was one to open.
function openFold(id) {
  let isOpened = false;
  for (let fold = document.getElementById(id)?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    isOpened ||= !fold.open;
    fold.open = true;
  }
  return isOpened;
}

// Some browsers open no fold by themselves for the part that the address names. The tour goes to its stops by itself.
function showPart() {
  let id = location.hash.slice(1);
  try {
    id = decodeURIComponent(id);
  } catch {
    // no escape: the name as it is
  }
  if (id && id !== "tour" && openFold(id)) document.getElementById(id).scrollIntoView();
}

function cellValue(row, column) {
  const cell = row.cells[column];
  return "value" in cell.dataset ? Number(cell.dataset.value) : cell.dataset.text ?? cell.textContent.trim();
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      // Numbers begin with the largest, names with A.
      const before = head.getAttribute("aria-sort");
      const up = before ? before === "descending" : !head.classList.contains("num");
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const body = table.tBodies[0];
      const rows = [...body.rows].sort((a, b) => {
        const [x, y] = [cellValue(a, column), cellValue(b, column)];
        const order = typeof x === "number" ? x - y : x.localeCompare(y, words.lang, { numeric: true });
        return up ? order : -order;
      });
      body.append(...rows);
    });
  });
}

for (const table of document.querySelectorAll("table[data-sortable]")) makeSortable(table);

// A link to a page that is open already: the browser gets what the link gives besides what it has, and the address keeps no token.
async function useLink(token) {
  history.replaceState(null, "", location.pathname + location.search);
  const place = location.pathname.match(/^.*\/(tasks|submissions)\/[a-z2-7]{12}(?=\/|$)/)?.[0];
  if (!place) return;
  const body = new URLSearchParams({ token });
  const answer = await fetch(`${place}/unlock`, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload();
}

const linked = new URLSearchParams(location.hash.slice(1)).get("token");
if (linked && !document.getElementById("unlock")) useLink(linked);
// Another link to the page that is open, such as in place of one that is no longer valid, loads nothing by itself.
addEventListener("hashchange", () => { if (location.hash.startsWith("#token=")) location.reload(); });

// Sharing is rare: its script is fetched when it is needed. Without it the form leads to the page that says why not.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-shares]");
  if (!form) return;
  event.preventDefault();
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  import("./shares.js").then(({ send }) => send(form)).catch(() => form.submit());
});

// What is folded on the screen only to save room is on paper.
const unfolded = [];
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.printed:not([open])")) {
    fold.open = true;
    unfolded.push(fold);
  }
});
addEventListener("afterprint", () => { for (const fold of unfolded.splice(0)) fold.open = false; });

for (const log of document.querySelectorAll("pre.log")) log.scrollTop = log.scrollHeight;
localTimes();
setInterval(() => localTimes(document.body), 15000);
showPart();
addEventListener("hashchange", showPart);
document.getElementById("problems")?.focus();
