// The submission form, file by file: checked before it is sent, with progress, errors beside the file they belong to.
import { sendAll } from "./announcing.js";
import { droppedFiles } from "./dropped.js";
import { inspect } from "./inspect.js";
import { keepOverLanguages, warnDuring } from "./leaving.js";
import { takePasted } from "./paste.js";
import { remember, rememberSubmission } from "./remembered.js";
import { hex } from "./sending.js";
import { make, number, say, weight, words } from "./words.js";

const form = document.getElementById("submit");
const input = document.getElementById("file");
const drop = document.getElementById("drop");
const list = document.getElementById("files");
const status = document.getElementById("submit-status");
const button = form.querySelector("button.primary");
const limit = Number(form.dataset.limit);
const extensions = form.dataset.extensions.split(",");
const submission = secret();
let entries = [];


// 144 bits that nobody guesses; randomUUID is there on secure pages alone.
function secret() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replaceAll("+", "-").replaceAll("/", "_");
}

// What the portal's log calls this request, and no secret; a proxy that fails on the way has it in its log too.
function requestNumber() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A few files at a time: hundreds at once would fill the memory.
const CHECKED_AT_ONCE = 4;
const turns = Array.from({ length: CHECKED_AT_ONCE }, () => Promise.resolve());
let turn = 0;

function inTurn(work) {
  turn = (turn + 1) % CHECKED_AT_ONCE;
  const done = turns[turn].then(work);
  turns[turn] = done.catch(() => {});
  return done;
}

// With `skipped`, why a file is only named and not even looked into.
class Entry {
  constructor(file, skipped = "") {
    this.file = file;
    this.skipped = Boolean(skipped);
    this.key = secret(); // of this file alone: who sees the record sees the submission, and must not know the key
    this.say = make("span", { class: "say" });
    const remove = make("button", { type: "button", "aria-label": say("remove", { name: file.name }) }, "✕");
    remove.addEventListener("click", () => {
      entries = entries.filter((entry) => entry !== this);
      this.item.remove();
      countEntries();
      input.focus();
    });
    this.item = make("li", {}, make("span", { class: "name" }, file.name), remove, this.say);
    this.state = "checking";
    this.tell(skipped || say("checking"));
    if (skipped) {
      this.refuse([skipped]);
      this.checked = Promise.resolve();
      return;
    }
    this.checked = inTurn(() => inspect(file, { limit, extensions })).then((found) => {
      Object.assign(this, { packed: found.packed, size: found.size, digest: found.digest });
      if (found.problem) this.refuse([found.problem]);
      else this.set("ok", say(found.protein ? "proteins" : "contigs", { count: found.contigs, contigs: number(found.contigs), bases: number(found.bases) }));
    });
  }

  set(state, text) {
    this.state = state;
    this.item.className = state;
    this.tell(text);
    if (state === "ok" || state === "bad") showTotal();
  }

  tell(text) {
    this.say.textContent = text;
  }

  // The same genome twice is allowed, but rarely meant.
  showSame(name) {
    this.item.querySelector(".same")?.remove();
    if (name) this.item.append(make("span", { class: "same" }, say("sameContent", { name })));
  }

  refuse(texts) {
    this.progress?.remove();
    this.progress = null;
    this.set("bad", texts.join(" "));
  }

  showProgress(share) {
    if (!this.progress) {
      this.progress = make("progress", { max: 1, value: 0, "aria-label": this.file.name });
      this.item.append(this.progress);
    }
    this.progress.value = share;
    this.tell(share < 1 ? say("uploading", { percent: Math.floor(share * 100) }) : say("storing"));
  }

  // -- as one of many, see announcing.js

  send(share) {
    this.showProgress(share);
  }

  done() {
    this.progress?.remove();
    this.set("done", say("accepted"));
    this.item.querySelector("button")?.remove();
  }

  lose(...more) {
    this.refuse([say("offline"), ...more]);
    this.lost = true;
  }

  // -- alone

  // XMLHttpRequest, since fetch cannot tell how much of a body is sent.
  async sendAlone(fields) {
    const file = await this.unpacked();
    await new Promise((resolve) => {
      const body = new FormData();
      for (const [name, value] of fields) body.append(name, value);
      body.set("idempotency_key", this.key);
      body.set("submission", submission);
      body.append("file", file);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      const id = requestNumber();
      request.setRequestHeader("X-Request-Id", id);
      request.responseType = "json";
      this.showProgress(0);
      request.upload.onprogress = (event) => this.showProgress(event.loaded / event.total);
      request.onload = () => {
        const answer = request.response ?? {};
        if (request.status === 201) this.accept(answer);
        else this.refuse([...problemsOf(answer), ...(request.status < 500 ? [] : [say("requestNumber", { id })])]);
        resolve();
      };
      request.onerror = () => {
        this.lose(say("requestNumber", { id }));
        resolve();
      };
      request.send(body);
    });
  }

