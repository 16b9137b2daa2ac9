// The list of the tasks that this browser knows, by submission; the states of many are one answer (`my_tasks.py`).
import { absolute } from "./page.js";
import { forget, forgetSubmissions, remembered, rememberedSubmissions } from "./remembered.js";
import { make, say, words } from "./words.js";

const ASKED_AT_ONCE = 200;
const AGAIN_MS = 5000;
const place = document.getElementById("tasks");
const pageOf = (id) => place.dataset.taskUrl.replace("_", id);
const apiOf = (id) => place.dataset.apiUrl.replace("_", id);

const deleted = new URLSearchParams(location.search).get("deleted");
if (deleted) {
  forget([deleted]);
  forgetSubmissions([deleted]);
}

// A submission is one row, however many genomes it has.
class SubmissionRow {
  constructor(submission) {
    this.submission = submission;
    this.badge = make("span", { class: "badge" }, "…");
    const counted = say("submissionCount", { count: submission.count });
    const name = submission.name || counted;
    this.count = name === counted ? "" : counted; // a submission without a name of its own is called by it
    const drop = make("button", { type: "button", class: "quiet", "aria-label": `${say("forget")}: ${name}`, title: say("forgetMeans") }, say("forget"));
    drop.addEventListener("click", () => {
      if (!confirm(`${name}: ${say("forgetMeans")}`)) return;
      forgetSubmissions([submission.id]);
      draw();
      document.getElementById("task-id").focus();
    });
    const link = make("a", { href: place.dataset.submissionUrl.replace("_", submission.id) }, name);
    const when = make("span", { class: "num muted" }, `${absolute(new Date(submission.submitted))} · ${submission.id}`);
    this.size = make("span", { class: "outcome size" }, this.count);
    this.row = make("li", { class: "task-row" }, this.badge, make("span", { class: "task-name" }, link, this.size), when, drop);
    this.section = make("section", { class: "card slim" }, make("ul", { class: "task-list" }, this.row));
  }

  // What this browser may no longer see is not gone.
  read(found) {
    if (!found) this.show("closed", say("closed"), "quiet");
    else {
      this.size.textContent = [this.count, found.missing && say("notSentYet", { count: found.missing })].filter(Boolean).join(" · ");
      this.show(found.is_final ? "final" : "running", found.said, found.is_final ? "good" : "busy");
    }
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
    const drop = make("button", { type: "button", class: "quiet", title: say("forgetMeans") }, say("forget"));
    this.drop = drop;
    drop.addEventListener("click", () => {
      if (!confirm(`${this.called}: ${say("forgetMeans")}`)) return;
      const next = this.item.closest("section").nextElementSibling?.querySelector("a") ?? document.getElementById("task-id");
      forget([task.id]);
      draw();
      next.focus();
    });
    this.link = make("a", { href: pageOf(task.id) });
    this.file = make("span", { class: "muted" });
    this.verdict = make("span", { class: "outcome" });
    const when = make("span", { class: "num muted" }, `${absolute(new Date(task.submitted))} · ${task.id}`);
    this.item = make("li", { class: "task-row" }, this.badge, make("span", { class: "task-name" }, this.link, " ", this.file, this.verdict), when, drop);
    this.showName("");
  }

  get called() {
    return this.link.textContent;
  }

  // As the search does: what the owner has called the strain, and beside it the name of its file.
  showName(name) {
    this.link.textContent = name || this.task.name || this.task.id;
    this.drop.setAttribute("aria-label", `${say("forget")}: ${this.called}`);
    this.file.textContent = name && name !== this.task.name ? this.task.name : "";
  }

  read(found) {
    if (!found) {
      this.show("closed", say("closed"), "quiet");
      return;
    }
    const { status, progress, cancelled, outcome, name } = found;
    this.showName(name);
    const tone = cancelled ? "quiet" : { completed: "good", failed: "bad", running: "busy" }[status] ?? "calm";
    const word = words.status[cancelled ? "cancelled" : status];
    this.show(status, status === "running" ? `${word} ${progress} %` : word, tone);
    if (this.verdict.textContent !== outcome) this.verdict.textContent = outcome;
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

// The row of a submission stands for its tasks, unless this browser may see those alone.
const isInSubmission = (task) => submissionRows.some((row) => row.submission.id === task.submission && row.status !== "closed");
const isListed = (task) => rows.some((row) => row.task.id === task.id);

function draw() {
  const tasks = remembered();
  submissionRows = rememberedSubmissions().map((found) => submissionRows.find((row) => row.submission.id === found.id) ?? new SubmissionRow(found));
  document.getElementById("no-tasks").hidden = tasks.length + submissionRows.length > 0;
  rows = tasks.filter((task) => !isInSubmission(task)).map((task) => rows.find((row) => row.task.id === task.id) ?? new Row(task));
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
  const title = make("h2", {}, say("submissionOf", { time: absolute(new Date(group[0].task.submitted)), count: group.length }));
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

const idOf = (row) => (row.submission ?? row.task).id;
const isWaiting = (row) => row.status === undefined || row.runs;

async function look() {
  const waiting = [...submissionRows, ...rows].filter(isWaiting);
  while (waiting.length) await ask(waiting.splice(0, ASKED_AT_ONCE));
}

async function ask(some) {
  const list = (kind) => some.filter((row) => kind in row).map(idOf).join(",");
  const address = `${place.dataset.statesUrl}?tasks=${list("task")}&submissions=${list("submission")}`;
  const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const states = await answer.json().catch(() => null);
  if (!states) return;
  const { tasks, submissions } = states;
  for (const row of some) {
    const found = row.task ? tasks[row.task.id] : submissions[row.submission.id];
    if (found !== undefined) row.read(found);
  }
  // Tasks of a submission that turns out to be closed to this browser have rows of their own.
  if (remembered().some((task) => !isInSubmission(task) && !isListed(task))) draw();
}

async function watch() {
  if (!document.hidden) await look();
  for (const button of place.querySelectorAll("[data-cancels]")) {
    button.hidden = !rows.some((row) => row.runs && button.closest("section").contains(row.item));
  }
  if ([...submissionRows, ...rows].some(isWaiting)) setTimeout(watch, AGAIN_MS);
}

draw();
watch();
