// What is wider than its place says so in its caption, and fades at the side where it goes on.
import { make } from "./words.js";

function fade(box) {
  box.classList.toggle("on-right", box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
  box.classList.toggle("on-left", box.scrollLeft > 2);
}

export function sayWide(figure, box, text) {
  const isWide = box.scrollWidth > box.clientWidth;
  const caption = figure.querySelector("figcaption");
  caption.querySelector(".sideways")?.remove();
  if (isWide) caption.append(make("span", { class: "sideways" }, text));
  // What scrolls can be reached by keyboard.
  if (isWide) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
  fade(box);
  box.onscroll = () => fade(box);
}
