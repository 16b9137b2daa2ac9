"""All settings as one frozen value; each field holds its default, how its text is parsed, and its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from portal.domain.address import PublicUrl, TrustedProxies, check_listen, networks
from portal.domain.complaint import message_of
from portal.domain.errors import InvalidValue
from portal.domain.limits import LimitRanges
from portal.domain.logs import FORMATS as LOG_FORMATS
from portal.domain.mail_address import read_mail_addresses, read_sender
from portal.domain.message import Message
from portal.domain.person import check_header_name, check_issuer, check_scopes, read_people
from portal.domain.secret import SHORTEST_KEY
from portal.domain.setting import (
    cache_url,
    checked_text,
    choice,
    flag,
    number,
    optional_path,
    path,
    text,
    whole,
)
from portal.domain.smtp_url import SmtpServer
from portal.domain.webhook_rules import WebhookRules
from portal.files.room import GIGABYTE
from slurm.options import BadOption, SlurmOptions, split_extra

# Cannot be guessed with the few log-in attempts allowed per quarter of an hour.
_SHORTEST_SECRET = 16
# Bounds far above any real use: no time computed from a setting leaves the years that records may hold
# (`files.document`), and no number overflows.
_YEAR_H, _MOST_DAYS = 8760, 36_500
_MOST, _MOST_MB, _MOST_GB = 1_000_000, 1_000_000, 10**10


def _check_options(text: str) -> None:
    """Raise InvalidValue if a text holds an sbatch option that the portal's jobs cannot have."""
    try:
        SlurmOptions(extra=split_extra(text))
    except BadOption as error:
        raise InvalidValue(Message("value.refused", reason=message_of(error.complaint))) from None


