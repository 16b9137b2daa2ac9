"""Settings come from the environment, each is documented, and a wrong one is named."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.config import LAPTOP_DEFAULTS, Settings, read_settings, settings_table
from portal.domain.errors import InvalidRequest
from portal.domain.setting import Setting
from portal.files.document import check_moments
from portal.files.notices import Announcement

DOCS = Path(__file__).parents[3] / "docs" / "operate" / "configuration.md"


def test_the_defaults_are_the_promised_ones() -> None:
    settings = read_settings({})
    assert settings == Settings()
    promised = {
        "REDIS_URL": "redis://localhost:6379/0", "JOBS_DIR": Path("/data/jobs"), "TASK_TIMEOUT": 21600,
        "MAX_ACTIVE_PIPELINES": 4, "TASK_THREADS": 4, "CORS_ORIGINS": "*", "DEBUG": False, "MAX_UPLOAD_MB": 50,
        "MIN_FREE_DISK_GB": 20, "RESULT_RETENTION_DAYS": 30, "EXECUTOR": "auto", "DIGGER_ENGINE": "auto",
    }  # fmt: skip
    assert {name: getattr(settings, name) for name in promised} == promised


def test_the_documented_table_is_the_one_that_the_fields_make() -> None:
    """`python -m portal.config` prints it."""
    assert settings_table() in DOCS.read_text()


def test_every_setting_says_what_it_means_and_reads_its_own_default() -> None:
    for item in fields(Settings):
        setting = Setting.of(item)
        assert len(setting.meaning) > 5, item.name
        default = "" if item.default is None else str(item.default)
        assert setting.read(default) == item.default, item.name


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TASK_THREADS", "many", "must be a whole number"),
        ("TASK_THREADS", "4.5", "must be a whole number"),
        ("TASK_THREADS", "0", "must be at least 1"),
        ("POLL_INTERVAL", "nan", "must be a number"),
        ("POLL_INTERVAL", "inf", "must be at most 3600"),
        ("RESULT_RETENTION_DAYS", "100000", "must be at most 36500"),
        (
            "OIDC_ISSUER",
            "https://[login",
            "must be the address of an OpenID Connect provider: https, without a query",
        ),
        ("JOBS_DIR", " ", "must not be empty"),
        ("DEBUG", "perhaps", "must be true or false"),
        ("LOW_N50", "both", "must be one of native, fail"),
        ("ADMIN_SECRET", "letmein", "must have at least 16 characters"),
    ],
)
def test_a_wrong_value_is_told_what_it_must_be(name: str, value: str, told: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_settings({name: value})
    assert [(name, [str(text) for text in texts]) for name, texts in caught.value.errors.items()] == [(name, [told])]


def test_no_number_is_without_a_bound() -> None:
    """A record with a time some centuries away could not be read again."""
    for item in fields(Settings):
        if isinstance(item.default, int | float) and not isinstance(item.default, bool):
            with pytest.raises(InvalidRequest):
                read_settings({item.name: "9" * 12})
    longest = read_settings({"RESULT_RETENTION_DAYS": "36500"})
    check_moments(Announcement("of any time", ends=datetime.now(UTC) + longest.retention))


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_settings({"TASK_THREADS": "0", "DEBUG": "perhaps", "EXECUTOR": "cloud", "MAX_UPLOAD_MB": "x"})
    assert set(caught.value.errors) == {"TASK_THREADS", "DEBUG", "EXECUTOR", "MAX_UPLOAD_MB"}


def test_one_conflict_does_not_hide_another() -> None:
    provider = {"IDENTITY": "oidc", "OIDC_ISSUER": "https://login.example.org", "OIDC_CLIENT_ID": "bt"}
    provider["OIDC_CLIENT_SECRET"] = "of the provider"
    assert read_settings(provider).has_people
    sending = {"SMTP_URL": "smtp://mail.example.org", "PUBLIC_URL": "https://bt.example.org"}
    for identity, also in ((provider, set()), ({"IDENTITY": "header"}, {"TRUSTED_PROXIES"})):
        with pytest.raises(InvalidRequest) as caught:
            read_settings({**identity, **sending})
        assert set(caught.value.errors) == {"MAIL_FROM", *also}


def test_the_environment_wins_over_laptop_defaults() -> None:
    settings = read_settings({"JOBS_DIR": "/elsewhere"}, LAPTOP_DEFAULTS)
    assert settings.JOBS_DIR == Path("/elsewhere")
    assert settings.REDIS_URL == ""
    assert settings.MIN_FREE_DISK_GB == 1


def test_a_prefixed_name_wins_where_slurm_itself_reads_the_plain_one() -> None:
    settings = read_settings({"SLURM_PARTITION": "of-srun", "PORTAL_SLURM_PARTITION": "ours"})
    assert settings.SLURM_PARTITION == "ours"


def test_paths_are_absolute_so_that_jobs_find_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings({"JOBS_DIR": "var/jobs"}).JOBS_DIR == tmp_path / "var" / "jobs"


@pytest.mark.parametrize("folder", ["/data/100%/jobs", "/data/%j", "/data/a\\b", "/data/a\nb"])
def test_a_job_folder_that_slurm_would_expand_is_refused(folder: str) -> None:
    """F31: every job would be killed without a log."""
    with pytest.raises(InvalidRequest, match="JOBS_DIR"):
        read_settings({"JOBS_DIR": folder})


@pytest.mark.parametrize(
    "words",
    ["--clusters=a,b", "--clusters=all", "--clusters", "-M east", "--uid=0", "--test-only", "--job-name=x", "--tim=3"],
)
def test_an_option_that_would_break_the_contract_is_refused_at_the_start(words: str) -> None:
    with pytest.raises(InvalidRequest, match="SLURM_EXTRA"):
        read_settings({"SLURM_EXTRA": words})
    assert read_settings({"SLURM_EXTRA": "--clusters=east --nice=9"}).SLURM_EXTRA == "--clusters=east --nice=9"
