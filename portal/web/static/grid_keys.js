// The keys of a grid: one stop for the tabulator, then from cell to cell, also to those that are not drawn yet.
import { FIXED } from "./grid_body.js";

const PAGE = 10;

export class GridKeys {
  // body: the rows in sight (grid_body.js).
  constructor(frame, body) {
    Object.assign(this, { frame, body, line: null, column: 0, stop: null, isParked: false });
    frame.addEventListener("keydown", (event) => this.pressed(event));
    frame.addEventListener("focusin", (event) => this.entered(event));
  }

  // Other rows are to be shown: who is not in the grid enters it at the first of them.
  startAgain() {
    if (this.frame.contains(document.activeElement)) return;
    this.line = null;
    this.stopAt(null);
  }

  // Remember which cell has the focus.
  entered({ target }) {
    const cell = target.closest("th, td");
    if (!cell) return;
    this.isParked = false;
    this.column = Number(cell.getAttribute("aria-colindex")) - 1;
    this.line = cell.closest("thead") ? null : this.body.list[Number(cell.parentNode.getAttribute("aria-rowindex")) - 2];
    this.stopAt(target);
  }

  stopAt(target) {
    if (this.stop && this.stop !== target) this.stop.tabIndex = -1;
    if (target) target.tabIndex = 0;
    this.stop = target ?? null;
  }

  // Rows were drawn anew: the focus stays on its cell, or waits at the frame for the next key while the cell is out of sight.
  settle(focused) {
    const { body } = this;
    const row = body.list.indexOf(this.line);
    const cell = row < 0 ? null : body.cell(row, this.column);
    const wasInside = this.line && focused !== this.frame && (focused === this.stop || body.place.contains(focused));
    const target = cell && targetOf(cell);
    if (target) {
      this.stopAt(target);
      if (wasInside && document.activeElement !== target) target.focus({ preventScroll: true });
    } else if (wasInside) {
      this.isParked = true;
      this.frame.focus({ preventScroll: true });
    }
    if (!this.stop?.isConnected) this.stopAt(body.place.querySelector("a") ?? body.heads[0]?.querySelector("a"));
  }

  pressed(event) {
    const cell = event.target.closest("th, td");
    const toggle = event.key === " " && cell?.querySelector(".whole");
    if (toggle) {
      event.preventDefault();
      this.body.toggleName(toggle);
    }
    if ((!cell && !this.isParked) || event.altKey || event.metaKey || event.shiftKey) return;
    const next = this.next(event.key, event.ctrlKey);
    if (!next) return;
    event.preventDefault();
    this.go(...next);
  }

  next(key, ctrl) {
    const { list } = this.body;
    const row = this.line ? list.indexOf(this.line) : -1;
    const { column } = this;
    if (ctrl) return { Home: [0, 0], End: [list.length - 1, this.last(list.length - 1)] }[key];
    return {
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      PageDown: [Math.min(list.length - 1, row + PAGE), column],
      PageUp: [Math.max(0, row - PAGE), column],
      Home: [row, 0],
      End: [row, this.last(row)],
    }[key];
  }

  // The last column in which this row leads somewhere.
  last(row) {
    const { columns, list } = this.body;
    const cells = list[row]?.cells;
    if (!cells) return FIXED + columns.length - 1;
    return FIXED + cells.findLastIndex(([text, , , , isLinked]) => isLinked && text);
  }

  go(row, column) {
    const { body } = this;
    if (row < -1 || row >= body.list.length || column < 0 || column >= FIXED + body.columns.length) return;
    body.reveal(row, column);
    const cell = body.cell(row, column);
    if (!cell) return;
    targetOf(cell).focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" }); // the frame itself may be out of sight
  }
}

const targetOf = (cell) => {
  const link = cell.querySelector("a");
  if (!link) cell.tabIndex = -1;
  return link ?? cell;
};
