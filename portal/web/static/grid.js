// A table of many strains: sorting and finding. All rows are here as data (`grid_data.py`); `grid_body.js` draws those in sight.
import { GridBody, FIXED } from "./grid_body.js";
import { GridKeys } from "./grid_keys.js";
import { make, say, words } from "./words.js";

const collator = new Intl.Collator(words.lang, { numeric: true });
// Pauses in typing: browsers refuse to change the address more often than some 200 times in half a minute.
const ADDRESS_MS = 250;
const CLOSED = [401, 403, 404];
const AGAIN_MS = 5000;
const ASKED_TAG = /(?:^|\s)(?:tag|标签)[:：](?:"([^"]*)"|(\S+))/giu; // as `tags_asked` reads it
// By these, sorting begins with A; by the others with the largest.
const NAMES = { label: "label", status: "word" };

export class Grid {
  // frame: what scrolls, with the table in it. tools: the form with `find`, `state` and `sort`. count: where "5 of 60" stands.
  constructor(frame, tools, count) {
    Object.assign(this, { frame, tools, count, lines: null });
    this.body = new GridBody(frame, (focused) => this.keys.settle(focused));
    this.keys = new GridKeys(frame, this.body);
    frame.addEventListener("click", (event) => this.headPressed(event));
    tools.addEventListener("submit", (event) => this.lines && event.preventDefault());
    tools.addEventListener("input", () => this.toolUsed());
    this.similar = tools.querySelector("[data-similar]");
    this.similar.addEventListener("click", () => this.groupSimilar());
    addEventListener("pagehide", () => this.keepPlace());
  }

  get table() {
    return this.body.table;
  }

  // Fetch all rows, however often it takes. failed: told each time that the portal does not answer.
  async load(address, failed) {
    for (;;) {
      const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
      if (CLOSED.includes(answer?.status)) { // meanwhile: the page says so, and asks for a token
        location.reload();
        return new Promise(() => {});
      }
      const data = answer?.ok ? await answer.json().catch(() => null) : null;
      if (data) return this.setData(data);
      failed(say("lost"));
      await new Promise((done) => { setTimeout(done, AGAIN_MS); });
    }
  }

  // Take all rows in the place of those that are there.
  setData({ key, columns, cells, toxins, rows }) {
    const isFirst = !this.lines;
    if (this.table.dataset.columns !== key) this.drawHead(key, columns);
    this.columns = columns;
    this.lines = rows.map((row) => readLine(row, cells, toxins));
    this.ranks = new Map();
    this.body.take(columns);
    for (const link of this.table.tHead.querySelectorAll("a")) link.tabIndex = -1;
    this.sort();
    if (!isFirst) return;
    this.body.goTo(history.state?.grid);
    const asked = new URLSearchParams(location.search);
    // Somebody has typed before the rows were here.
    if (this.tools.elements.find.value.trim() !== (asked.get("find") ?? "").trim() || this.wish.state !== (asked.get("state") ?? "")) this.keepAddress();
  }

  // For whoever comes back to this page of the history: browsers remember where a page was scrolled to, and no frame in it.
  keepPlace() {
    this.newAddress?.(); // what was typed just before
    if (this.lines) history.replaceState({ ...history.state, grid: this.body.placeNow }, "");
  }

  // Take those rows that changed; all of them if the columns did.
  update(data) {
    if (data.key !== this.table.dataset.columns) {
      this.setData(data);
      return;
    }
    const places = new Map(this.lines.map((line, place) => [line.n, place]));
    for (const row of data.rows) {
      const [line, place] = [readLine(row, data.cells, data.toxins), places.get(row[0])];
      if (place === undefined) continue;
      const before = this.lines[place];
      if (this.keys.line === before) this.keys.line = line;
      this.lines[place] = line;
    }
    this.ranks.clear();
    this.sort();
  }

  drawHead(key, columns) {
    const row = this.table.tHead.rows[0];
    const isNamedTwice = this.table.classList.contains("by-species");
    while (row.cells.length > FIXED) row.lastElementChild.remove();
    for (const [name, label, note] of columns) {
      const link = make("a", { href: this.address({ sort: `-${name}` }), title: note || null }, label);
      const common = isNamedTwice && note ? make("span", { class: "common" }, note) : null;
      row.append(make("th", { scope: "col", role: "columnheader", class: "num", "data-key": name }, link, common));
    }
    this.table.dataset.columns = key;
  }

  // -- sorting

  headPressed(event) {
    const head = event.target.closest("thead th");
    if (!head || !this.lines) return;
    event.preventDefault();
    const { key } = head.dataset;
    const first = key in NAMES ? key : `-${key}`;
    const second = first === key ? `-${key}` : key;
    this.table.dataset.sort = this.table.dataset.sort === first ? second : first;
    this.frame.scrollTop = 0;
    this.sort();
    this.keepAddress();
  }

  groupSimilar() {
    if (!this.lines) return;
    this.table.dataset.sort = this.table.dataset.sort === "similar" ? "" : "similar";
    this.frame.scrollTop = 0;
    this.sort();
    this.keepAddress();
  }

  // The grouping is a script of its own, which few readers need; until it is here, the order stays as it is.
  async rankSimilar() {
    const { lines } = this;
    const { similarGroups } = await import("./grid_cluster.js");
    if (lines !== this.lines) return;
    const { ranks, groups } = similarGroups(lines.map((line) => line.cells.map(([, , , value]) => value ?? 0)), Number(this.table.dataset.cut));
    lines.forEach((line, place) => { line.similar = groups[place]; });
    this.ranks.set("similar", ranks);
    if (this.table.dataset.sort === "similar") this.sort();
  }

