// The rows of a grid that are in sight, with room for the others above and below. `_grid.html` draws the same rows without scripts.
import { make, say } from "./words.js";

// Strain, state, toxins: they are always drawn.
export const FIXED = 3;
// What is drawn beyond that in sight, and columns of values in what steps. Who scrolls gets more at a time than who waits for a sort or a search.
const SCROLLED = { rows: 6, columns: 2, step: 4 };
const ANSWERED = { rows: 2, columns: 1, step: 1 };
const USUAL_PX = 64;

export class GridBody {
  // frame: what scrolls, with the table in it. drawn: called after the rows were drawn.
  constructor(frame, drawn) {
    Object.assign(this, { frame, drawn, columns: [], list: [], from: 0, to: 0, usual: 0, whole: false, taken: false, beyond: SCROLLED });
    frame.addEventListener("scroll", () => this.scrolled(), { passive: true });
    frame.addEventListener("click", ({ target }) => this.toggleName(target.closest(".whole")));
    new ResizeObserver(() => this.resized()).observe(frame);
    addEventListener("beforeprint", () => this.showWhole(true));
    addEventListener("afterprint", () => this.showWhole(false));
  }

  get table() {
    return this.frame.querySelector("table");
  }

  get place() {
    return this.table.tBodies[0];
  }

  get heads() {
    return this.table.tHead.rows[0].cells;
  }

  // columns: [key, label, note, what leads from a strain's page to its evidence] each.
  take(columns) {
    Object.assign(this, { columns, usual: 0, width: 0, taken: true });
    const { table, place } = this;
    table.classList.add("live");
    table.setAttribute("role", "grid");
    table.setAttribute("aria-colcount", FIXED + columns.length);
    [...this.heads].forEach((head, column) => head.setAttribute("aria-colindex", column + 1));
    table.tHead.rows[0].setAttribute("aria-rowindex", 1);
    place.replaceChildren();
  }

  // Show these lines in this order.
  show(list) {
    this.list = list;
    this.markGroups();
    this.table.setAttribute("aria-rowcount", list.length + 1);
    this.render(ANSWERED);
  }

  // The first row of a group that is shown names it; a row that begins to, or no longer does, is drawn anew.
  markGroups() {
    const counts = new Map();
    for (const { group } of this.list) counts.set(group, (counts.get(group) ?? 0) + 1);
    this.list.forEach((line, place) => {
      const begins = line.group && line.group !== this.list[place - 1]?.group ? say("group", { number: line.group, count: counts.get(line.group) }) : "";
      if ((line.begins ?? "") !== begins) Object.assign(line, { begins, row: null, height: 0 });
    });
  }

  // A sort scrolls to the top and draws what is there: the event that then comes finds nothing to do.
  scrolled() {
    const { scrollTop, scrollLeft } = this.frame;
    if (scrollTop === this.top && scrollLeft === this.start) return;
    this.soon ??= requestAnimationFrame(() => this.render());
  }

  // The first row in sight, by its number, and how far to the right; no row is no place.
  get placeNow() {
    return { n: this.list[this.first]?.n, left: this.frame.scrollLeft };
  }

  goTo(place) {
    const at = this.list.findIndex(({ n }) => n === place?.n);
    if (at < 0) return;
    this.frame.scrollTo(place.left, this.offset(at));
    this.render();
  }

  // Paper shows all there is.
  showWhole(whole) {
    this.whole = whole;
    this.render();
  }

  // In another width names break elsewhere.
  resized() {
    if (!this.list.length || this.frame.clientWidth === this.width) return;
    for (const line of this.list) {
      line.height = 0;
      line.row?.element.classList.remove("named");
      line.row?.element.querySelector(".whole")?.remove();
    }
    this.usual = 0;
    this.render();
  }

  render(beyond = SCROLLED) {
    this.beyond = beyond;
    cancelAnimationFrame(this.soon);
    this.soon = null;
    if (!this.taken) return;
    const focused = document.activeElement;
    this.width = this.frame.clientWidth;
    this.chooseColumns();
    const { scrollTop, clientHeight, scrollHeight } = this.frame;
    const isAtEnd = scrollTop > 0 && scrollTop + clientHeight >= scrollHeight - 2;
    for (let [from, to] = this.inSight(), look = 0; look < 3; look += 1) {
      this.draw(from, to);
      if (!this.measure(isAtEnd)) break;
      [from, to] = this.inSight();
      if (from >= this.from && to <= this.to) break;
    }
    [this.top, this.start] = [this.frame.scrollTop, this.frame.scrollLeft];
    this.sayWide();
    this.drawn(focused);
  }