@dataclass(frozen=True)
class Settings:
    """All settings, named after their variables; sizes in the unit in the name, times in seconds."""

    REDIS_URL: str = cache_url(
        "redis://localhost:6379/0",
        "cache of records: `redis://[user:password@]host[:port][/number]`, `rediss://...` or `unix:///path`; empty:"
        " none. It may be away at any time",
    )
    JOBS_DIR: Path = path(
        Path("/data/jobs"), "the tasks; on the file system that the compute nodes share, under the same path"
    )
    REFERENCE_DIR: Path | None = optional_path(
        "toxin references; empty: `.portal/references` below JOBS_DIR. Must be seen by the compute nodes too"
    )
    TASK_TIMEOUT: int = whole(21600, "seconds of running time of a whole task", least=1, most=_YEAR_H * 3600)
    RETRY_MAX_HOURS: float = number(
        24.0,
        "the most hours of running time that a user may ask for when a task is run again; up to TASK_TIMEOUT: none may",
        least=0,
        most=_YEAR_H,
    )
    RETRY_MAX_MEM_GB: float = number(
        16.0,
        "the most memory of each job, in GB, that a user may ask for then; up to SLURM_MEM_GB: none may",
        least=0,
        most=_MOST_GB,
    )
    MAX_ACTIVE_PIPELINES: int = whole(
        4,
        "tasks that run or wait in the cluster at once; the others wait in the portal, with a position",
        least=1,
        most=10_000,
    )
    PACK_MAX_MB: float = number(
        2.0,
        "genomes of one submission up to this size share jobs, several one after the other, each with a record of its"
        " own; 0: never",
        least=0,
        most=_MOST_MB,
    )
    MAX_WAITING_TASKS: int = whole(2000, "more than so many waiting tasks are answered with 429", least=1, most=_MOST)
    CLIENT_MAX_WAITING: int = whole(
        1000,
        "tasks of one client (an account, else an address or an IPv6 /64) that may wait; 0: no limit",
        least=0,
        most=_MOST,
    )
    CLIENT_UPLOADS_PER_MINUTE: int = whole(
        600, "uploads that one client may begin within a minute; 0: no limit", least=0, most=_MOST
    )
    CLIENT_MAX_GB: float = number(
        50.0,
        "what the tasks of one client, uploads and results, may hold on the disk; 0: no limit",
        least=0,
        most=_MOST_GB,
    )
    WRONG_TOKENS_PER_MINUTE: int = whole(
        100,
        "wrong tokens from one client within a minute that are answered at once; a right one is always taken",
        least=0,
        most=_MOST,
    )
    TASK_THREADS: int = whole(4, "cores of each job", least=1, most=4096)
    CORS_ORIGINS: str = text("*", "origins whose scripts may use the API, comma-separated; never with credentials")
    DEBUG: bool = flag(False, "`true`: Swagger UI at `/api/docs`, ReDoc at `/api/redoc`")
    MAX_UPLOAD_MB: int = whole(50, "largest genome file", least=1, most=_MOST_MB)
    MIN_FREE_DISK_GB: float = number(20.0, "with less free disk, uploads are refused with 507", least=0, most=_MOST_GB)
    RESULT_RETENTION_DAYS: int = whole(
        30, "days after its end for which a task is kept; a change holds for all tasks", least=1, most=_MOST_DAYS
    )
    KEPT_RUNS: int = whole(
        5,
        "earlier runs of a task whose results stay readable after it has run again; the oldest others are removed when"
        " a later run has completed, except those that an open snapshot link shows",
        least=1,
        most=1000,
    )
    SAMPLES: bool = flag(
        True,
        "`true`: the poller makes three sample results of synthetic genomes, which everybody may read; `false`: none,"
        " and those that exist are removed",
    )
    TRASH_HOURS: float = number(
        48.0,
        "hours for which expired tasks stay in `.portal/trash`, unless the disk is short of MIN_FREE_DISK_GB",
        least=0,
        most=_YEAR_H,
    )
    EXECUTOR: str = choice(
        "auto",
        ("auto", "slurm", "local"),
        "`slurm`, `local`, or `auto`: SLURM where `sbatch` and a `slurm.conf` are found",
    )
    DIGGER_ENGINE: str = choice(
        "auto",
        ("auto", "native", "bttoxin_digger"),
        "`native`, `bttoxin_digger` (the published tool, where installed), or `auto`: native",
    )
    BTTOXIN_DIGGER: str = text("BtToxin_Digger", "name or path of the published tool")
    LOW_N50: str = choice(
        "native",
        ("native", "fail"),
        "what the engine `bttoxin_digger` does with drafts of N50 < 50 kb, which the tool skips: `native` or `fail`",
    )
    SPECIFICITY_CSV: Path | None = optional_path(
        "a specificity table instead of the built-in one; a BPPRC export is taken as it is"
    )
    PORTAL_SECRET: str = text(
        "",
        "key of all tokens, 32 characters or more; empty: made at the first start and kept in"
        " `JOBS_DIR/.portal/secret`, mode 600",
        least=SHORTEST_KEY,
    )
    ADMIN_SECRET: str = text(
        "", "opens the admin's pages at `/admin`, 16 characters or more; empty: there are none", least=_SHORTEST_SECRET
    )
    PUBLIC_URL: str = checked_text(
        "",
        "the address that people use, such as `https://bt.example.org/bttoxin`: links, cookies and the OpenAPI document"
        " are made from it, and requests to another host are refused; empty: the address that was asked for",
        PublicUrl.parse,
    )
    TRUSTED_PROXIES: str = checked_text(
        "0",
        "whose word on the client's address and scheme counts: how many proxies stand in front, or their networks,"
        " such as `127.0.0.1, 10.2.0.0/16`",
        TrustedProxies.parse,
    )
    IDENTITY: str = choice(
        "none",
        ("none", "header", "oidc"),
        "how people sign in: `none`: they do not; `header`: at the proxy, which says who it is in IDENTITY_HEADER;"
        " `oidc`: at an OpenID Connect provider",
    )
    IDENTITY_HEADER: str = checked_text(
        "X-Remote-User",
        "the header with the stable id of the person whom the proxy has signed in; believed only through a Unix socket"
        " or from the networks of TRUSTED_PROXIES. The proxy must set or remove it in every request",
        check_header_name,
    )
    IDENTITY_MAIL_HEADER: str = checked_text(
        "",
        "the header with that person's mail address, believed under the same conditions; the proxy must set or remove"
        " it in every request. Empty: none, and nobody is mailed with IDENTITY=header",
        check_header_name,
    )
    OIDC_ISSUER: str = checked_text(
        "",
        "address of the provider, exactly as it calls itself, such as `https://login.example.org/realms/x`",
        check_issuer,
    )
    OIDC_CLIENT_ID: str = text("", "what the provider calls the portal")
    OIDC_CLIENT_SECRET: str = text("", "the portal's secret at the provider")
    OIDC_CLIENT_SECRET_FILE: Path | None = optional_path("a file with this secret, instead of the variable")
    OIDC_SCOPES: str = checked_text("openid", "scopes to ask for, separated by spaces", check_scopes)
    OIDC_CLAIM: str = text(
        "sub", "the claim that is a person's stable id; `email` counts only if the provider has verified it", least=1
    )
    OPERATORS: str = checked_text(
        "",
        "ids of the people who may use `/admin`, comma-separated; their acts stand in the audit log under these ids",
        read_people,
    )
    SMTP_URL: str = checked_text(
        "",
        "the mail server: `smtp://` (with STARTTLS), `smtps://` or `smtp+plain://` (no encryption), then"
        " `[user:password@]host[:port]`; empty: no mail is sent",
        SmtpServer.parse,
    )
    MAIL_FROM: str = checked_text(
        "", "who mails come from: `bt@example.org` or `BtToxin portal <bt@example.org>`", read_sender
    )
    OPERATOR_MAIL: str = checked_text(
        "",
        "addresses, comma-separated, that are told of a full disk, of retention that has stopped and of a silent"
        " poller; empty: none",
        read_mail_addresses,
    )
    WEBHOOK_ALLOW: str = checked_text(
        "",
        "receivers that senders may have called: hosts such as `hooks.example.org` or `hooks.example.org:8443`, and"
        " networks such as `10.2.0.0/16` for hosts without a public address; empty: none",
        WebhookRules.parse,
    )
    NOTIFY_PER_HOUR: int = whole(
        20,
        "notifications that one client, or for one address, may be asked for within an hour; 0: no limit",
        least=0,
        most=_MOST,
    )
    NOTIFY_BEFORE_DAYS: float = number(
        3.0,
        "days before results are removed at which whoever asked for notifications is told; at most half of"
        " RESULT_RETENTION_DAYS; 0: never",
        least=0,
        most=_MOST_DAYS,
    )
    METRICS_ALLOW: str = checked_text(
        "127.0.0.1, ::1",
        "networks of the machines that may read `/metrics`; a Unix socket counts as this machine",
        networks,
    )
    METRICS_TOKEN: str = text(
        "",
        "reads `/metrics` from anywhere, as a bearer token of 16 characters or more; empty: none does",
        least=_SHORTEST_SECRET,
    )
    LOG_FORMAT: str = choice("text", LOG_FORMATS, "lines of all processes: `text` for people, `json` for machines")
    POLL_INTERVAL: float = number(
        5.0, "shortest time between two looks at the scheduler; with SLURM at least 5", least=0, most=3600
    )
    WEB_HOST: str = text("127.0.0.1", "address of the web process")
    WEB_PORT: int = whole(8000, "port of the web process", least=0, most=65535)
    LISTEN: str = checked_text(
        "",
        "where the web process listens instead of WEB_HOST and WEB_PORT: `unix:/run/bttoxin/web.sock` or `[::1]:8000`;"
        " a socket that systemd hands over goes before both",
        check_listen,
    )
    WEB_WORKERS: int = whole(2, "worker processes of the web process", least=1, most=1000)
    SLURM_PARTITION: str = text("", "partition of the jobs; empty: the cluster's default, as for the next ones")
    SLURM_ACCOUNT: str = text("", "account")
    SLURM_QOS: str = text("", "quality of service")
    SLURM_WCKEY: str = text("", "workload characterisation key")
    SLURM_MEM_GB: float = number(4.0, "memory of each job; 0: the cluster's default", least=0, most=_MOST_GB)
    SLURM_CONSTRAINT: str = text("", "node features")
    SLURM_EXTRA: str = checked_text(
        "",
        "further options of `sbatch` in their long form, such as `--nice=100 --reservation=bt`; `--clusters=NAME`"
        " reaches all commands, and options that the portal sets itself are refused",
        _check_options,
    )
    SLURM_SHOTER_MINUTES: int = whole(30, "time limit of the second job", least=1, most=_YEAR_H * 60)
    JOB_SETUP: str = text("", "shell lines that run in the job before Python: `module load`, `conda activate`")

    @property
    def reference_dir(self) -> Path:
        """Folder of the toxin references, on the file system that the jobs see."""
        return self.REFERENCE_DIR or self.JOBS_DIR / ".portal" / "references"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never appear in a log."""
        return tuple(
            text
            for text in (
                self.PORTAL_SECRET,
                self.ADMIN_SECRET,
                self.METRICS_TOKEN,
                self.OIDC_CLIENT_SECRET,
                self._redis_password,
                *self._smtp_secrets,
            )
            if text
        )

    @property
    def _redis_password(self) -> str:
        try:
            return unquote(urlsplit(self.REDIS_URL).password or "")
        except ValueError:
            return ""

    @property
    def public_url(self) -> PublicUrl | None:
        """The address that people use; None if it is taken from each request."""
        return PublicUrl.parse(self.PUBLIC_URL) if self.PUBLIC_URL else None

    @property
    def _smtp_secrets(self) -> tuple[str, ...]:
        """The mail server's password, as it is and as the address has it."""
        server = self.smtp_server
        return () if server is None or not server.password else (server.password, self.SMTP_URL)

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server; None if no mail is sent."""
        return SmtpServer.parse(self.SMTP_URL) if self.SMTP_URL else None

    @property
    def webhook_rules(self) -> WebhookRules:
        return WebhookRules.parse(self.WEBHOOK_ALLOW)

    @property
    def has_notifications(self) -> bool:
        """Whether anybody can be told anything, by mail or webhook."""
        return bool(self.SMTP_URL or self.WEBHOOK_ALLOW)

    @property
    def trusted_proxies(self) -> TrustedProxies:
        return TrustedProxies.parse(self.TRUSTED_PROXIES)

    @property
    def has_people(self) -> bool:
        """Whether people can sign in."""
        return self.IDENTITY != "none"

    @property
    def operators(self) -> frozenset[str]:
        return read_people(self.OPERATORS)

    @property
    def cors_origins(self) -> list[str]:
        return [origin.strip() for origin in self.CORS_ORIGINS.split(",") if origin.strip()]

    @property
    def job_setup(self) -> list[str]:
        return [line for line in self.JOB_SETUP.splitlines() if line.strip()]

    @property
    def limit_ranges(self) -> LimitRanges:
        """The limits that a user may request when running a task again."""
        return LimitRanges.of(
            timeout_s=self.TASK_TIMEOUT,
            memory_gb=self.SLURM_MEM_GB or None,
            most_hours=self.RETRY_MAX_HOURS,
            most_gb=self.RETRY_MAX_MEM_GB,
        )

    @property
    def retention(self) -> timedelta:
        return timedelta(days=self.RESULT_RETENTION_DAYS)

    @property
    def max_upload_bytes(self) -> int:
        return self.MAX_UPLOAD_MB * 1024**2

    @property
    def min_free_bytes(self) -> int:
        return int(self.MIN_FREE_DISK_GB * GIGABYTE)
