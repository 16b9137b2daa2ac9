// Many genomes as one submission: announced together, sent one by one, again where the way was interrupted.
import { say } from "./words.js";

const LANES = 2;
const PATIENCE_MS = 15 * 60000;
const LONGEST_PAUSE_MS = 20000;
const WATCH_MS = 5000;
const MOST_LABEL = 100;

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// Names of genomes are unique in a submission: files of one name from two folders are told apart by a number.
// Two that look the same are the same: the portal leaves out what nobody sees (portal/domain/invisible.py).
const looks = (label) => label.replace(/\p{Cf}/gu, "").replace(/\p{Zs}/gu, " ");

// What no label may hold is replaced, as in the name of a single file (portal/web/upload/filename.py).
const shownName = (name) => name.replace(/[\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");

export function labelsOf(names) {
  const taken = new Set();
  return names.map(shownName).map((name) => {
    const stem = name.replace(/\.gz$/i, "").replace(/\.[^.]+$/, "").trim().normalize("NFC").slice(0, MOST_LABEL - 6) || name.slice(0, MOST_LABEL - 6);
    let label = stem;
    for (let number = 2; taken.has(looks(label)); number += 1) label = `${stem} (${number})`;
    taken.add(looks(label));
    return label;
  });
}

// What is worth another try: no answer, or one that says "later".
function isPassing(status) {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

async function patiently(attempt, tell) {
  const until = Date.now() + PATIENCE_MS;
  for (let pause = 1000; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const answer = await attempt();
    if (!isPassing(answer.status) || Date.now() > until) return answer;
    const wait = Math.max(pause, Number(answer.retryAfter ?? 0) * 1000);
    tell(say("sendingAgain", { seconds: Math.round(wait / 1000) }));
    await sleep(Math.min(wait, LONGEST_PAUSE_MS * 3));
  }
}

async function post(address, headers, body) {
  try {
    const answer = await fetch(address, { method: "POST", headers, body, redirect: "manual" });
    return { status: answer.type === "opaqueredirect" ? 303 : answer.status, retryAfter: answer.headers.get("Retry-After"), body: answer.ok ? await answer.json() : await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
}

// Whether the submission was closed without an item, such as in another tab: nobody waits for its file then.
async function isLapsed(items, n, token) {
  try {
    const answer = await fetch(items.replace(/\/items\/$/, ""), { headers: token ? { Authorization: `Bearer ${token}` } : {}, cache: "no-store" });
    return answer.ok && (await answer.json()).items.some(([place, , state]) => place === n && state === "lapsed");
  } catch {
    return false;
  }
}

// XMLHttpRequest, since fetch cannot tell how much of a body is sent. A server that refuses early may cut the connection
// before its answer is read, and one behind a proxy is not heard at all before the end: so the state is asked for too.
async function put(items, n, token, entry, progress) {
  const closed = { status: 409, body: { message: say("closedMeanwhile") } };
  let watch;
  const answer = await new Promise((resolve) => {
    const address = `${items}${n}`;
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    if (entry.packed) request.setRequestHeader("Content-Encoding", "gzip");
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded / event.total);
    request.onload = () => resolve({ status: request.status, retryAfter: request.getResponseHeader("Retry-After"), body: request.response ?? {} });
    request.onerror = () => resolve({ status: 0, body: {} });
    request.onabort = () => resolve(closed);
    request.send(entry.file);
    watch = setInterval(async () => { if (await isLapsed(items, n, token)) request.abort(); }, WATCH_MS);
  });
  clearInterval(watch);
  return answer.status === 0 && await isLapsed(items, n, token) ? closed : answer;
}

/* Announce and send `entries` ({file, packed, size, digest, send(share), done(), refuse(texts)}). The answer:
   {id, url} of the submission, or {problem} where nothing was announced. The token is in memory and in a cookie alone.
   keep(id) is called as soon as the portal knows the submission, before any file is sent. */
export async function sendAll(entries, { key, label, lang, parameters, notify, form, tell, keep }) {
  const labels = labelsOf(entries.map((entry) => entry.file.name));
  const items = entries.map((entry, place) => ({ label: labels[place], size: entry.size, sha256: hex(entry.digest) }));
  const headers = { "Content-Type": "application/json", "Accept-Language": lang, "Idempotency-Key": key };
  const body = JSON.stringify({ label, lang: form.reportLang, parameters, notify, items });
  const announced = await post(form.announce, headers, body);
  if (announced.status !== 200 && announced.status !== 201) {
    return { problem: announced.status ? announced.body : { message: say("offline") } };
  }
  const { submission_id: id, token } = announced.body;
  keep(id);
  const page = form.page.replace("_", id);
  await patiently(() => post(`${page}/unlock`, { "Content-Type": "application/x-www-form-urlencoded" }, new URLSearchParams({ token })), tell);
  const left = entries.map((entry, place) => [entry, place + 1]).filter(([entry]) => entry.state !== "done" && entry.state !== "bad");
  await sendItems(left, { items: `${form.announce}/${id}/items/`, token });
  return { id, url: page };
}

/* Send the entries of pairs [entry, number of its item] to the address `items` and the number; without a token, by what
   this browser has opened. */
export async function sendItems(pairs, { items, token = "" }) {
  const left = [...pairs];
  const lane = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [entry, n] = next;
      const answer = await patiently(() => put(items, Number(n), token, entry, (share) => entry.send(share)), (text) => entry.tell(text));
      if (answer.status === 200 || answer.status === 201) entry.done();
      else if (isPassing(answer.status)) entry.lose();
      else entry.refuse(answer.body.errors?.file ?? [answer.body.message ?? say("offline")]);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
