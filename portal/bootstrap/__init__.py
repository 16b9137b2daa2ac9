"""The composition root: the only package that chooses concrete stores and schedulers and connects the parts."""

from portal.bootstrap.cluster import build_scheduler, digger_engine, executor, plan_facts, templates_dir
from portal.bootstrap.notifications import build_notifier, check_once, webhook_key
from portal.bootstrap.operators import build_admin, build_consistency_check, build_health
from portal.bootstrap.poller import build_poller
from portal.bootstrap.samples import beside_poller, build_sample_maker
from portal.bootstrap.web import build_web

__all__ = [
    "beside_poller",
    "build_admin",
    "build_consistency_check",
    "build_health",
    "build_notifier",
    "build_poller",
    "build_sample_maker",
    "build_scheduler",
    "build_web",
    "check_once",
    "digger_engine",
    "executor",
    "plan_facts",
    "templates_dir",
    "webhook_key",
]
