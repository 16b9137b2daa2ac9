// The share panel: its forms are sent without leaving the page, and what they answer takes the panel's place.
// page.js fetches this when the first of them is sent.
import { localTimes } from "./page.js";

export async function send(form) {
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
