// The tasks that this browser knows: kept here and nowhere else, without their tokens (those are in cookies no script can read).
const KEY = "bttoxin.tasks";
const LIMIT = 500;

function read(key) {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(list) ? list.filter((item) => /^[a-z2-7]{12}$/.test(item?.id)) : [];
  } catch {
    return [];
  }
}

export const remembered = () => read(KEY);

function keep(list, key = KEY) {
  try {
    localStorage.setItem(key, JSON.stringify(list.slice(0, LIMIT)));
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

// -- submissions, and what of them this browser did not send

const SUBMISSIONS = "bttoxin.submissions";

export const rememberedSubmissions = () => read(SUBMISSIONS);

export function rememberSubmission(submission) {
  const before = rememberedSubmissions().find((item) => item.id === submission.id);
  keep([{ ...before, ...submission }, ...rememberedSubmissions().filter((item) => item.id !== submission.id)].sort((a, b) => (a.submitted < b.submitted ? 1 : -1)), SUBMISSIONS);
}

// With their tasks, which the row of a submission stands for.
export function forgetSubmissions(ids) {
  keep(remembered().filter((item) => !ids.includes(item.submission)));
  keep(rememberedSubmissions().filter((item) => !ids.includes(item.id)), SUBMISSIONS);
}

export function notSent(id) {
  const found = rememberedSubmissions().find((item) => item.id === id)?.notSent;
  return Array.isArray(found) ? found : [];
}
