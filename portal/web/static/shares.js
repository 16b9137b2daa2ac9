// The share panel: its forms are sent without leaving the page, and what they answer takes the panel's place.
import { localTimes } from "./page.js";

async function send(form) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  const panel = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("shares");
  if (!panel) throw new Error(`${answer.status}`);
  const next = document.adoptNode(panel);
  document.getElementById("shares").replaceWith(next);
  localTimes(next);
  const first = next.querySelector("[aria-invalid], #made-link") ?? next;
  if (first === next) next.tabIndex = -1;
  first.focus();
  first.select?.();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-shares]");
  if (!form) return;
  event.preventDefault();
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  send(form).catch(() => form.submit()); // the page that says why not
});
