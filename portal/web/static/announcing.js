// Many genomes as one submission: announced together, and then sent.
import { hex, patiently, sendItems } from "./sending.js";
import { say } from "./words.js";

const MOST_LABEL = 100;

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

async function post(address, headers, body) {
  try {
    const answer = await fetch(address, { method: "POST", headers, body, redirect: "manual" });
    return { status: answer.type === "opaqueredirect" ? 303 : answer.status, retryAfter: answer.headers.get("Retry-After"), body: answer.ok ? await answer.json() : await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
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
