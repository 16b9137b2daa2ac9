// The list of the tasks that this browser knows, by submission; each state is asked for with the task's own cookie.
import { forget, forgetSubmissions, remembered, rememberedSubmissions } from "./remembered.js";
import { make, say, words } from "./words.js";

const PARALLEL = 6;
const AGAIN_MS = 5000;
const place = document.getElementById("tasks");
const time = new Intl.DateTimeFormat(words.lang, { dateStyle: "medium", timeStyle: "short" });
const pageOf = (id) => place.dataset.taskUrl.replace("_", id);
const verdictOf = (id) => place.dataset.verdictUrl.replace("_", id);
const apiOf = (id) => place.dataset.apiUrl.replace("_", id);

const deleted = new URLSearchParams(location.search).get("deleted");
if (deleted) {
  forget([deleted]);
  forgetSubmissions([deleted]);
}

// What this browser may no longer see is not gone.
const isLost = (code) => [401, 403, 404].includes(code);
const lostAs = (code) => (code === 404 ? ["gone", say("gone"), "quiet"] : ["closed", say("closed"), "quiet"]);

// A submission is one row and one request, however many genomes it has.
class SubmissionRow {
  constructor(submission) {
    this.submission = submission;
    this.badge = make("span", { class: "badge" }, "…");
    const name = submission.name || say("submissionCount", { count: submission.count });
    const drop = make("button", { type: "button", class: "quiet", "aria-label": `${say("forget")}: ${name}`, title: say("forgetMeans") }, say("forget"));
    drop.addEventListener("click", () => {
      if (!confirm(`${name}: ${say("forgetMeans")}`)) return;
      forgetSubmissions([submission.id]);
      draw();
      document.getElementById("task-id").focus();
    });
    const link = make("a", { href: place.dataset.submissionUrl.replace("_", submission.id) }, name);
    const when = make("span", { class: "num muted" }, `${time.format(new Date(submission.submitted))} · ${submission.id}`);
    const size = make("span", { class: "outcome" }, say("submissionCount", { count: submission.count }));
    this.row = make("li", { class: "task-row" }, this.badge, make("span", { class: "task-name" }, link, size), when, drop);
    this.section = make("section", { class: "card slim" }, make("ul", { class: "task-list" }, this.row));
  }

  async look() {
    const answer = await fetch(place.dataset.submissionApiUrl.replace("_", this.submission.id), { cache: "no-cache" }).catch(() => null);
    if (!answer) return;
    if (isLost(answer.status)) this.show(...lostAs(answer.status));
    if (!answer.ok) return;
    const { is_final: final, counts, total } = await answer.json();
    const ended = ["completed", "failed", "refused", "lapsed", "deleted"].reduce((sum, state) => sum + counts[state], 0);
    this.show(final ? "final" : "running", say("submissionEnded", { ended, all: total }), final ? "good" : "busy");
  }

  show(status, text, tone) {
    this.status = status;
    this.badge.textContent = text;
    this.row.className = `task-row tone-${tone}`;
  }

  get runs() {
    return this.status === undefined || this.status === "running";
  }
}

let submissionRows = [];

class Row {
  constructor(task) {
    this.task = task;
    this.badge = make("span", { class: "badge" }, "…");
    const drop = make("button", { type: "button", class: "quiet", "aria-label": `${say("forget")}: ${task.name}`, title: say("forgetMeans") }, say("forget"));
    drop.addEventListener("click", () => {
      if (!confirm(`${task.name}: ${say("forgetMeans")}`)) return;
      const next = this.item.closest("section").nextElementSibling?.querySelector("a") ?? document.getElementById("task-id");
      forget([task.id]);
      draw();
      next.focus();
    });
    this.link = make("a", { href: pageOf(task.id) }, task.name || task.id);
    this.verdict = make("span", { class: "outcome" });
    const when = make("span", { class: "num muted" }, `${time.format(new Date(task.submitted))} · ${task.id}`);
    this.item = make("li", { class: "task-row" }, this.badge, make("span", { class: "task-name" }, this.link, this.verdict), when, drop);
  }

