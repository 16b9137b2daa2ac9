// Files of a drop, also those of dropped folders: of a folder, only what looks like a genome.
import { locale } from "./words.js";

function readAll(reader) {
  return new Promise((resolve, reject) => {
    const found = [];
    const next = () => reader.readEntries((part) => {
      if (!part.length) resolve(found);
      else {
        found.push(...part);
        next();
      }
    }, reject);
    next();
  });
}

async function filesOf(entry, wanted) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    return wanted(file.name) ? [file] : [];
  }
  const parts = await Promise.all((await readAll(entry.createReader())).map((inside) => filesOf(inside, wanted)));
  return parts.flat();
}

export async function droppedFiles(transfer, extensions) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const looksRight = (name) => extensions.some((extension) => [extension, `${extension}.gz`].some((end) => name.toLowerCase().endsWith(end)));
  const parts = await Promise.all(entries.map((entry) => filesOf(entry, entry.isFile ? () => true : looksRight)));
  // A disk lists a folder in an order of its own.
  return parts.flat().sort((one, other) => one.name.localeCompare(other.name, locale, { numeric: true }));
}
