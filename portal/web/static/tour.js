// The short tour of a sample's results: the words of the list on the page, one stop after the other.
const panel = document.getElementById("tour-panel");
const stops = [...document.querySelectorAll("#tour [data-stop]")];
const start = document.getElementById("tour-start");
const [place, title, text, back, next, end] = ["place", "title", "text", "back", "next", "end"].map((name) => document.getElementById(`tour-${name}`));
const nextWord = next.textContent;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let at = -1;

const section = (number) => document.getElementById(stops[number].dataset.stop).closest("section");

function go(number) {
  if (at >= 0) section(at).classList.remove("tour-here");
  at = number;
  const stop = stops[at];
  place.textContent = place.dataset.form.replace("{n}", at + 1).replace("{all}", stops.length);
  title.textContent = stop.querySelector("a").textContent;
  text.textContent = stop.querySelector("span").textContent;
  back.disabled = at === 0;
  next.textContent = at === stops.length - 1 ? next.dataset.last : nextWord;
  section(at).classList.add("tour-here");
  const here = section(at);
  // A picture that is drawn on the way may end a smooth movement before its stop.
  addEventListener("scrollend", () => { if (at === number) here.scrollIntoView({ block: "start", behavior: "auto" }); }, { once: true });
  here.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
}

function begin() {
  panel.hidden = false;
  document.documentElement.classList.add("touring");
  go(0);
  next.focus({ preventScroll: true });
}

// The reader goes on where the tour has ended.
function leave() {
  if (at < 0) return;
  const here = section(at);
  here.classList.remove("tour-here");
  at = -1;
  panel.hidden = true;
  document.documentElement.classList.remove("touring");
  if (location.hash === "#tour") history.replaceState(null, "", location.pathname + location.search);
  here.tabIndex = -1;
  here.focus({ preventScroll: true });
}

start.addEventListener("click", begin);
back.addEventListener("click", () => { if (at > 0) go(at - 1); if (back.disabled) next.focus({ preventScroll: true }); });
next.addEventListener("click", () => (at === stops.length - 1 ? leave() : go(at + 1)));
end.addEventListener("click", leave);
document.addEventListener("keydown", (event) => {
  if (at < 0) return;
  if (event.key === "Escape") leave();
  else if (panel.contains(document.activeElement) && event.key === "ArrowRight") { if (at < stops.length - 1) go(at + 1); }
  else if (panel.contains(document.activeElement) && event.key === "ArrowLeft") { if (at > 0) go(at - 1); }
});
addEventListener("hashchange", () => { if (location.hash === "#tour") begin(); });
if (location.hash === "#tour") begin();
