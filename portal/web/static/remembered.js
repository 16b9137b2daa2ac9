// The tasks that this browser knows: kept here and nowhere else, without their tokens (those are in cookies no script can read).
const KEY = "bttoxin.tasks";
const LIMIT = 500;

export function remembered() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((item) => /^[a-z2-7]{12}$/.test(item?.id)) : [];
  } catch {
    return [];
  }
}

function keep(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list.slice(0, LIMIT)));
  } catch {
    // A browser that keeps nothing: the links still work.
  }
}

export function remember(task) {
  keep([task, ...remembered().filter((item) => item.id !== task.id)].sort((a, b) => (a.submitted < b.submitted ? 1 : -1)));
}

export function forget(ids) {
  keep(remembered().filter((item) => !ids.includes(item.id)));
}
