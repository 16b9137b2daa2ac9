"""The languages of the report."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.status import Lang
from portal.pipeline.report.prose import Prose
from portal.pipeline.report.prose_en import EnglishProse
from portal.pipeline.report.prose_zh import ChineseProse

PROSE: Mapping[Lang, Prose] = {Lang.EN: EnglishProse(), Lang.ZH: ChineseProse()}
