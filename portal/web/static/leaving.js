// Leaving a page while it sends files.

const ask = (event) => event.preventDefault();

// The browser asks, in its own words, whoever leaves the page before `work` is done. Only meanwhile: browsers keep no page ready to go back to that listens for this.
export async function warnDuring(work) {
  addEventListener("beforeunload", ask);
  try {
    return await work();
  } finally {
    removeEventListener("beforeunload", ask);
  }
}
