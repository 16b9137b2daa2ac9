// A shared link carries the token behind the #, which browsers never send; exchange it for the task in the browser's session.
const form = document.getElementById("unlock");
const token = new URLSearchParams(location.hash.slice(1)).get("token");

async function exchange() {
  const body = new URLSearchParams({ token });
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.replace(location.pathname + location.search);
  else form.submit(); // the page that says why not
}

if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = token;
  // One link after the other: a browser without a session gets it with the first answer, and several at once would each get another.
  if (navigator.locks) navigator.locks.request("bttoxin.unlock", exchange);
  else exchange();
}
