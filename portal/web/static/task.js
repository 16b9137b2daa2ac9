// The live task page: asks for the panel again, quietly, as long as the task runs.
import { giveNotice, hasJustEnded, markEnded, offerNotice } from "./notice.js";
import { localTimes } from "./page.js";
import { remember } from "./remembered.js";
import { say } from "./words.js";

const SLOWEST_MS = 10000;
const HIDDEN_MS = 30000;

const page = document.getElementById("task");
const announce = document.getElementById("announce");
const logFold = document.getElementById("log");
let timer;
let etag = "";
let lost = false;

// A sample is nobody's task.
if (!("sample" in page.dataset)) remember({ id: page.dataset.id, name: page.dataset.name, submission: page.dataset.submission, submitted: page.dataset.submitted });

const panel = () => document.getElementById("panel");
// The server says how often a task like this is worth a look; while nothing changes, looks become rarer.
const pause = () => Number(panel().dataset.pause) * 1000;
let wait = pause();

function show(html) {
  const before = panel().dataset.say;
  const next = new DOMParser().parseFromString(html, "text/html").getElementById("panel");
  if (next.dataset.final) {
    markEnded(page.dataset.id);
    location.reload();
    return;
  }
  // A panel that became lower would pull up what stands below it.
  next.style.minHeight = `${panel().offsetHeight}px`;
  panel().replaceWith(document.adoptNode(next));
  localTimes(panel());
  document.title = `${panel().dataset.word} · ${page.dataset.called} · BtToxin Portal`;
  const cancel = document.getElementById("cancel");
  if (cancel) cancel.hidden = !panel().dataset.cancel;
  if (panel().dataset.say !== before) announce.textContent = panel().dataset.say;
}

async function tail() {
  if (!logFold?.open) return;
  const answer = await fetch(`${page.dataset.log}?tail=1`, { cache: "no-cache" });
  if (!answer.ok) return;
  const box = document.getElementById("log-tail");
  const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
  box.textContent = await answer.text();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

async function look() {
  try {
    const headers = etag ? { "If-None-Match": etag } : {};
    const answer = await fetch(page.dataset.panel, { headers, cache: "no-store" });
    if ([401, 403, 404].includes(answer.status)) {
      location.reload();
      return;
    }
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") ?? "";
      show(await answer.text());
      wait = pause();
    } else {
      wait = Math.min(Math.max(SLOWEST_MS, pause()), wait * 1.3);
    }
    lost = false;
    await tail();
  } catch {
    wait = SLOWEST_MS;
    if (!lost) announce.textContent = say("lost");
    lost = true;
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  timer = setTimeout(look, document.hidden ? HIDDEN_MS : wait);
}

offerNotice(document.getElementById("notice"), document.getElementById("notice-said"));
if (panel().dataset.final && hasJustEnded(page.dataset.id)) {
  announce.textContent = panel().dataset.say;
  giveNotice(page.dataset.id, panel().dataset.word, page.dataset.called);
}

if (!panel().dataset.final) {
  addEventListener("resize", () => { panel().style.minHeight = ""; });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      wait = pause();
      clearTimeout(timer);
      look();
    }
  });
  logFold?.addEventListener("toggle", tail);
  plan();
}
