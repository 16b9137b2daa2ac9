// The files of a submission that have not arrived: chosen again, recognised by their content, and sent.
import { inspect } from "./inspect.js";
import { warnDuring } from "./leaving.js";
import { hex, sendItems } from "./sending.js";
import { make, say } from "./words.js";

const card = document.getElementById("missing");
const input = card.querySelector("input");
const status = card.querySelector("[role=status]");
const limit = Number(card.dataset.limit);
const extensions = card.dataset.extensions.split(",");

// Called when what was found has been sent: the page then looks at what is new.
let tell = () => {};
export const whenSent = (callback) => { tell = callback; };

// A genome that is missing, with the file that it is; as `sendItems` takes it.
class Found {
  constructor(item, file, packed) {
    Object.assign(this, { item, file, packed, state: "ok" });
    item.querySelector(".say")?.remove();
    this.say = make("span", { class: "say" });
    item.append(this.say);
  }

  tell(text) {
    this.say.textContent = text;
  }

  show(state, text) {
    this.item.className = state;
    this.tell(text);
  }

  send(share) {
    this.tell(share < 1 ? say("uploading", { percent: Math.floor(share * 100) }) : say("storing"));
  }

  done() {
    this.state = "done";
    this.show("ok", say("accepted"));
  }

  lose() {
    this.state = "lost";
    this.show("bad", say("offline"));
  }

  refuse(texts) {
    this.show("bad", texts.join(" "));
  }
}

// Only what can be one of them by its size is read, and packed files, whose content has a size of its own.
async function find(files) {
  let left = [...card.querySelectorAll("li[data-n]:not(.ok)")];
  const found = [];
  for (const file of files) {
    if (!left.some((item) => Number(item.dataset.size) === file.size) && !/\.gz$/i.test(file.name)) continue;
    const { digest, packed } = await inspect(file, { limit, extensions });
    const is = (item) => digest && item.dataset.sha256 === hex(digest);
    found.push(...left.filter(is).map((item) => [new Found(item, file, packed), item.dataset.n]));
    left = left.filter((item) => !is(item));
  }
  return found;
}

async function take(files) {
  if (!files.length) return;
  input.disabled = true;
  status.textContent = say("checking");
  const found = await find(files);
  status.textContent = say(found.length ? "sending" : "noneMissing");
  await warnDuring(() => sendItems(found, { items: card.dataset.items }));
  if (found.length) tell();
  input.disabled = false;
  input.value = "";
  const count = (state) => found.filter(([each]) => each.state === state).length;
  if (count("lost")) status.textContent = say("stillMissing", { count: count("lost") });
  else if (found.length) status.textContent = say("sentMissing", { count: count("done") });
}

// What has arrived since the page was made, by whatever way.
export function showArrived(rows) {
  for (const [n, , state] of rows) if (state !== "awaited") card.querySelector(`li[data-n="${n}"]`)?.remove();
  if (!card.querySelector("li[data-n]")) card.hidden = true;
}

input.addEventListener("change", () => take([...input.files]));
// Files that were chosen before this script was there.
take([...input.files]);
