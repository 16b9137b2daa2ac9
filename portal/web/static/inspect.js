// A look into a chosen file: is it FASTA, how many sequences, bases or residues. The server checks again, in full.
import { sha256 } from "./vendor/noble-hashes/sha2.js";
import { say, words } from "./words.js";

const NEWLINE = 10;
const RETURN = 13;
const GREATER = 62;
// Letters of amino acids that no code for nucleotides uses.
const PROTEIN = new Uint8Array(256);
for (const letter of "EFILPQZefilpqz") PROTEIN[letter.charCodeAt(0)] = 1;
// What a sequence may hold; the server knows which letters for which kind.
const LETTER = new Uint8Array(256);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*-.") LETTER[letter.charCodeAt(0)] = 1;
const SNIFFED = 256;

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
    if (packed && !(await isGzip(file))) return { problem: say("noGzip") };
    return await scan(packed ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream(), { packed, limit });
  } catch {
    return { problem: say(packed ? "damagedPack" : "unreadable") };
  }
}

async function isGzip(file) {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0x1f && second === 0x8b;
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
  if (counts.bad) return { problem: atLine(counts.bad.line, illegal(counts.bad.byte)) };
  if (counts.bases === 0) return { problem: say(counts.contigs ? "noSequence" : "empty") };
  return counts;
}

// As the server checks it, and in its words (portal/domain/fasta_refusals.py).
function problemOfHead(head) {
  const text = String.fromCharCode(...head.subarray(0, SNIFFED));
  const start = text.replace(/^[ \t\n\v\f\r]+/, "");
  const other = words.otherFormats.find(([signature]) => text.startsWith(signature) || start.startsWith(signature));
  if (other) return atLine(1, other[1]);
  const control = text.search(/[\0-\x08\x0e-\x1f\x7f]/);
  if (control >= 0) return atLine(text.slice(0, control).split("\n").length, illegal(head[control]));
  const first = firstLetter(head);
  return first.byte === GREATER || first.byte === 0 ? "" : atLine(first.line, say("notFasta"));
}

const atLine = (line, reason) => say("atLine", { line, reason });

function illegal(byte) {
  if (byte === 0) return say("nul");
  if (byte < 32 || byte > 126) return say("badByte", { byte: `0x${byte.toString(16).padStart(2, "0")}` });
  return say("badLetter", { character: String.fromCharCode(byte) });
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
        if (!LETTER[byte] && !counts.bad) counts.bad = { line: counts.line, byte };
      }
      counts.lineStart = false;
    }
  }
}
