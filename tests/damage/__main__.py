"""Try every damage of every file and write down what is seen: `python -m tests.damage` makes docs/operate/files.md."""

from __future__ import annotations

import logging
from pathlib import Path

from portal.files.register import LEFT_FILES
from tests.damage.folder import make_whole_folder, place_for_all
from tests.damage.look import baseline, rows

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "files.md"
BEGIN = "<!-- made by `python -m tests.damage` -->"


def main() -> None:
    """Rewrite the tables of the page."""
    logging.disable(logging.CRITICAL)
    with place_for_all() as folder:
        whole = make_whole_folder(folder)
        usual = baseline(whole)
        seen = [line for left in LEFT_FILES for line in rows(whole, usual, left)]
    files = [f"| `{left.where}` | {left.document} | {left.writer} | {left.readers} |" for left in LEFT_FILES]
    text = PAGE.read_text(encoding="utf-8")
    parts = [
        text[: text.index(BEGIN)] + BEGIN,
        "\n".join(["| file | document | written by | read by |", "|---|---|---|---|", *files]),
        "\n".join(["| file | damage | what is seen |", "|---|---|---|", *seen]),
    ]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
