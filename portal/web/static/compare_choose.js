// Which strains to compare: those that this browser knows. What they are called is asked of the portal, as My tasks does.
import { remembered, rememberedSubmissions } from "./remembered.js";
import { locale, make, say } from "./words.js";

const CHOSEN_FIRST = 20;
const ASKED_AT_ONCE = 200;
const form = document.getElementById("choose");
const candidates = document.getElementById("candidates");
const button = form.querySelector("button.primary");
const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const isId = (text) => /^[a-z2-7]{12}$/.test(text);

// As earlier versions wrote the address of a comparison.
const named = location.hash.slice(1).split(",").filter(isId);
if (named.length) location.replace(addressOf(named));

function addressOf(ids) {
  return `${form.action}?tasks=${ids.join(",")}`;
}

const chosen = () => [...form.querySelectorAll("input:checked")].map((box) => box.value);

function count() {
  button.disabled = chosen().length < 2;
}

const tasks = remembered();
candidates.append(...tasks.map(({ id, name, submitted }, place) => make("label", { class: "check" },
  make("input", { type: "checkbox", value: id, checked: place < CHOSEN_FIRST }),
  make("span", {}, make("bdi", {}, name || id), " ", make("span", { class: "muted num" }, `${time.format(new Date(submitted))} · ${id}`)))));
form.querySelector("fieldset").hidden = tasks.length === 0;
form.hidden = form.querySelector("input") === null;

const submissions = rememberedSubmissions();
const list = document.getElementById("submissions");
list.querySelector("ul").append(...submissions.map(({ id, name, count: size, submitted }) => {
  const counted = say("submissionCount", { count: size });
  // One without a name of its own is called by its number of genomes, which is not said again.
  const facts = [name && name !== counted && counted, time.format(new Date(submitted))].filter(Boolean);
  return make("li", {}, make("a", { href: list.dataset.address.replace("_", id) }, name || counted), " ", make("span", { class: "muted num" }, facts.join(" · ")));
}));
list.hidden = submissions.length === 0;
document.getElementById("no-candidates").hidden = tasks.length + submissions.length > 0;

async function showNames() {
  const names = new Map([...candidates.querySelectorAll("input")].map((box) => [box.value, box.parentElement.querySelector("bdi")]));
  const ids = [...names.keys()];
  while (ids.length) {
    const some = ids.splice(0, ASKED_AT_ONCE);
    const answer = await fetch(`${candidates.dataset.statesUrl}?tasks=${some.join(",")}`, { cache: "no-store" }).catch(() => null);
    const found = answer?.ok ? (await answer.json().catch(() => null))?.tasks ?? {} : {};
    for (const id of some) if (found[id]?.called) names.get(id).textContent = found[id].called;
  }
}

form.addEventListener("change", count);
for (const all of form.querySelectorAll("[data-all]")) {
  all.addEventListener("click", () => {
    for (const box of candidates.querySelectorAll("input")) box.checked = all.dataset.all === "1";
    count();
  });
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(addressOf(chosen()));
});
count();
showNames();
