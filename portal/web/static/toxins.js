// The toxin table: its filter, and what is drawn of a gene lit together with its row.
import { say } from "./words.js";

const filter = document.getElementById("toxin-filter");
const rows = [...document.querySelectorAll("#toxins tbody tr")];

// Columns keep their widths while rows come and go; not when the window changes.
function holdWidths() {
  for (const head of document.querySelectorAll("#toxins thead th")) {
    head.style.width ||= `${head.getBoundingClientRect().width}px`;
  }
}
addEventListener("resize", () => document.querySelectorAll("#toxins thead th").forEach((head) => { head.style.width = ""; }));

function applyFilter() {
  holdWidths();
  const wanted = filter.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  const shown = rows.filter((row) => !row.hidden).length;
  document.getElementById("toxin-count").textContent = wanted ? say("shownOf", { shown, all: rows.length }) : "";
}

filter?.addEventListener("input", applyFilter);

function light(number) {
  for (const part of document.querySelectorAll("[data-toxin]")) {
    part.classList.toggle("lit", part.dataset.toxin === number);
  }
  const gene = document.getElementById(`gene-${number}`);
  const facts = document.getElementById("gene-facts");
  if (facts) facts.textContent = gene?.getAttribute("aria-label") ?? "";
}

for (const event of ["mouseover", "focusin"]) {
  document.addEventListener(event, ({ target }) => {
    const part = target.closest("[data-toxin]");
    if (part) light(part.dataset.toxin);
  });
}

// A row that the filter hides cannot be led to.
document.addEventListener("click", ({ target }) => {
  const link = target.closest('a[href^="#toxin-"]');
  if (!link || !filter?.value) return;
  filter.value = "";
  applyFilter();
});
