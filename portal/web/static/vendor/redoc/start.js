// Ours: starts ReDoc from a file, so that its page needs no inline script.
window.addEventListener("load", () => {
  const place = document.getElementById("redoc");
  Redoc.init(place.dataset.spec, { disableSearch: false, nativeScrollbars: true }, place);
});
