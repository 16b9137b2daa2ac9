// A notice of the browser when a task or a submission has ended, while its page is open in a tab: asked for by a click alone.
import { say } from "./words.js";

const WANTED = "bttoxin.notice";
const ENDED = "bttoxin.ended";

function stored(store, key, value) {
  try {
    if (value === undefined) return store.getItem(key);
    if (value === null) store.removeItem(key);
    else store.setItem(key, value);
  } catch {
    // A browser that keeps nothing asks for another click on the next page.
  }
  return null;
}

// Browsers of phones have the interface and refuse to use it from a page; they say so before anything is shown.
function isPossible() {
  if (!window.isSecureContext || !("Notification" in window)) return false;
  if (Notification.permission !== "default") return true;
  try {
    new Notification("").close();
    return true;
  } catch {
    return false;
  }
}

const isOn = () => stored(localStorage, WANTED) === "on" && Notification.permission === "granted";

// Connect the button of a page that waits for an end, and the place where it says what it does.
export function offerNotice(button, place) {
  if (!button) return;
  if (!isPossible()) {
    button.hidden = true;
    return;
  }
  const show = () => button.setAttribute("aria-pressed", String(isOn()));
  const tell = (name) => {
    place.textContent = say(name);
    place.hidden = false;
    show();
  };
  show();
  button.disabled = false; // it came with the page, this script after it
  button.addEventListener("click", async () => {
    if (isOn()) {
      stored(localStorage, WANTED, "off");
      tell("noticeOff");
      return;
    }
    if ((await Notification.requestPermission()) !== "granted") {
      tell("noticeRefused");
      return;
    }
    stored(localStorage, WANTED, "on");
    tell("noticeOn");
  });
}

// Show the notice, if it is wanted here: the state in a word, and what the task or the submission is called.
export function giveNotice(id, word, name) {
  if (!isPossible() || !isOn()) return;
  const notice = new Notification(`${word} · BtToxin Portal`, { body: name, tag: id, lang: document.documentElement.lang });
  notice.addEventListener("click", () => {
    window.focus();
    notice.close();
  });
}

// A page that is loaded again because its task has ended: what it then shows is told once.
export const markEnded = (id) => stored(sessionStorage, ENDED, id);

export function hasJustEnded(id) {
  const just = stored(sessionStorage, ENDED) === id;
  if (just) stored(sessionStorage, ENDED, null);
  return just;
}
