"""Candidates for new toxin names, in words."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "candidate.title": Text("Candidates for new toxins", "候选新毒素"),
    "candidate.meaning": Text(
        "Genes that are not identical to a named toxin of the reference used here, the most novel first. The steps are "
        "those of the nomenclature (45, 76 and 95 % identity). Before a naming request, compare the protein over its "
        "full length with the current BPPRC database: the reference may lack the latest names.",
        "与所用参考库中的已命名毒素不完全相同的基因，新颖性高者在前。分级采用命名法的界限（一致性 45、76 和 95 %）。"
        "申请命名之前，请将蛋白质全长与最新的 BPPRC 数据库比较：参考库可能缺少最新名称。",
    ),
    "candidate.more": Text("{count} more are in candidates.tsv.", "另有 {count} 个，见 candidates.tsv。"),
    "candidate.omitted": Text(
        "{count} more genes are not listed: so many toxins are no genome.",
        "另有 {count} 个基因未列出：毒素如此之多，不是基因组。",
    ),
    # columns
    "candidate.column.gene": Text("Gene", "基因"),
    "candidate.column.step": Text("What would be new", "新颖之处"),
    "candidate.column.closest": Text("Closest named toxin", "最接近的已命名毒素"),
    "candidate.column.state": Text("State", "状态"),
    "candidate.column.domains": Text("Domains", "结构域"),
    "candidate.column.neighbours": Text("Toxin genes within 20 kb", "20 kb 内的毒素基因"),
    # steps
    "candidate.step.unaligned": Text("a family's profile alone: to be looked at", "仅由家族谱识别：有待查看"),
    "candidate.step.first_rank": Text("first rank (below 45 %)", "一级（低于 45 %）"),
    "candidate.step.second_rank": Text("second rank (45 to 76 %)", "二级（45 至 76 %）"),
    "candidate.step.third_rank": Text("third rank (76 to 95 %)", "三级（76 至 95 %）"),
    "candidate.step.variant": Text("a variant (from 95 %)", "变体（95 % 及以上）"),
    # cells
    "candidate.closest": Text(
        "{name}, {identity:.1f} % identical, {length:,} amino acids",
        "{name}，一致性 {identity:.1f} %，{length:,} 个氨基酸",
    ),
    "candidate.none": Text("none", "无"),
    "candidate.ready": Text("protein ready for a naming request", "蛋白质序列可用于命名申请"),
    "candidate.broken": Text("to be sequenced or completed first", "需先重新测序或补全"),
    "candidate.start": Text("start of the protein to be checked", "蛋白质起点待核实"),
}
