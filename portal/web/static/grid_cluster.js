// Which strains are alike: average linkage (UPGMA) of the values of their columns, by the chain of nearest neighbours.
// Murtagh and Legendre, J. Classif. 31:274 (2014). What is unknown counts as 0; a whole submission takes milliseconds.

// `grid_groups.py` does the same for pages without scripts, and says where the tree is cut.

// Return for each row its place, so that similar rows stand next to each other, and the number of its group from 1; of two groups, the one with the earlier row comes first.
export function similarGroups(rows, cut) {
  const { leaves, merges } = treeOf(rows);
  const ranks = new Float64Array(rows.length);
  leaves.forEach((row, place) => { ranks[row] = place; });
  const parent = rows.map((_, row) => row);
  const root = (row) => (parent[row] === row ? row : (parent[row] = root(parent[row])));
  for (const { one, other, height } of merges) if (height <= cut) parent[root(one)] = root(other);
  const groups = new Array(rows.length);
  leaves.forEach((row, place) => {
    const before = leaves[place - 1];
    groups[row] = place ? groups[before] + Number(root(before) !== root(row)) : 1;
  });
  return { ranks, groups };
}

function treeOf(rows) {
  const count = rows.length;
  const merges = [];
  const far = distances(rows);
  const groups = rows.map((_, row) => [row]);
  const alive = new Set(groups.keys());
  const chain = [];
  while (alive.size > 1) {
    if (!chain.length) chain.push(alive.values().next().value);
    const last = chain.at(-1);
    const before = chain.at(-2);
    const next = nearest(last, before, far, count, alive);
    if (next !== before) {
      chain.push(next);
      continue;
    }
    chain.length -= 2;
    const [first, second] = [Math.min(last, next), Math.max(last, next)];
    merges.push({ one: groups[first][0], other: groups[second][0], height: far[first * count + second] });
    merge(first, second, { far, count, groups, alive });
  }
  return { leaves: count ? groups[alive.values().next().value] : [], merges };
}

// The one before in the chain wins where several are as near, or the chain would never end.
function nearest(from, before, far, count, alive) {
  let best = before;
  let least = before === undefined ? Infinity : far[from * count + before];
  for (const other of alive) {
    if (other !== from && far[from * count + other] < least) {
      least = far[from * count + other];
      best = other;
    }
  }
  return best;
}

// The first takes in the second; the distance to others is the mean over all pairs of rows.
function merge(first, second, { far, count, groups, alive }) {
  const [size, more] = [groups[first].length, groups[second].length];
  alive.delete(second);
  for (const other of alive) {
    if (other === first) continue;
    const mean = (far[first * count + other] * size + far[second * count + other] * more) / (size + more);
    far[first * count + other] = mean;
    far[other * count + first] = mean;
  }
  const [a, b] = [groups[first], groups[second]];
  groups[first] = Math.min(...a) < Math.min(...b) ? [...a, ...b] : [...b, ...a];
}

function distances(rows) {
  const count = rows.length;
  const far = new Float64Array(count * count);
  for (let a = 0; a < count; a += 1) {
    for (let b = a + 1; b < count; b += 1) {
      let sum = 0;
      for (let column = 0; column < rows[a].length; column += 1) sum += Math.abs(rows[a][column] - rows[b][column]);
      far[a * count + b] = sum;
      far[b * count + a] = sum;
    }
  }
  return far;
}
