// Genomes of a submission, sent one by one, again where the way was interrupted.
import { say } from "./words.js";

const LANES = 2;
const PATIENCE_MS = 15 * 60000;
const LONGEST_PAUSE_MS = 20000;
const WATCH_MS = 5000;

const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// What is worth another try: no answer, or one that says "later".
function isPassing(status) {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

export async function patiently(attempt, tell) {
  const until = Date.now() + PATIENCE_MS;
  for (let pause = 1000; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const answer = await attempt();
    if (!isPassing(answer.status) || Date.now() > until) return answer;
    const wait = Math.max(pause, Number(answer.retryAfter ?? 0) * 1000);
    tell(say("sendingAgain", { seconds: Math.round(wait / 1000) }));
    await sleep(Math.min(wait, LONGEST_PAUSE_MS * 3));
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
