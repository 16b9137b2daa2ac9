"""The adapter against a stand-in that replays recorded runs of BtToxin_Digger 1.0.10: every pitfall has its test."""

from __future__ import annotations

import csv
import json
import random
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import InvalidInput, StageError
from portal.domain.status import FailureKind, Lang
from portal.pipeline.digger.output.tables import ALL_TOXINS_COLUMNS
from portal.pipeline.digger.stage import DIGGER_STAGE
from portal.pipeline.digger.upstream.check_run import LowN50
from portal.pipeline.digger.upstream.run import run_adapter
from portal.pipeline.stage import StageContext
from tests.waiting import PATIENCE_S, wait_for

RECORDED = Path(__file__).parents[2] / "data" / "bttoxin_digger"
STANDIN = Path(__file__).with_name("standin_bttoxin_digger.py")
STRAIN = "Bt_HD-1.v2"


def bases(count: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices("ACGT", k=count))


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fna"
    path.write_text(f">gnl|Prokka|ctg_1 some words\n{bases(90_006)}\n")
    return path


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return a function that makes an executable and gives the options for it."""

    def make(case: str = "", script: str = "") -> dict[str, Any]:
        folder = tmp_path / "prefix" / "bin"
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "BtToxin_Digger"
        replay = f'exec {shlex.quote(sys.executable)} {STANDIN} {RECORDED / case} "$@"'
        version = 'if [ "$1" = --version ]; then echo "version: 1.0.10"; exit 0; fi'
        program.write_text(f"#!/bin/sh\n{version}\n{script or replay}\n")
        program.chmod(0o755)
        database = tmp_path / "prefix" / "share" / "bttoxin_digger" / "BTTCMP_db" / "bt_toxin" / "seq"
        database.mkdir(parents=True, exist_ok=True)
        (database / "bt_toxin20251104.fas").write_text(">Cry1Ac9\nMKLDEF\n>Cry3Aa7\nMKLHHW\n>Mpp2Aa1\nMWWWLL\n")
        return {"executable": str(program), "low_n50": "fail"}

    return make


@pytest.fixture
def run(tmp_path: Path, genome: Path) -> Callable[..., Mapping[str, Any]]:
    (tmp_path / "out").mkdir()
    (tmp_path / "work").mkdir()

    def call(options: Mapping[str, Any], **changes: Any) -> Mapping[str, Any]:
        place = {"genome": genome, "strain": STRAIN, "out_dir": tmp_path / "out", "work_dir": tmp_path / "work"}
        return run_adapter(**{**place, "options": options, "threads": 2, **changes})

    return call


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_a_run_with_hits_comes_back_under_the_own_names(install: Any, run: Any, tmp_path: Path) -> None:
    fractions: list[float] = []
    facts = run(install("ok"), progress=lambda fraction, message="": fractions.append(fraction))
    out = tmp_path / "out"
    table = rows(out / "All_Toxins.txt")
    assert list(table[0]) == list(ALL_TOXINS_COLUMNS)
    assert [(row["Strain"], row["Protein_id"], row["Hit_id"]) for row in table] == [
        (STRAIN, "gnl|Prokka|ctg_1_00053", "Cry1Ac9"),
        (STRAIN, "gnl|Prokka|ctg_1_00058", "Cry3Aa7"),
    ]
    assert (out / "Bt_all_genes.table").read_text() == f"-\tCry1Ac9\tCry3Aa7\n{STRAIN}\t100.00\t100.00\n"
    listing = (out / f"{STRAIN}.list").read_text()
    assert "1\tgnl|Prokka|ctg_1_00053\t-3 2510-6043 len=1178\t1178\tRank4\tYES\tCry1Ac9\t1178\t100.00" in listing
    assert listing.count("\n") == (RECORDED / "ok" / "ok.list").read_text().count("\n")
    toxins = json.loads((out / "toxins.json").read_text())
    assert toxins["engine"]["name"] == "bttoxin_digger"
    assert toxins["engine"]["version"] == facts["version"] == "1.0.10"
    assert toxins["reference"]["version"] == "20251104"
    assert toxins["reference"]["entries"] == 3
    assert toxins["toxins"][0]["contig"] == "gnl|Prokka|ctg_1"
    assert (toxins["toxins"][0]["start"], toxins["toxins"][0]["end"], toxins["toxins"][0]["strand"]) == (
        2510,
        6043,
        "-",
    )
    assert toxins["toxins"][1]["hit"]["name"] == "Cry3Aa7"
    assert (facts["engine"], facts["toxins"], facts["accessory"]) == ("bttoxin_digger", 2, 0)
    assert json.loads((out / "digger.json").read_text())["strains"][0]["toxins"] == 2
    assert len(rows(out / "toxins.tsv")) == 2
    assert (out / f"{STRAIN}.gbk").stat().st_size < 150_000
    assert (out / f"{STRAIN}.gff3").read_text().count("\tCDS\t") == 2
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_only_results_and_the_log_stay(install: Any, run: Any, tmp_path: Path, genome: Path) -> None:
    before = genome.read_bytes()
    run(install("ok"))
    assert genome.read_bytes() == before
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["bttoxin.log"]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "All_Toxins.txt", "Bt_all_genes.table", "toxins.json", "toxins.tsv", "digger.json",
        "screening.json", "screening.tsv", f"{STRAIN}.list", f"{STRAIN}.gbk", f"{STRAIN}.gff3",
    }  # fmt: skip
    assert "Accuracy" in (tmp_path / "work" / "bttoxin.log").read_text()


def test_a_second_run_does_not_see_the_first(install: Any, run: Any, tmp_path: Path) -> None:
    run(install("ok"))
    facts = run(install("notoxin"))
    assert facts["toxins"] == 0
    assert (tmp_path / "out" / "All_Toxins.txt").read_text().count("\n") == 1


def test_no_toxin_is_a_success_when_the_tool_says_so(install: Any, run: Any, tmp_path: Path) -> None:
    facts = run(install("notoxin"))
    assert facts["toxins"] == 0
    out = tmp_path / "out"
    assert (out / "All_Toxins.txt").read_text() == "\t".join(ALL_TOXINS_COLUMNS) + "\n"
    assert (out / "Strains_without_toxins_found.txt").read_text() == f"{STRAIN}\n"
    assert json.loads((out / "toxins.json").read_text())["toxins"] == []
    assert "Toxin type: Xpp protein" in (out / f"{STRAIN}.list").read_text()


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("pipe", "it lost the names of the sequences"),
        ("gi", "it lost the names of the sequences"),
        ("empty", "it found no sequence in its input"),
        ("headeronly", "it found no sequence in its input"),
        ("quote", "it could not run a command of its own"),
        ("paren", "it could not run a command of its own"),
        ("prot", "its input is not DNA"),
        ("fasuffix", "it stopped without giving a reason"),
    ],
)
def test_a_header_without_rows_is_a_failure_unless_the_tool_says_otherwise(
    install: Any, run: Any, tmp_path: Path, case: str, reason: str
) -> None:
    with pytest.raises(StageError, match=f"BtToxin_Digger did not finish: {reason}"):
        run(install(case))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("line", "reason", "kind"),
    [
        ("sh: 1: blastp: not found", "blastp is missing", FailureKind.NOT_CONFIGURED),
        ("Can't locate Bio/SeqIO.pm in @INC (you may", "the Perl module Bio/SeqIO.pm", FailureKind.NOT_CONFIGURED),
        ("write error: No space left on device", "the disk is full", FailureKind.DISK_FULL),
        ("Killed", "it ran out of memory", FailureKind.OUT_OF_MEMORY),
        ("BLAST Database error: No alias or index", "its search failed", FailureKind.TOOL_ERROR),
        ("Segmentation fault (core dumped)", "one of its programs crashed", FailureKind.TOOL_ERROR),
    ],
)
@pytest.mark.parametrize("case", ["notoxin", "ok"])
def test_signs_of_a_failure_outweigh_a_result(
    install: Any, run: Any, case: str, line: str, reason: str, kind: FailureKind
) -> None:
    replay = f'{shlex.quote(sys.executable)} {STANDIN} {RECORDED / case} "$@"'
    with pytest.raises(StageError, match=reason) as caught:
        run(install(script=f"{replay}\necho {shlex.quote(line)} >&2"))
    assert caught.value.kind == kind


def test_a_table_and_a_list_of_different_lengths_are_no_result(install: Any, run: Any) -> None:
    replay = f'{shlex.quote(sys.executable)} {STANDIN} {RECORDED / "ok"} "$@"'
    with pytest.raises(StageError, match=r"its table \(1\) and its list \(2\) have different numbers of rows"):
        run(install(script=f"{replay}\nsed -i 3d Results/Toxins/All_Toxins.txt"))
    with pytest.raises(StageError, match="its table has 2 rows and its list is missing"):
        run(install(script=f"{replay}\nrm Results/Toxins/s0001.list"))
    with pytest.raises(StageError, match="truncated table: line 3 has"):
        run(install(script=f"{replay}\ntruncate -s -300 Results/Toxins/All_Toxins.txt"))


def test_rows_by_the_svm_alone_are_no_hits(install: Any, run: Any, tmp_path: Path) -> None:
    replay = f'{shlex.quote(sys.executable)} {STANDIN} {RECORDED / "ok"} "$@"'
    edit = "sed -i '3s/\\t[A-Z]*\\tYES\\tYES\\t/\\tYES\\tNO\\tNO\\t/' Results/Toxins/All_Toxins.txt"
    facts = run(install(script=f"{replay}\n{edit}"))
    assert facts["toxins"] == 1
    assert any("SVM alone" in note for note in facts["notes"])
    assert len(rows(tmp_path / "out" / "All_Toxins.txt")) == 2
    assert len(json.loads((tmp_path / "out" / "toxins.json").read_text())["toxins"]) == 1


def many_pieces(path: Path) -> Path:
    path.write_text("".join(f">piece{number}\n{bases(9_000, number)}\n" for number in range(10)))
    return path


def test_a_low_n50_is_told_before_the_tool_runs(install: Any, run: Any, tmp_path: Path) -> None:
    options = install(script="echo must not run; exit 9")
    with pytest.raises(LowN50, match="below 50,000 bp; this one has 9,000 bp"):
        run(options, genome=many_pieces(tmp_path / "pieces.fna"))


def test_a_genome_that_the_tool_puts_aside_is_told_too(install: Any, run: Any) -> None:
    with pytest.raises(LowN50):
        run(install("lowN50"))


def test_the_native_engine_takes_over_when_configured(install: Any, run: Any, tmp_path: Path) -> None:
    rng = random.Random(3)
    proteins = ["M" + "".join(rng.choices("ACDEFGHIKLMNPQRSTVWY", k=400)) for _ in range(3)]
    reference = tmp_path / "reference.faa"
    reference.write_text("".join(f">Cry{number}Aa1\n{text}\n" for number, text in enumerate(proteins, start=1)))
    options = install("lowN50") | {
        "low_n50": "native",
        "reference": {"name": "toy", "version": "1", "fasta": str(reference), "cache_dir": str(tmp_path / "cache")},
    }
    facts = run(options, genome=many_pieces(tmp_path / "pieces.fna"))
    assert (facts["engine"], facts["instead_of"], facts["toxins"]) == ("native", "bttoxin_digger", 0)
    assert "N50" in facts["reason"]
    assert json.loads((tmp_path / "out" / "toxins.json").read_text())["engine"]["name"] == "native"


def test_letters_that_the_tool_deletes_do_not_shift_coordinates(install: Any, run: Any, tmp_path: Path) -> None:
    path = tmp_path / "gaps.fna"
    letters = bases(90_006)
    path.write_text(f">a\n{letters[:1000]}{'n' * 500}{letters[1000:]}\n")
    facts = run(install("ok"), genome=path)
    first = json.loads((tmp_path / "out" / "toxins.json").read_text())["toxins"][0]
    assert (first["start"], first["end"], first["contig_length"]) == (3010, 6543, 90_506)
    assert "-3 3010-6543 len=1178" in (tmp_path / "out" / f"{STRAIN}.list").read_text()
    assert "here 500" in facts["notes"][0]


def test_the_tool_sees_plain_names_and_plain_letters(install: Any, run: Any, tmp_path: Path) -> None:
    path = tmp_path / "odd.fna"
    path.write_bytes(
        b">it's|(a) 'x'\r\n" + bases(60_000).lower().encode() + b"RYN\r\n>tiny\r\nACGT\r\n>b\r\n" + bases(300).encode()
    )
    seen = tmp_path / "seen.fna"
    with pytest.raises(StageError):
        run(install(script=f"cp in/s0001.fna {seen}; ls in > {seen}.names"), genome=path)
    assert (tmp_path / "seen.fna.names").read_text() == "s0001.fna\n"
    lines = seen.read_text().splitlines()
    assert [line for line in lines if line.startswith(">")] == [">c000001", ">c000003"]
    assert set("".join(line for line in lines if not line.startswith(">"))) == set("ACGT")


@pytest.mark.parametrize("text", [f">a\n{'N' * 5000}\n", ">a\nACGTACGT\n"])
def test_a_genome_without_anything_to_search_has_no_toxins(install: Any, run: Any, tmp_path: Path, text: str) -> None:
    path = tmp_path / "nothing.fna"
    path.write_text(text)
    assert run(install(script="exit 9"), genome=path)["toxins"] == 0
    assert (tmp_path / "out" / "Strains_without_toxins_found.txt").is_file()


@pytest.mark.parametrize("content", [b"", b">a\nMKLDEFWWYRRLPQ\n", b">a\nACGT\n>a\nACGT\n", b">a\n", b"ACGT\n"])
def test_what_is_no_genome_never_reaches_the_tool(install: Any, run: Any, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.fna"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        run(install(script="exit 9"), genome=path)


def test_a_missing_tool_is_told_with_what_to_do(run: Any) -> None:
    with pytest.raises(StageError, match=r"is not installed.*DIGGER_ENGINE=native") as caught:
        run({"executable": "no-such-BtToxin_Digger"})
    assert caught.value.kind == FailureKind.NOT_CONFIGURED


def test_time_and_disk_are_bounded(install: Any, run: Any) -> None:
    with pytest.raises(StageError, match="time limit of 1 s") as caught:
        run(install(script="sleep 60") | {"timeout_s": 1})
    assert caught.value.kind == FailureKind.TIMEOUT
    with pytest.raises(StageError, match=r"temporary files need more than 0\.0 GB") as caught:
        run(install(script="head -c 5000000 /dev/zero > big; sleep 60") | {"scratch_bytes": 1_000_000})
    assert caught.value.kind == FailureKind.DISK_FULL


def test_another_database_can_be_named(install: Any, run: Any, tmp_path: Path) -> None:
    other = tmp_path / "bt_toxin20300101.fas"
    other.write_text(">Cry1Aa1\nMKLDEFW\n")
    facts = run(install("notoxin") | {"database": str(other)})
    assert (facts["database"]["version"], facts["database"]["entries"]) == ("20300101", 1)
    facts = run(install("notoxin") | {"database": str(tmp_path / "nowhere")})
    assert facts["database"] == {}
    assert any("database of BtToxin_Digger was not found" in note for note in facts["notes"])


def test_perl_gets_a_fixed_hash_seed_and_no_secret(
    install: Any, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SECRET", "s3cret")
    with pytest.raises(StageError):
        run(install(script=f"env > {tmp_path}/env.txt"))
    seen = (tmp_path / "env.txt").read_text()
    assert "PERL_HASH_SEED=0" in seen
    assert "s3cret" not in seen


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no zombie that nobody has reaped yet."""
    try:
        return bool(Path("/proc", str(pid), "cmdline").read_bytes())
    except FileNotFoundError:
        return False