  // What is wider than its frame says so, and fades at the side where it goes on.
  sayWide() {
    const { scrollLeft, clientWidth, scrollWidth } = this.frame;
    const { classList } = this.frame.parentElement;
    classList.toggle("on-right", scrollLeft + clientWidth < scrollWidth - 2);
    classList.toggle("on-left", scrollLeft > 2);
    document.querySelector(".grid-hint")?.classList.toggle("is-wide", scrollWidth > clientWidth + 2);
  }

  // -- which

  height(place) {
    return this.list[place].height || this.usual || USUAL_PX;
  }

  offset(place) {
    let sum = 0;
    for (let before = 0; before < place; before += 1) sum += this.height(before);
    return sum;
  }

  inSight() {
    const { length } = this.list;
    if (this.whole) return [0, length];
    const { scrollTop, clientHeight } = this.frame;
    let [first, y] = [0, 0];
    while (first < length && y + this.height(first) <= scrollTop) y += this.height(first++);
    let end = first;
    while (end < length && y < scrollTop + clientHeight) y += this.height(end++);
    this.first = Math.min(first, length - 1);
    const { rows } = this.beyond;
    return [Math.max(0, first - rows), Math.min(length, end + rows)];
  }

  chooseColumns() {
    const count = this.columns.length;
    let [left, right] = [0, count];
    if (count && !this.whole) {
      const { columns, step } = this.beyond;
      const { scrollLeft, clientWidth } = this.frame;
      const { offsetLeft, offsetWidth } = this.heads[FIXED];
      const place = (x) => (x - offsetLeft) / offsetWidth;
      right = Math.min(count, step * Math.ceil((place(scrollLeft + clientWidth) + columns) / step));
      left = Math.min(right, step * Math.max(0, Math.floor((place(scrollLeft) - columns) / step)));
    }
    [this.left, this.right] = [left, right];
  }

  // -- drawing

  draw(from, to) {
    const rows = [];
    for (let place = from; place < to; place += 1) {
      const line = this.list[place];
      this.fitRow(line);
      line.row.element.setAttribute("aria-rowindex", place + 2);
      rows.push(line.row.element);
    }
    putRows(this.place, rows);
    [this.from, this.to] = [from, to];
    this.makeRoom();
  }

  makeRoom() {
    const [above, all] = [this.offset(this.from), this.offset(this.list.length)];
    this.place.style.paddingBlock = `${above}px ${all - this.offset(this.to)}px`;
  }

  // What stands first in sight stays where it is, though rows above it are higher than was thought; at the end of the list, the last row does.
  // Returns whether there were new heights.
  measure(isAtEnd) {
    const before = this.offset(this.first);
    const fresh = this.list.slice(this.from, this.to).filter((line) => !line.height);
    if (!fresh.length || this.whole) return false;
    for (const name of fresh.map(cutName)) if (name) (name.closest("a") ?? name).after(makeToggle());
    for (const line of fresh) line.height = line.row.element.getBoundingClientRect().height;
    this.usual ||= fresh.reduce((sum, line) => sum + line.height, 0) / fresh.length;
    this.makeRoom();
    const moved = this.offset(this.first) - before;
    if (isAtEnd) this.frame.scrollTop = this.frame.scrollHeight;
    else if (moved && this.frame.scrollTop) this.frame.scrollTop += moved;
    return true;
  }

  makeRow(line) {
    const said = line.said ? make("span", { class: "common said", title: line.brief ? line.said : null }, line.brief || line.said) : null;
    const bdi = make("bdi", { class: "name", title: line.label }, ...breaking(line.label));
    const name = line.to ? make("a", { href: line.to, tabindex: "-1" }, bdi) : bdi;
    const file = line.file ? make("span", { class: "common name", title: line.file }, line.file) : null;
    const chips = line.tags.map((tag) => make("span", { class: "chip" }, make("bdi", {}, tag)));
    const tags = chips.length ? make("span", { class: "tags" }, ...chips) : null;
    const damage = line.damage ? make("span", { class: "common" }, line.damage) : null;
    const group = line.begins ? make("span", { class: "group" }, line.begins) : null;
    const element = make("tr", { role: "row", id: line.id, class: `tone-${line.tone}${group ? " begins" : ""}` },
      make("th", { scope: "row", role: "rowheader", "aria-colindex": 1 }, group, name, file, tags, said),
      make("td", { role: "gridcell", "aria-colindex": 2 }, make("span", { class: "badge" }, line.word)),
      make("td", { role: "gridcell", "aria-colindex": 3, class: "num", "data-value": line.toxins }, line.toxins, damage));
    return { element, left: 0, right: 0 };
  }

