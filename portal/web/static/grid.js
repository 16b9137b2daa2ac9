// A table of many strains: sorting, finding, and the arrow keys. Each row is read once, and moved only when its place changes.
import { say, words } from "./words.js";

const collator = new Intl.Collator(words.lang, { numeric: true });
const LINKS_AT_ONCE = 400;
// Pauses in typing: browsers refuse to change the address more often than some 200 times in half a minute.
const ADDRESS_MS = 250;
// By these, sorting begins with A; by the others with the largest.
const NAMES = ["label", "status"];

class Line {
  constructor(row) {
    this.row = row;
    this.values = new Map();
  }

  get state() {
    return this.row.dataset.state;
  }

  get text() {
    this.words ??= `${this.row.cells[0].textContent} ${this.row.cells[1].textContent}`.toLocaleLowerCase();
    return this.words;
  }

  value(key, place) {
    if (!this.values.has(key)) {
      const cell = this.row.cells[place];
      if (NAMES.includes(key)) this.values.set(key, cell.dataset.text ?? cell.textContent);
      else this.values.set(key, "value" in cell.dataset ? Number(cell.dataset.value) : null);
    }
    return this.values.get(key);
  }
}

export class Grid {
  // frame: what scrolls, with the table in it. tools: the form with `find`, `state` and `sort`. count: where "5 of 60" stands.
  constructor(frame, tools, count) {
    Object.assign(this, { frame, tools, count });
    this.read();
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.addEventListener("input", () => {
      this.filter();
      this.keepAddress();
    });
    frame.addEventListener("click", (event) => this.headPressed(event));
    frame.addEventListener("keydown", (event) => this.keyPressed(event));
  }

  get table() {
    return this.frame.querySelector("table");
  }

  // Read the table that is there now.
  read() {
    this.lines = [...this.table.tBodies[0].rows].map((row) => new Line(row));
    this.stop = null;
    this.quieten([...this.table.tBodies[0].querySelectorAll("a")]);
    this.rove();
  }

  // Put a whole new table in the place of the old one, sorted and filtered as before.
  replaceTable(table) {
    table.dataset.sort = this.table.dataset.sort;
    this.table.replaceWith(table);
    this.read();
    this.sort();
    this.filter();
  }

  // Put new rows in the places of those with the same ids.
  replaceRows(rows) {
    for (const row of rows) {
      const place = this.lines.findIndex((line) => line.row.id === row.id);
      if (place < 0) continue;
      this.lines[place].row.replaceWith(row);
      this.lines[place] = new Line(row);
      for (const link of row.querySelectorAll("a")) link.tabIndex = -1;
    }
    this.sort();
    this.filter();
  }

  // -- sorting and finding

  headPressed(event) {
    const head = event.target.closest("thead th");
    if (!head) return;
    event.preventDefault();
    const { key } = head.dataset;
    const first = NAMES.includes(key) ? key : `-${key}`;
    const second = first === key ? `-${key}` : key;
    this.table.dataset.sort = this.table.dataset.sort === first ? second : first;
    this.sort();
    this.rove();
    this.keepAddress();
  }

  sort() {
    const wanted = this.table.dataset.sort;
    const [key, down] = [wanted.replace(/^-/, ""), wanted.startsWith("-")];
    const heads = [...this.table.tHead.rows[0].cells];
    const place = heads.findIndex((head) => head.dataset.key === key);
    for (const head of heads) if (head.ariaSort) head.removeAttribute("aria-sort");
    if (place < 0) return;
    heads[place].setAttribute("aria-sort", down ? "descending" : "ascending");
    const compare = NAMES.includes(key) ? collator.compare : (a, b) => a - b;
    const known = [], unknown = [];
    for (const line of this.lines) (line.value(key, place) === null ? unknown : known).push(line);
    known.sort((a, b) => (down ? -1 : 1) * compare(a.value(key, place), b.value(key, place)));
    this.lines = known.concat(unknown);
    // In one operation; rows that are out of sight are neither styled nor laid out then.
    const focused = document.activeElement;
    this.table.tBodies[0].replaceChildren(...this.lines.map((line) => line.row));
    if (focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  filter() {
    const { text, state } = this.wish;
    let shown = 0;
    for (const line of this.lines) {
      const fits = (!state || line.state === state) && (!text || line.text.includes(text));
      if (line.row.hidden === fits) line.row.hidden = !fits;
      shown += fits;
    }
    this.count.textContent = shown < this.lines.length ? say("shownOf", { shown, all: this.lines.length }) : "";
    this.rove();
  }

  get wish() {
    const { find, state } = this.tools.elements;
    return { text: find.value.trim().toLocaleLowerCase(), state: state.value };
  }

  // The address always shows what is seen, so that it can be kept and shared; a page that came filtered is loaded whole.
  keepAddress() {
    const { sort } = this.table.dataset;
    this.tools.elements.sort.value = sort;
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => {
      const address = new URL(location.href);
      for (const [name, value] of [["find", this.tools.elements.find.value.trim()], ["state", this.wish.state], ["sort", sort]]) {
        if (value) address.searchParams.set(name, value);
        else address.searchParams.delete(name);
      }
      history.replaceState(null, "", address);
    }, ADDRESS_MS);
  }

  // -- the arrow keys: one stop for the tabulator, then from cell to cell

  // Without scripts every link is a stop; thousands of them are told otherwise a few at a time.
  quieten(links) {
    for (const link of links.splice(0, LINKS_AT_ONCE)) if (link !== this.stop) link.tabIndex = -1;
    if (links.length) setTimeout(() => this.quieten(links));
  }

  rove() {
    if (this.stop?.isConnected && this.stop === document.activeElement) return;
    const first = this.lines.find((line) => !line.row.hidden && line.row.querySelector("a"));
    this.stopAt(first?.row.querySelector("a"));
  }

  stopAt(link) {
    if (this.stop && this.stop !== link) this.stop.tabIndex = -1;
    if (link) link.tabIndex = 0;
    this.stop = link ?? null;
  }

  keyPressed(event) {
    const link = event.target.closest("tbody a");
    if (!link || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = link.closest("tr");
    const links = [...row.querySelectorAll("a")];
    const next = {
      ArrowRight: () => links[links.indexOf(link) + 1],
      ArrowLeft: () => links[links.indexOf(link) - 1],
      ArrowDown: () => nearest(row, "nextElementSibling", link),
      ArrowUp: () => nearest(row, "previousElementSibling", link),
      Home: () => links[0],
      End: () => links.at(-1),
    }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    this.stopAt(next);
    next.focus();
  }
}

const columnOf = (link) => link.closest("td,th").cellIndex;

// The link of the next row with one that stands nearest to the column of this one.
function nearest(from, direction, link) {
  const column = columnOf(link);
  for (let row = from[direction]; row; row = row[direction]) {
    const links = row.hidden ? [] : [...row.querySelectorAll("a")];
    if (links.length) return links.reduce((best, each) => (Math.abs(columnOf(each) - column) < Math.abs(columnOf(best) - column) ? each : best));
  }
  return null;
}
