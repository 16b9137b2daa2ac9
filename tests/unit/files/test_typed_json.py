"""The first document of a kind may be read by several threads at once: msgspec by itself ends the process there."""

from __future__ import annotations

import subprocess
import sys

import pytest

from portal.typed_json import convert, decoder
from tests.e2e.site import ROOT

# Nested kinds that nothing has used yet, and threads that change places as often as Python lets them.
PROGRAM = """
import sys, threading, types
import msgspec
from dataclasses import dataclass
from portal.typed_json import convert, decoder

sys.setswitchinterval(1e-6)

def fresh_kinds(number):
    module = types.ModuleType(f"kinds_{number}")
    sys.modules[module.__name__] = module
    fields = "".join(f"    field_{n}: int\\n" for n in range(20))
    nested = "".join(f"    field_{n}: tuple[Inner, ...]\\n" for n in range(20))
    code = (
        "from __future__ import annotations\\nfrom dataclasses import dataclass\\nimport msgspec\\n"
        f"%(head)s\\n{fields}%(outer)s\\n{nested}"
    )
    exec(code, module.__dict__)
    return module

inner = {f"field_{n}": n for n in range(20)}
outer = {f"field_{n}": [inner] for n in range(20)}
text = msgspec.json.encode(outer)
for number in range(100):
    kind = fresh_kinds(number).Outer
    start = threading.Barrier(4)
    read = []
    def run(turn):
        start.wait()
        value = %(by)s
        read.append(value.field_19[0].field_19)
    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert read == [19] * 4, read
print("all read")
"""
HEADS = {
    "struct": ("class Inner(msgspec.Struct):", "class Outer(msgspec.Struct):"),
    "dataclass": ("@dataclass\nclass Inner:", "@dataclass\nclass Outer:"),
}


@pytest.mark.parametrize("shape", HEADS)
@pytest.mark.parametrize("by", ["convert(outer, kind)", "decoder(kind).decode(text)"])
def test_the_first_use_by_several_threads(shape: str, by: str) -> None:
    head, outer = (line.replace("\n", "\\n") for line in HEADS[shape])
    program = PROGRAM % {"head": head, "outer": outer, "by": by}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (0, "all read\n"), done.stderr


def test_a_kind_may_be_an_expression_of_types() -> None:
    assert convert([1, 2], tuple[int, ...]) == (1, 2)
    assert decoder(tuple[int, ...]).decode(b"[3]") == (3,)