def test_sigterm_ends_the_tool_and_all_its_children(install: Any, genome: Path, tmp_path: Path) -> None:
    options = install(script=f"sleep 1000 & echo $! > {tmp_path}/child; wait")
    (tmp_path / "out").mkdir()
    (tmp_path / "work").mkdir()
    program = (
        "from pathlib import Path; from portal.pipeline.digger.upstream.run import run_adapter; "
        f"run_adapter(Path({str(genome)!r}), 's', Path({str(tmp_path / 'out')!r}), Path({str(tmp_path / 'work')!r}), "
        f"options={options!r}, threads=1)"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    child = tmp_path / "child"
    wait_for(lambda: child.is_file() and child.read_text().strip(), what="the tool's child")
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM
    wait_for(lambda: not is_running(int(child.read_text())), what="the end of the tool's child")
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["bttoxin.log"]


def test_the_stage_hands_genomes_of_low_n50_to_the_native_engine(install: Any, tmp_path: Path) -> None:
    rng = random.Random(3)
    toxin = "M" + "".join(rng.choices("ACDEFGHIKLMNPQRSTVWY", k=400))
    reference = tmp_path / "reference.faa"
    reference.write_text(f">Cry1Aa1\n{toxin}\n")
    for folder in ("out", "work"):
        (tmp_path / folder).mkdir()
    context = StageContext(
        task_id="t", strain=STRAIN, display_name="pieces.fna", genome=many_pieces(tmp_path / "pieces.fna"),
        out_dir=tmp_path / "out", work_dir=tmp_path / "work", results={}, parameters={}, threads=2, lang=Lang.EN,
        submission_time="2026-01-01T00:00:00Z",
        facts={
            "engine": "bttoxin_digger",
            "reference": {"name": "toy", "version": "1", "fasta": str(reference), "cache_dir": str(tmp_path / "cache")},
            "bttoxin_digger": install(script="echo must not run; exit 9") | {"low_n50": "native"},
        },
    )  # fmt: skip
    assert DIGGER_STAGE.check_prerequisites(context) == []
    result = DIGGER_STAGE.run(context)
    assert (result.summary["engine"], result.summary["instead_of"]) == ("native", "bttoxin_digger")
    assert result.summary["contigs"] == 10
    assert "toxins.json" in result.outputs


def test_the_summary_of_the_stage_is_the_real_tools(install: Any, genome: Path, tmp_path: Path) -> None:
    for folder in ("out", "work"):
        (tmp_path / folder).mkdir()
    context = StageContext(
        task_id="t", strain=STRAIN, display_name="genome.fna", genome=genome, out_dir=tmp_path / "out",
        work_dir=tmp_path / "work", results={}, parameters={}, threads=2, lang=Lang.EN,
        submission_time="2026-01-01T00:00:00Z",
        facts={"engine": "bttoxin_digger", "bttoxin_digger": install("ok")},
    )  # fmt: skip
    summary = DIGGER_STAGE.run(context).summary
    assert (summary["engine"], summary["version"]) == ("bttoxin_digger", "1.0.10")
    assert summary["toxins"] == len(json.loads((tmp_path / "out" / "toxins.json").read_text())["toxins"])