  // A form has no field for packed files: a single one is unpacked here.
  async unpacked() {
    if (!this.packed) return this.file;
    const blob = await new Response(this.file.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
    return new File([blob], this.file.name.replace(/\.gz$/i, ""));
  }

  accept(answer) {
    this.progress.remove();
    this.url = answer.url;
    remember({ id: answer.task_id, name: this.file.name, submission, submitted: new Date().toISOString() });
    this.set("done", `${say("accepted")} · `);
    this.say.append(make("a", { href: answer.url }, say("open")));
    this.item.querySelector("button")?.remove();
  }
}

// Problems of the file stand beside it; those of other fields stand beside those.
function problemsOf(answer) {
  const { file, ...others } = answer.errors ?? {};
  for (const [name, texts] of Object.entries(others)) showFieldError(name, texts);
  return file ?? [answer.message ?? say("offline")];
}

function showFieldError(name, texts) {
  const field = form.elements.namedItem(name);
  const control = field instanceof RadioNodeList ? field[field.length - 1] : field;
  if (!control) return;
  control.closest("details")?.setAttribute("open", "");
  document.getElementById(`${name}-error`)?.remove();
  control.setAttribute("aria-invalid", "true");
  control.closest(".field").append(make("ul", { class: "error", id: `${name}-error` }, ...texts.map((text) => make("li", {}, text))));
}

function clearFieldErrors() {
  for (const invalid of form.querySelectorAll("[aria-invalid]")) invalid.removeAttribute("aria-invalid");
  for (const error of form.querySelectorAll(".field > .error")) error.remove();
  document.getElementById("problems")?.remove();
}

const nameField = document.getElementById("name-field");
const total = document.getElementById("files-total");
function countEntries() {
  nameField.hidden = entries.filter((entry) => !entry.skipped).length < 2;
  showTotal();
}

// What is chosen in all, once each file is checked; of a single file its own line says it.
function showTotal() {
  const chosen = entries.filter((entry) => !entry.skipped);
  const bytes = chosen.reduce((sum, entry) => sum + entry.file.size, 0);
  const bad = chosen.filter((entry) => entry.state === "bad" && !entry.lost).length;
  const same = showSames();
  const isReady = chosen.length > 1 && entries.every((entry) => entry.state !== "checking");
  const texts = [say("total", { files: number(chosen.length), size: weight(bytes) }), bad ? say("totalRefused", { count: bad }) : "", same ? say("totalSame", { count: same }) : ""].filter(Boolean);
  total.textContent = isReady ? texts.join(words.lang.startsWith("zh") ? "" : " ").trim() : "";
}

// A file with the content of one above it, by whatever name, says so; the answer is how many do.
function showSames() {
  const first = new Map();
  let count = 0;
  for (const entry of entries.filter(({ digest, state }) => digest && state !== "bad")) {
    const content = hex(entry.digest);
    entry.showSame(first.get(content)?.file.name);
    if (first.has(content)) count += 1;
    else first.set(content, entry);
  }
  return count;
}

// Of a dropped folder; so many are named, the others are counted.
const MOST_SKIPPED = 20;
function addSkipped(files) {
  const why = say("skipped", { extensions: extensions.join(" ") });
  const shown = files.slice(0, MOST_SKIPPED);
  const more = files.length - shown.length;
  if (more) shown.push({ name: say("moreSkipped", { count: more }), size: 0 });
  for (const file of shown) {
    if (entries.some((entry) => entry.skipped && entry.file.name === file.name)) continue;
    const entry = new Entry(file, why);
    entries.push(entry);
    list.append(entry.item);
  }
  countEntries();
}

function add(files) {
  for (const file of files) {
    // Of two folders, files of one name and size may well be two genomes: assemblers call every result the same.
    const same = entries.some((entry) => ["name", "size", "lastModified"].every((fact) => entry.file[fact] === file[fact]) && entry.state !== "done");
    if (same) continue;
    const entry = new Entry(file);
    entries.push(entry);
    list.append(entry.item);
  }
  document.getElementById("choose-again")?.remove();
  input.value = "";
  countEntries();
  // With so many the button stays at the lower edge, and covers nothing of the list.
  if (entries.length > 3) list.scrollIntoView({ block: "nearest" });
}

input.addEventListener("change", () => add(input.files));
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const { files, skipped } = await droppedFiles(event.dataTransfer, extensions);
  addSkipped(skipped);
  add(files);
});