  // Let the row have the cells of the columns in sight; those that it has already stay, and with them the focus.
  fitRow(line) {
    line.row ??= this.makeRow(line);
    const { row } = line;
    const [left, right] = [Math.max(row.left, this.left), Math.min(row.right, this.right)];
    const isKept = (place) => place >= left && place < right;
    [...row.element.cells].slice(FIXED).forEach((cell, at) => { if (!isKept(row.left + at)) cell.remove(); });
    const firstKept = row.element.cells[FIXED] ?? null;
    for (let place = this.left; place < this.right; place += 1) {
      if (!isKept(place)) row.element.insertBefore(this.makeCell(line, place), place < left ? firstKept : null);
    }
    [row.left, row.right] = [this.left, this.right];
  }

  makeCell(line, place) {
    const [text, looks, title, value, isLinked, note, mark] = line.cells[place];
    const second = note ? make("span", { class: "common" }, note) : null;
    const third = mark ? make("span", { class: "flaw" }, mark) : null;
    const inner = isLinked && text ? make("a", { href: `${line.to}${this.columns[place][3]}`, tabindex: "-1" }, text, second, third) : text;
    const cell = make("td", { role: "gridcell", "aria-colindex": FIXED + place + 1, class: `cell ${looks}`, title: title || null, "data-value": value }, inner);
    cell.style.gridColumnStart = FIXED + place + 1;
    return cell;
  }

  // Show the whole name of a row, or two lines of it again.
  toggleName(toggle) {
    if (!toggle) return;
    const row = toggle.closest("tr");
    const line = this.list[Number(row.getAttribute("aria-rowindex")) - 2];
    const isWhole = row.classList.toggle("named");
    toggle.setAttribute("aria-expanded", isWhole);
    toggle.textContent = isWhole ? "▴" : "▾";
    line.height = 0;
    this.render();
  }

  // -- one cell

  // The cell in this row (-1: the head) and column; null where it is not drawn.
  cell(row, column) {
    if (row < 0) return this.heads[column] ?? null;
    const drawn = row >= this.from && row < this.to ? this.list[row].row.element : null;
    return [...(drawn?.cells ?? [])].find((cell) => Number(cell.getAttribute("aria-colindex")) === column + 1) ?? null;
  }

  // Scroll as far as it takes to see this cell whole.
  reveal(row, column) {
    const { frame, heads } = this;
    if (row >= 0) {
      const [top, room] = [this.offset(row), frame.clientHeight - this.table.tHead.offsetHeight];
      if (top < frame.scrollTop) frame.scrollTop = top;
      else if (top + this.height(row) > frame.scrollTop + room) frame.scrollTop = top + this.height(row) - room;
    }
    if (column > 0) {
      const { offsetLeft: left, offsetWidth: width } = heads[column];
      if (left < frame.scrollLeft + heads[0].offsetWidth) frame.scrollLeft = left - heads[0].offsetWidth;
      else if (left + width > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = left + width - frame.clientWidth;
    }
    this.render();
  }
}

// A name with places where it may break: behind each `_`, as `breaking` of portal/web/texts does.
const breaking = (name) => name.split(/(?<=_)(?=[^_])/).flatMap((part, place) => (place ? [make("wbr"), part] : [part]));

// The name in a row of which two lines do not show all; none where that can be asked for already.
function cutName({ row: { element } }) {
  const [strain] = element.cells;
  if (strain.querySelector(".whole")) return null;
  return [...strain.querySelectorAll(".name")].find((name) => name.scrollHeight > name.clientHeight + 1);
}

const makeToggle = () => make("button", { type: "button", class: "whole", tabindex: "-1", "aria-expanded": "false", title: say("wholeName"), "aria-label": say("wholeName") }, "▾");

// Let the place hold these rows and no others; a row that stays where it is keeps the focus.
function putRows(place, rows) {
  const wanted = new Set(rows);
  for (const row of [...place.children]) if (!wanted.has(row)) row.remove();
  let next = place.firstChild;
  for (const row of rows) {
    if (row === next) next = next.nextSibling;
    else place.insertBefore(row, next);
  }
}
