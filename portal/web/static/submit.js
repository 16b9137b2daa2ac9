// The submission form, file by file: checked before it is sent, with progress, errors beside the file they belong to.
import { inspect } from "./inspect.js";
import { remember } from "./remembered.js";
import { make, number, say } from "./words.js";

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

input.multiple = true;

// 144 bits that nobody guesses; randomUUID is there on secure pages alone.
function secret() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replaceAll("+", "-").replaceAll("/", "_");
}

// What the portal's log calls this request, and no secret; a proxy that fails on the way has it in its log too.
function requestNumber() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Entry {
  constructor(file) {
    this.file = file;
    this.key = secret(); // of this file alone: who sees the record sees the submission, and must not know the key
    this.say = make("span", { class: "say" });
    const remove = make("button", { type: "button", "aria-label": say("remove", { name: file.name }) }, "✕");
    remove.addEventListener("click", () => {
      entries = entries.filter((entry) => entry !== this);
      this.item.remove();
      input.required = entries.length === 0;
      input.focus();
    });
    this.item = make("li", {}, make("span", { class: "name" }, file.name), remove, this.say);
    this.state = "checking";
    this.tell(say("checking"));
    this.checked = inspect(file, { limit, extensions }).then((found) => {
      if (found.problem) this.refuse([found.problem]);
      else this.set("ok", say(found.protein ? "proteins" : "contigs", { contigs: number(found.contigs), bases: number(found.bases) }));
    });
  }

  set(state, text) {
    this.state = state;
    this.item.className = state;
    this.tell(text);
  }

  tell(text) {
    this.say.textContent = text;
  }

  refuse(texts) {
    this.progress?.remove();
    this.set("bad", texts.join(" "));
  }

  // XMLHttpRequest, since fetch cannot tell how much of a body is sent.
  send(fields) {
    return new Promise((resolve) => {
      const body = new FormData();
      for (const [name, value] of fields) body.append(name, value);
      body.set("idempotency_key", this.key);
      body.set("submission", submission);
      body.append("file", this.file);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      const id = requestNumber();
      request.setRequestHeader("X-Request-Id", id);
      request.responseType = "json";
      this.progress = make("progress", { max: 1, value: 0, "aria-label": this.file.name });
      this.item.append(this.progress);
      request.upload.onprogress = (event) => {
        const share = event.loaded / event.total;
        this.progress.value = share;
        this.tell(share < 1 ? say("uploading", { percent: Math.floor(share * 100) }) : say("storing"));
      };
      request.onload = () => {
        const answer = request.response ?? {};
        if (request.status === 201) this.accept(answer);
        else this.refuse([...problemsOf(answer), ...(request.status < 500 ? [] : [say("requestNumber", { id })])]);
        resolve();
      };
      request.onerror = () => {
        this.refuse([say("offline"), say("requestNumber", { id })]);
        resolve();
      };
      request.send(body);
    });
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

function add(files) {
  for (const file of files) {
    const same = entries.some((entry) => entry.file.name === file.name && entry.file.size === file.size && entry.state !== "done");
    if (same) continue;
    const entry = new Entry(file);
    entries.push(entry);
    list.append(entry.item);
  }
  input.value = "";
  input.required = entries.length === 0;
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
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  add(event.dataTransfer.files);
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearFieldErrors();
  await Promise.all(entries.map((entry) => entry.checked));
  const ready = entries.filter((entry) => entry.state === "ok");
  if (ready.length === 0) {
    status.textContent = say("nothing");
    input.focus();
    return;
  }
  const fields = [...new FormData(form)].filter(([name]) => name !== "file" && name !== "idempotency_key");
  button.disabled = true;
  status.textContent = "";
  for (const entry of ready) await entry.send(fields);
  button.disabled = false;
  finish();
});

function finish() {
  const accepted = entries.filter((entry) => entry.state === "done");
  const refused = entries.filter((entry) => entry.state === "bad");
  if (accepted.length === 1 && entries.length === 1) {
    location.assign(accepted[0].url);
  } else if (accepted.length && !refused.length) {
    location.assign(form.dataset.tasks);
  } else if (accepted.length) {
    status.textContent = say("someRefused", { count: refused.length });
  }
  // A refused file may be sent again once the reason is gone; its key then stands for the same file.
  for (const entry of refused) entry.item.querySelector("button")?.focus();
}