const addPasted = takePasted(add);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearFieldErrors();
  addPasted();
  await Promise.all(entries.map((entry) => entry.checked));
  // What was not delivered is sent again; what is no genome stays where it is.
  for (const entry of entries) if (entry.lost) Object.assign(entry, { lost: false, state: "ok" });
  const ready = entries.filter((entry) => entry.state === "ok");
  if (ready.length === 0) {
    status.textContent = say("nothing");
    input.focus();
    return;
  }
  const fields = [...new FormData(form)].filter(([name]) => !["file", "pasted", "pasted_name", "idempotency_key", "label"].includes(name));
  button.disabled = true;
  status.textContent = "";
  const url = await warnDuring(() => (ready.length > 1 || batch ? sendTogether(ready, fields) : ready[0].sendAlone(fields)));
  button.disabled = false;
  if (url) location.assign(url);
  else if (!batch) finish();
});

// What was announced together stays together: what did not get through is sent again, under the same key.
let batch = null;

// Returns the address of the submission once all that can be sent is sent.
async function sendTogether(ready, fields) {
  batch ??= { entries: ready, key: secret() + secret() };
  const label = form.elements.label.value.trim();
  const known = { name: label, count: batch.entries.length, submitted: new Date().toISOString() };
  // The page of the submission knows what the server refused; what is never sent is known here alone.
  const refused = entries.filter((entry) => entry.state === "bad" && !batch.entries.includes(entry));
  const notSent = refused.map((entry) => ({ name: entry.file.name, why: entry.say.textContent }));
  status.textContent = say("sending");
  const { lang, notify_mail: mail, ...parameters } = Object.fromEntries(fields);
  const typed = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typedValue(name, value)]));
  const { url, problem } = await sendAll(batch.entries, {
    key: batch.key,
    label,
    lang: document.documentElement.lang,
    parameters: typed,
    notify: mail?.trim() ? { mail: mail.trim() } : {},
    form: { announce: form.dataset.submissions, page: form.dataset.submissionPage, reportLang: lang },
    tell: (text) => { status.textContent = text; },
    keep: (id) => rememberSubmission({ id, ...known, notSent }),
  });
  if (problem) {
    for (const [name, texts] of Object.entries(problem.errors ?? {})) {
      const place = /^items\.(\d+)\./.exec(name)?.[1]; // of a file, beside which it stands; the others can be sent without it
      if (place) batch.entries[place]?.refuse([texts].flat());
      else showFieldError(name.replace(/^parameters\./, "").replace(/^notify\./, "notify_"), [texts].flat());
    }
    const isOfFiles = batch.entries.some((entry) => entry.state === "bad");
    status.textContent = isOfFiles ? say("nothingSent") : problem.message ?? say("offline");
    if (Object.keys(problem).length > 1) batch = null; // refused, not lost: what is changed now is another request
    return "";
  }
  const lost = batch.entries.filter((entry) => entry.lost).length;
  if (lost) {
    status.textContent = say("notDelivered", { count: lost });
    return "";
  }
  return url;
}

// The API takes numbers as numbers; a form has text alone.
function typedValue(name, value) {
  const { type } = [form.elements.namedItem(name)].flat()[0] ?? {};
  if (value === "true" || value === "false") return value === "true";
  return type === "number" ? Number(value) : value;
}

function finish() {
  const accepted = entries.filter((entry) => entry.state === "done");
  const refused = entries.filter((entry) => entry.state === "bad" && !entry.skipped);
  if (accepted.length && !refused.length) {
    location.assign(accepted.at(-1).url);
  } else if (accepted.length) {
    status.textContent = say("someRefused", { count: refused.length });
  }
  // A refused file may be sent again once the reason is gone; its key then stands for the same file.
  for (const entry of refused) entry.item.querySelector("button")?.focus();
}

keepOverLanguages(form, () => entries.filter((entry) => entry.state !== "done" && entry.state !== "bad").length, (text) => {
  drop.after(make("p", { class: "hint", id: "choose-again" }, text));
});

// Files that were chosen before this script was there, or that the browser kept over a reload.
if (input.files.length) add(input.files);
