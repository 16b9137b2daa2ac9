// A look into a chosen file: is it FASTA, how many sequences, bases or residues. The server checks again, in full.
import { sha256 } from "./vendor/noble-hashes/sha2.js";
import { say } from "./words.js";

const NEWLINE = 10;
const RETURN = 13;
const GREATER = 62;
// Letters of amino acids that no code for nucleotides uses.
const PROTEIN = new Uint8Array(256);
for (const letter of "EFILPQZefilpqz") PROTEIN[letter.charCodeAt(0)] = 1;
// What a sequence may hold; the server knows which letters for which kind.
const LETTER = new Uint8Array(256);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*-.") LETTER[letter.charCodeAt(0)] = 1;
const PACKED = [[0x1f, 0x8b], [0x50, 0x4b, 0x03, 0x04], [0x42, 0x5a, 0x68], [0xfd, 0x37, 0x7a], [0x28, 0xb5, 0x2f, 0xfd], [0x37, 0x7a, 0xbc]];

export async function inspect(file, { limit, extensions }) {
  const packed = /\.gz$/i.test(file.name) && "DecompressionStream" in globalThis;
  const name = (packed ? file.name.slice(0, -3) : file.name).toLowerCase();
  if (/\.(gz|zip|bz2|xz|zst|7z|tar)$/.test(name)) return { problem: say("packed") };
  if (!extensions.some((extension) => name.endsWith(extension))) {
    return { problem: say("wrongEnding", { extensions: extensions.join(" ") }) };
  }
  if (file.size === 0) return { problem: say("empty") };
  if (file.size > limit) return { problem: say("tooLarge", { limit: Math.floor(limit / 1048576) }) };
  try {
    return await scan(packed ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream(), { packed, limit });
  } catch {
    return { problem: say(packed ? "damagedPack" : "unreadable") };
  }
}

// One pass: letters are counted, and the digest is made that the file is announced with.
async function scan(stream, { packed, limit }) {
  const counts = { packed, size: 0, contigs: 0, bases: 0, protein: 0, line: 1, inHeader: false, lineStart: true };
  const digest = sha256.create();
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (counts.size === 0) {
      const problem = problemOfHead(part.value);
      if (problem) {
        await reader.cancel();
        return { problem };
      }
    }
    counts.size += part.value.length;
    if (counts.size > limit) {
      await reader.cancel();
      return { problem: say("tooLarge", { limit: Math.floor(limit / 1048576) }) };
    }
    digest.update(part.value);
    count(part.value, counts);
  }
  counts.digest = digest.digest();
  if (counts.bad) return { problem: say("badLetter", counts.bad) };
  if (counts.bases === 0) return { problem: say("noSequence") };
  return counts;
}

function problemOfHead(head) {
  if (PACKED.some((magic) => magic.every((byte, place) => head[place] === byte))) return say("packed");
  const first = firstLetter(head);
  return first.byte === GREATER ? "" : say("notFasta", { line: first.line });
}

function firstLetter(bytes) {
  let line = 1;
  for (const byte of bytes) {
    if (byte === NEWLINE) line += 1;
    else if (byte > 32) return { byte, line };
  }
  return { byte: 0, line };
}

function count(bytes, counts) {
  for (const byte of bytes) {
    if (byte === NEWLINE || byte === RETURN) {
      if (byte === NEWLINE) counts.line += 1;
      counts.inHeader = false;
      counts.lineStart = true;
    } else {
      if (counts.lineStart && byte === GREATER) {
        counts.inHeader = true;
        counts.contigs += 1;
      } else if (!counts.inHeader && byte > 32) {
        counts.bases += 1;
        counts.protein |= PROTEIN[byte];
        if (!LETTER[byte] && !counts.bad) counts.bad = { line: counts.line, letter: String.fromCharCode(byte) };
      }
      counts.lineStart = false;
    }
  }
}
