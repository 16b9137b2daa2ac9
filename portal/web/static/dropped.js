// Files of a drop, also those of dropped folders. Of a folder, what does not look like a genome is `skipped`: its files
// are named and not sent, but for those that systems hide.
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

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
  const parts = await Promise.all((await readAll(entry.createReader())).map(filesOf));
  return parts.flat();
}

export async function droppedFiles(transfer, extensions) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return { files: [...transfer.files], skipped: [] };
  const looksRight = (name) => extensions.some((extension) => [extension, `${extension}.gz`].some((end) => name.toLowerCase().endsWith(end)));
  const found = await Promise.all(entries.map(async (entry) => (await filesOf(entry)).map((file) => ({ file, isWanted: entry.isFile || looksRight(file.name) }))));
  // A disk lists a folder in an order of its own.
  const sorted = found.flat().sort(({ file: one }, { file: other }) => one.name.localeCompare(other.name, locale, { numeric: true }));
  const filesThat = (test) => sorted.filter(test).map(({ file }) => file);
  return { files: filesThat(({ isWanted }) => isWanted), skipped: filesThat(({ isWanted, file }) => !isWanted && !file.name.startsWith(".")) };
}
