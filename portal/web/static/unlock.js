// A shared link carries the token behind the #, which browsers never send; exchange it for the task's cookie.
const form = document.getElementById("unlock");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.token.value = token;
  form.submit();
}
