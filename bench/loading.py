"""What a browser itself measured while it loaded a page."""

from __future__ import annotations

# Evaluated in a loaded page; gives the first and the largest contentful paint (ms) and the layout shift.
LOADED = """() => new Promise((resolve) => {
  const [{ startTime: paint_ms }] = performance.getEntriesByName("first-contentful-paint");
  const found = { paint_ms, largest_ms: 0, shift: 0 };
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) found.largest_ms = entry.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) found.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(found), 400);
})"""