  // A number for each line, by which it is sorted; NaN where nothing is known.
  rank(key) {
    if (!this.ranks.has(key)) this.ranks.set(key, this.makeRank(key));
    return this.ranks.get(key);
  }

  makeRank(key) {
    if (key in NAMES) return ranksOfNames(this.lines.map((line) => line[NAMES[key]]));
    if (key === "toxins") return Float64Array.from(this.lines, (line) => line.toxins ?? NaN);
    if (key === "similar") {
      this.rankSimilar();
      return null;
    }
    const place = this.columns.findIndex(([name]) => name === key);
    return place < 0 ? null : Float64Array.from(this.lines, (line) => line.cells[place][3] ?? NaN);
  }

  sort() {
    const wanted = this.table.dataset.sort;
    const [key, sign] = wanted.startsWith("-") ? [wanted.slice(1), -1] : [wanted, 1];
    const rank = this.rank(key);
    this.similar.setAttribute("aria-pressed", key === "similar");
    for (const head of this.body.heads) {
      if (rank && head.dataset.key === key) head.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      else if (head.hasAttribute("aria-sort")) head.removeAttribute("aria-sort");
    }
    let order = Array.from(this.lines, (_, place) => place);
    if (rank) {
      const known = order.filter((place) => !Number.isNaN(rank[place])).sort((a, b) => sign * (rank[a] - rank[b]) || a - b);
      order = known.concat(order.filter((place) => Number.isNaN(rank[place])));
    }
    const isGrouped = rank && key === "similar";
    for (const line of this.lines) line.group = isGrouped ? line.similar : 0;
    this.ordered = order.map((place) => this.lines[place]);
    this.filter();
  }

  // -- finding

  toolUsed() {
    if (!this.lines) return;
    this.frame.scrollTop = 0;
    this.filter();
    this.keepAddress();
  }

  filter() {
    const { text, tags, state } = this.wish;
    const isWanted = (line) => (!state || line.status === state) && (!text || line.text.includes(text) || hasToxin(line, text)) && tags.every((tag) => line.tagged.has(tag));
    const shown = this.ordered.filter(isWanted);
    const count = { shown: shown.length, all: this.lines.length };
    if (!count.shown && text) this.count.textContent = say("nothingFound", count);
    else this.count.textContent = count.shown < count.all ? say("shownOf", count) : "";
    this.keys.startAgain();
    this.body.show(shown);
  }

  get wish() {
    const { find, state } = this.tools.elements;
    const tags = [...find.value.matchAll(ASKED_TAG)].map(([, quoted, plain]) => (quoted ?? plain).toLocaleLowerCase());
    const text = find.value.replace(ASKED_TAG, " ").trim().replace(/\s+/g, " ").toLocaleLowerCase();
    return { text, tags, state: state?.value ?? "" };
  }

  // The address always shows what is seen, so that it can be kept and shared; links lead on with it at once.
  keepAddress() {
    const { sort } = this.table.dataset;
    this.tools.elements.sort.value = sort;
    const query = { find: this.tools.elements.find.value.trim(), state: this.wish.state, sort };
    for (const link of document.querySelectorAll("a[data-follows]")) link.href = this.address(query, link.href);
    for (const tab of document.querySelectorAll("a[data-by]")) tab.href = this.address({ ...query, sort: "" }, tab.href); // its columns are others
    clearTimeout(this.addressTimer);
    this.newAddress = () => {
      this.newAddress = null;
      history.replaceState(null, "", this.address(query));
    };
    this.addressTimer = setTimeout(() => this.newAddress?.(), ADDRESS_MS);
  }

  // This address, or the one from, with another query.
  address(query, from = location.href) {
    const address = new URL(from);
    for (const [name, value] of Object.entries(query)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    return address.href;
  }
}

// One row of the data (cells, lists: what rows name by number); `height` and `row` are its drawing.
function readLine([n, file, status, word, tone, said, toxins, to, numbers, name, tags, written, brief, damage, found], cells, lists) {
  const text = `${file} ${said} ${word} ${written}`.toLocaleLowerCase();
  const tagged = new Set(tags.map((tag) => tag.toLocaleLowerCase()));
  return { n, id: `strain-${n}`, label: name || file, file: name ? file : "", tags, tagged, status, word, tone, said, brief, damage, toxins, to, text, cells: numbers.map((number) => cells[number]), found: lists[found].toLocaleLowerCase().split("\n"), height: 0, row: null };
}

// Whether the row has a toxin of this name at any rank: Cry1Ab5 is a Cry1Ab and a Cry1, and Cry11Aa1 is none.
function hasToxin({ found }, text) {
  const isNumber = /\d$/.test(text);
  return found.some((name) => name.startsWith(text) && !(isNumber && /\d/.test(name.charAt(text.length))));
}

// Names are compared once; after that, sorting by them is sorting numbers.
function ranksOfNames(names) {
  const order = Array.from(names, (_, place) => place).sort((a, b) => collator.compare(names[a], names[b]));
  const ranks = new Float64Array(names.length);
  order.forEach((place, at) => {
    const before = order[at - 1];
    ranks[place] = at && !collator.compare(names[before], names[place]) ? ranks[before] : at;
  });
  return ranks;
}
