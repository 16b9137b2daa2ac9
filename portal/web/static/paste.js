// Sequences that are pasted, into their field or anywhere on the page, become a file like a chosen one.
const field = document.getElementById("pasted");
const nameField = document.getElementById("pasted-name");
let unnamed = 0;

function fileOf(text, name) {
  if (!name) unnamed += 1;
  const stem = name || (unnamed > 1 ? `pasted_${unnamed}` : "pasted");
  // A byte order mark says nothing in text, and word processors have line ends of their own; `reader.py` does the same.
  const plain = text.replace(/^\uFEFF/, "").replace(/[\u2028\u2029]/g, "\n");
  return new File([plain], /\.(fna|fa|fasta)$/i.test(stem) ? stem : `${stem}.fna`);
}

// What the field holds, which is then empty; a list of one file or none.
function taken() {
  const text = field.value;
  if (!text.trim()) return [];
  const file = fileOf(text, nameField.value.trim());
  field.value = "";
  nameField.value = "";
  return [file];
}

function filesOf({ files, text }) {
  if (files.length) return files;
  return text.trimStart().startsWith(">") ? [fileOf(text, "")] : [];
}

// add(files): what chosen files are given to. Returns a function that gives it what is in the field still.
export function takePasted(add) {
  const addField = () => {
    const files = taken();
    if (files.length) add(files);
  };
  document.getElementById("paste-add").addEventListener("click", () => {
    addField();
    field.focus();
  });
  document.addEventListener("paste", (event) => {
    if (event.target.closest?.("input, textarea")) return;
    const files = filesOf({ files: [...event.clipboardData.files], text: event.clipboardData.getData("text/plain") });
    if (!files.length) return;
    event.preventDefault();
    add(files);
  });
  return addField;
}