  async look() {
    const answer = await fetch(apiOf(this.task.id), { cache: "no-cache" }).catch(() => null);
    if (!answer) return;
    if (isLost(answer.status)) this.show(...lostAs(answer.status));
    else if (answer.ok) this.read(await answer.json());
  }

  read(record) {
    const cancelled = record.failure_kind === "cancelled";
    const tone = cancelled ? "quiet" : { completed: "good", failed: "bad", running: "busy" }[record.status] ?? "calm";
    const word = words.status[cancelled ? "cancelled" : record.status];
    this.show(record.status, record.status === "running" ? `${word} ${record.progress} %` : word, tone);
    if (record.status === "completed" || (record.status === "failed" && !cancelled)) this.conclude();
  }

  async conclude() {
    const answer = await fetch(verdictOf(this.task.id)).catch(() => null);
    if (answer?.ok) this.verdict.textContent = await answer.text();
  }

  show(status, text, tone) {
    this.status = status;
    if (this.badge.textContent !== text) this.badge.textContent = text;
    this.item.className = `task-row tone-${tone}`;
  }

  get runs() {
    return ["pending", "queued", "running"].includes(this.status);
  }
}

let rows = [];

function draw() {
  const tasks = remembered();
  submissionRows = rememberedSubmissions().map((found) => submissionRows.find((row) => row.submission.id === found.id) ?? new SubmissionRow(found));
  document.getElementById("no-tasks").hidden = tasks.length + submissionRows.length > 0;
  rows = tasks.map((task) => rows.find((row) => row.task.id === task.id) ?? new Row(task));
  const groups = Map.groupBy ? Map.groupBy(rows, (row) => row.task.submission || row.task.id) : groupBy(rows);
  place.replaceChildren(...submissionRows.map((row) => row.section), ...[...groups.values()].map(drawGroup));
}

function groupBy(list) {
  const groups = new Map();
  for (const row of list) {
    const key = row.task.submission || row.task.id;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

function drawGroup(group) {
  const list = make("ul", { class: "task-list" }, ...group.map((row) => row.item));
  if (group.length === 1) return make("section", { class: "card slim" }, list);
  const title = make("h2", {}, say("submissionOf", { time: time.format(new Date(group[0].task.submitted)), count: group.length }));
  const compare = make("a", { class: "button plain", href: `${place.dataset.compareUrl}?tasks=${group.map((row) => row.task.id).join(",")}` }, say("compareAll"));
  const cancel = make("button", { type: "button", class: "plain", hidden: true, "data-cancels": "" }, say("cancelAll"));
  cancel.addEventListener("click", () => cancelAll(group));
  return make("section", { class: "card slim" }, make("div", { class: "head-row" }, title, make("p", { class: "actions" }, compare, cancel)), list);
}

async function cancelAll(group) {
  const running = group.filter((row) => row.runs);
  if (!running.length || !confirm(say("reallyCancelAll", { count: running.length }))) return;
  await Promise.all(running.map((row) => fetch(`${apiOf(row.task.id)}/cancel`, { method: "POST" })));
  await look();
}

async function look() {
  const waiting = [...submissionRows, ...rows].filter((row) => row.status === undefined || row.runs);
  const next = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) await row.look();
  };
  await Promise.all(Array.from({ length: PARALLEL }, next));
}

async function watch() {
  if (!document.hidden) await look();
  for (const button of place.querySelectorAll("[data-cancels]")) {
    button.hidden = !rows.some((row) => row.runs && button.closest("section").contains(row.item));
  }
  if ([...submissionRows, ...rows].some((row) => row.status === undefined || row.runs)) setTimeout(watch, AGAIN_MS);
}

draw();
watch();
