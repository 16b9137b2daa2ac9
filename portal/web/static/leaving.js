// Leaving the form of submission: files that are on their way are asked about, and so are chosen ones where the language changes.
import { say, words } from "./words.js";

const KEPT = "bttoxin.form";
const KEPT_MS = 60000;
let isSending = false;

const ask = (event) => event.preventDefault();

// The browser asks, in its own words, whoever leaves the page before `work` is done. Only meanwhile: browsers keep no page ready to go back to that listens for this.
export async function warnDuring(work) {
  addEventListener("beforeunload", ask);
  isSending = true;
  try {
    return await work();
  } finally {
    removeEventListener("beforeunload", ask);
    isSending = false;
  }
}

// Browsers let no page choose files: whoever has chosen some is asked before the page comes in the other language, where what was typed is typed again.
export function keepOverLanguages(form, countFiles, tell) {
  document.querySelector("a.language").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // opens another tab, and leaves this one as it is
    const files = countFiles();
    if (files && !isSending && !confirm(say("languageAsks", { count: files }))) {
      event.preventDefault();
      return;
    }
    keep({ lang: event.currentTarget.hreflang, at: Date.now(), files, values: changedValues(form) });
  });
  const kept = takeKept();
  if (!kept) return;
  for (const { name, value, checked } of kept.values) {
    const control = [...form.elements].find((other) => other.name === name && (checked === undefined || other.value === value));
    if (!control) continue;
    if (checked === undefined) control.value = value;
    else control.checked = checked;
    control.closest("details")?.setAttribute("open", "");
  }
  if (kept.files) tell(say("chooseAgain", { count: kept.files }));
}

// What differs from what the page came with; where nobody chose another, the language of the report goes with that of the page.
function changedValues(form) {
  const changed = [];
  for (const control of form.elements) {
    const { name, type, value } = control;
    if (!name || type === "file" || type === "hidden") continue;
    if (type === "checkbox" || type === "radio") {
      if (control.checked !== control.defaultChecked) changed.push({ name, value, checked: control.checked });
    } else if (control.options ? !control.selectedOptions[0]?.defaultSelected : value !== control.defaultValue) changed.push({ name, value });
  }
  return changed;
}

function keep(kept) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing: the form comes empty.
  }
}

function takeKept() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    sessionStorage.removeItem(KEPT);
    // Who stayed after all has changed no language.
    return kept?.lang === words.lang && Date.now() - kept.at < KEPT_MS ? kept : null;
  } catch {
    return null;
  }
}
