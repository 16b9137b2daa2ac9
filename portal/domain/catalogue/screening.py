"""The screening for the *Bacillus cereus* group and its virulence genes, in words."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # headings
    "screening.title": Text("Screening for the Bacillus cereus group", "蜡样芽孢杆菌群筛查"),
    "screening.column.system": Text("Screened for", "筛查项目"),
    "screening.column.result": Text("Result", "结果"),
    "screening.column.genes": Text("Genes, amino acids identical", "基因，氨基酸一致性"),
    "screening.nothing": Text("none", "无"),
    "screening.panel": Text("Panel: {version}.", "筛查序列集：{version}。"),
    # the group
    "screening.member": Text(
        "Bacillus cereus group (B. cereus sensu lato): panC group {group} ({species}). The panC gene is "
        "{identity:.1f} % identical to that of {reference} over {coverage:.0f} % of its length.",
        "属于蜡样芽孢杆菌群（Bacillus cereus sensu lato）：panC 组 {group}（{species}）。其 panC 基因与 {reference} 的"
        "一致性为 {identity:.1f} %，覆盖其全长的 {coverage:.0f} %。",
    ),
    "screening.group_uncertain": Text(
        "Below {limit:.0f} % the group is only the nearest one, not a certain one.",
        "低于 {limit:.0f} % 时，该组仅为最接近的组，不能确定。",
    ),
    "screening.next_group": Text(
        "The next group, {group}, has {identity:.1f} %.", "其次为组 {group}，一致性 {identity:.1f} %。"
    ),
    "screening.copies": Text(
        "There are {count} panC genes in separate places: the file may hold more than one strain.",
        "在不同位置有 {count} 个 panC 基因：该文件可能含有不止一个菌株。",
    ),
    "screening.signs": Text(
        "Signs of the Bacillus cereus group: genes that are typical of it, but no panC gene to tell its group.",
        "有蜡样芽孢杆菌群的迹象：存在该群的典型基因，但没有可用于分组的 panC 基因。",
    ),
    "screening.no_sign": Text(
        "No sign of the Bacillus cereus group: neither its panC gene nor a gene that is typical of it. "
        "This is a screening, not a proof.",
        "未见蜡样芽孢杆菌群的迹象：既没有其 panC 基因，也没有其典型基因。这只是筛查，不是证明。",
    ),
    "screening.not_whole": Text(
        "The file is too small to hold a whole genome of the group, so what is missing here may lie in the rest.",
        "该文件太小，不足以包含该群的完整基因组；此处未发现的基因可能位于其余部分。",
    ),
    "screening.unavailable": Text(
        "Not screened: the screening panel was not available with the reference of this run. The operator installs it "
        "with `btportal reference fetch`; after that the task can be run again.",
        "未筛查：本次运行的参考库中没有筛查序列集。管理员可用 `btportal reference fetch` 安装，之后可重新运行该任务。",
    ),
    # what it is not
    "screening.meaning": Text(
        "A screening by sequence similarity, not a clinical, food-safety or regulatory statement: a gene that is "
        "present need not be active, and one that was not found may be missing from the assembly.",
        "这是基于序列相似性的筛查，不是临床、食品安全或监管结论：存在的基因不一定有活性，未发现的基因可能只是组装中缺失。",
    ),
    "screening.grave": Text(
        "Genes of {systems:and} were found. Have this confirmed by an established assay before the strain is used or "
        "passed on.",
        "发现{systems:and}的基因。在使用或转交该菌株之前，请用公认的检测方法确认。",
    ),
    "screening.limits": Text(
        "Found: at least {identity:.0f} % of the amino acids identical over {coverage:.0f} % of the gene. Distant "
        "relative: at least {low_identity:.0f} % over {low_coverage:.0f} %; its effect is unknown. Part: a piece of a "
        "gene, cut or broken.",
        "发现：氨基酸一致性不低于 {identity:.0f} %，覆盖不低于 {coverage:.0f} %。远缘同源：一致性不低于 "
        "{low_identity:.0f} %，覆盖不低于 {low_coverage:.0f} %，作用未知。部分：基因的片段，被截断或破坏。",
    ),
    # states of a gene
    "screening.state.found": Text("found", "发现"),
    "screening.state.fragment": Text("part", "部分"),
    "screening.state.distant_relative": Text("distant relative", "远缘同源"),
    "screening.state.not_found": Text("not found", "未发现"),
    # systems
    "screening.system.nhe": Text("non-haemolytic enterotoxin Nhe", "非溶血性肠毒素 Nhe"),
    "screening.system.hbl": Text("haemolysin BL (enterotoxin Hbl)", "溶血素 BL（肠毒素 Hbl）"),
    "screening.system.cytK": Text("cytotoxin K", "细胞毒素 K"),
    "screening.system.ces": Text("cereulide synthetase (emetic toxin)", "呕吐毒素 cereulide 合成酶"),
    "screening.system.sph": Text("sphingomyelinase", "鞘磷脂酶"),
    "screening.system.anthrax": Text("anthrax toxin", "炭疽毒素"),
    "screening.system.cap": Text("polyglutamate capsule of B. anthracis (Cap)", "炭疽芽孢杆菌的聚谷氨酸荚膜（Cap）"),
    "screening.system.has": Text("hyaluronic acid capsule (Has)", "透明质酸荚膜（Has）"),
    "screening.system.bps": Text("exopolysaccharide capsule (Bps)", "胞外多糖荚膜（Bps）"),
    # a system in one line
    "screening.count": Text("{found} of {count} genes", "{count} 个基因中的 {found} 个", one="{found} of {count} gene"),
    "screening.gene": Text(
        "{gene} {identity:.1f} % over {coverage:.0f} % ({state})",
        "{gene} {identity:.1f} %，覆盖 {coverage:.0f} %（{state}）",
    ),
}
