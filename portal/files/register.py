"""Every file that one process leaves for another below JOBS_DIR: where it is, who writes it and who reads it.

`document` is its document class, empty for a file of another form. docs/operate/files.md describes what happens when
each file is damaged, as verified by a test; a document without a row here fails that test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class LeftFile:
    """A kind of file. `where` is relative to JOBS_DIR; the parts in brackets vary from file to file."""

    where: str
    document: str
    writer: str
    readers: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of this kind's relative paths."""
        return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.where)))

    @property
    def glob(self) -> str:
        return re.sub(r"\{\w+\}", "*", self.where)


_JOB = "{task}/attempts/{n}/jobs/{stage}"
_STAGE = "{task}/attempts/{n}/{stage}"

LEFT_FILES = (
    LeftFile("{task}/task_meta.json", "TaskMeta", "poller", "all"),
    LeftFile("{task}/request.json", "TaskRequest", "web", "poller, web"),
    LeftFile("{task}/input/genome.fna", "", "web", "job"),
    LeftFile("{task}/wishes/{kind}.json", "Wish", "web, operator", "poller"),
    LeftFile("{task}/notify/request.json", "NotificationRequest", "web", "poller"),
    LeftFile("{task}/shares/shares.json", "ShareList", "web", "web, poller"),
    LeftFile("{task}/shares/used_{n}.json", "ShareUse", "web", "web"),
    LeftFile("{task}/annotations/annotations.json", "AnnotationRecord", "web", "web"),
    LeftFile(".portal/annotations/{submission}.json", "AnnotationChanges", "web", "web"),
    LeftFile("{task}/attempts/{n}/plan.json", "Plan", "poller", "job, poller, web"),
    LeftFile("{task}/shares/snapshot_{n}.json", "ShareSnapshot", "web", "web, poller"),
    LeftFile(f"{_JOB}/intent.json", "Intent", "poller", "poller"),
    LeftFile(f"{_JOB}/adopted.json", "Adoption", "poller", "poller"),
    LeftFile(f"{_JOB}/claim", "Claim", "job", "poller, job"),
    LeftFile(f"{_JOB}/exit.json", "JobExit", "job", "poller"),
    LeftFile(f"{_JOB}/submitit/launched.json", "Launched", "launcher", "poller"),
    LeftFile(f"{_STAGE}/progress.json", "StageProgress", "job", "poller"),
    LeftFile(f"{_STAGE}/sentinel.json", "Sentinel", "job", "poller, web, job"),
    LeftFile(f"{_STAGE}/log.txt", "", "job", "web"),
    LeftFile(f"{_STAGE}/out/{{file}}", "", "job", "web, job"),
    LeftFile(".portal/packs/{pack}/pack.json", "Pack", "poller", "job, poller"),
    LeftFile(".portal/site.json", "Installation", "poller, operator", "all"),
    LeftFile(".portal/secret", "", "first to start", "web, poller"),
    LeftFile(".portal/lease.json", "Lease", "poller", "poller"),
    LeftFile(".portal/clock.json", "ClockMark", "poller, operator", "poller"),
    LeftFile(".portal/poller.json", "Heartbeat", "poller", "web, operator"),
    LeftFile(".portal/task_index.tsv", "", "poller", "web, poller"),
    LeftFile(".portal/poller.prom", "", "poller", "web"),
    LeftFile(".portal/control.json", "Control", "operator", "poller, web"),
    LeftFile(".portal/maintenance.json", "Maintenance", "operator", "web"),
    LeftFile(".portal/notices/{notice}.json", "Announcement", "operator", "web"),
    LeftFile(".portal/consistency.json", "ConsistencyReport", "poller", "web"),
    LeftFile(".portal/backup.last", "", "operator", "web"),
    LeftFile(".portal/audit.log", "", "operator", "web"),
    LeftFile(".portal/usage/{day}.jsonl", "", "poller", "operator, poller"),
    LeftFile(".portal/submissions/{submission}/manifest.json", "Manifest", "web", "web"),
    LeftFile(".portal/submissions/{submission}/refused/{n}.json", "ItemRefusal", "web", "web"),
    LeftFile(".portal/submissions/{submission}/notify/request.json", "NotificationRequest", "web", "poller"),
    LeftFile(".portal/outbox/{notification}.json", "Notification", "poller, operator", "poller, operator, web"),
    LeftFile(".portal/submissions/{submission}/shares/shares.json", "ShareList", "web", "web, poller"),
    LeftFile(".portal/submissions/{submission}/shares/used_{n}.json", "ShareUse", "web", "web"),
    LeftFile(
        ".portal/submissions/{submission}/shares/snapshot_{n}.json", "ShareSnapshot", "web, poller", "web, poller"
    ),
    LeftFile(".portal/alarms/{event}.json", "Alarm", "poller, operator", "poller, operator"),
    LeftFile(".portal/people/{pseudonym}.json", "PersonRecord", "web", "operator, web"),
    LeftFile(".portal/keys/{key}/key.json", "KeyRecord", "web", "web, operator"),
    LeftFile(".portal/keys/{key}/used.json", "KeyUse", "web", "web, operator"),
    LeftFile(".portal/samples.json", "SampleSets", "poller", "poller, web"),
    LeftFile(".portal/admission/waiting.json", "WaitingTasks", "web", "web"),
    LeftFile(".portal/admission/clients/{client}.json", "ClientState", "web", "web"),
)
