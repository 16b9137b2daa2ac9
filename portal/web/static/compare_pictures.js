// Pictures and bundle of a comparison. The scripts cannot see tokens: a ticket for each task stands in for its token.
import { make, say, words } from "./words.js";

const address = document.getElementById("pick").dataset.compareUrl;

export function saveAs(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

async function answered(asked) {
  const answer = await asked.catch(() => null);
  if (!answer) throw new Error(say("offline"));
  if (answer.status === 429) throw new Error(say("compareBusy"));
  if (!answer.ok) throw new Error(say("compareFailed"));
  return answer;
}

async function tickets(ids, api) {
  return Promise.all(ids.map(async (id) => {
    const { ticket } = await (await answered(fetch(`${api(id)}/ticket`))).json();
    return { task_id: id, token: ticket };
  }));
}

async function fetchFile(tasks, file) {
  const body = JSON.stringify({ tasks, lang: words.lang, file });
  const asked = fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  return (await answered(asked)).blob();
}

// The page's policy shows pictures from the portal and from data addresses only.
function asData(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

export async function showPictures(ids, { button, made, api }) {
  const failed = (error) => made.replaceChildren(make("p", { class: "hint" }, error.message));
  const saver = (file, label) => {
    const plain = make("button", { type: "button", class: "plain" }, label);
    // Tickets last ten minutes, and nobody knows when this is pressed: it fetches its own.
    const save = async () => saveAs(await fetchFile(await tickets(ids, api), file), file);
    plain.addEventListener("click", () => save().catch(failed));
    return plain;
  };
  button.disabled = true;
  made.replaceChildren(make("p", {}, say("makingPictures")));
  try {
    const tasks = await tickets(ids, api);
    const shown = make("div", { class: "pictures" });
    for (const [name, title] of words.comparePictures) {
      const source = await asData(await fetchFile(tasks, `${name}.svg`));
      const caption = make("figcaption", {}, `${title} `, saver(`${name}.svg`, "SVG"), " ", saver(`${name}.png`, "PNG"));
      shown.append(make("figure", {}, make("img", { src: source, alt: title }), caption));
    }
    made.replaceChildren(make("p", {}, saver(words.compareBundle, say("bundle"))), shown);
  } catch (error) {
    failed(error);
  }
  button.disabled = false;
}
