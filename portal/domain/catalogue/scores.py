"""What a score means, for whoever reads one: page, report, pictures and commands say it in these words."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "score.meaning": Text(
        "A score ranks published evidence; it is not a probability. Where enough published strains are known, an "
        "estimate of how many of those with such a score act on the order stands beside it; all other scores are "
        "uncalibrated.",
        "得分表示已发表证据支持程度的高低，并非概率。已发表菌株足够多的目，旁边给出得分相近的菌株中对该目有活性者的"
        "估计比例；其余得分均未经校准。",
    ),
    "score.species_above_order": Text(
        "A species may score above its order: its own score weighs the tests on it alone. That of the order asks for "
        "effects on several of its species, and weighs against them the tests without effect, and that toxins known "
        "from other orders are hardly reported on this one.",
        "物种的得分可能高于其所在的目：物种得分只依据对该物种的测试；目的得分需要毒素对该目多个物种有效，"
        "并计入未见活性的测试，以及已知对其他目有效的毒素在该目少有报道。",
    ),
    # why an assessment is not what the score suggests
    "score.wide_interval": Text(
        "not likely, as the interval begins at {low}, below {limit}", "区间下限为 {low}，低于 {limit}，故不列为很可能"
    ),
    "score.wide_interval_close": Text(
        "not likely, as the interval begins just below {limit}", "区间下限略低于 {limit}，故不列为很可能"
    ),
    "score.beside_primary": Text(
        "not likely, as the strain's own toxins were tested far less on it than on a likely primary target",
        "自身毒素在其上的测试远少于很可能的主要靶标，故不列为很可能",
    ),
    "score.just_below": Text("the score is just below {limit}", "得分略低于 {limit}"),
    "score.genes_broken": Text("all genes behind it broken", "所依据的基因均已受损"),
    "score.genes_cut": Text("only parts of the genes behind it seen", "所依据的基因只见到一部分"),
    "score.cell.wide_interval": Text("wide interval", "区间宽"),
    "score.cell.beside_primary": Text("not primary", "非主要"),
    "score.cell.just_below": Text("just below", "略低"),
    "score.cell.wide_interval_meaning": Text(
        "not called likely, as the interval of the score begins below {limit}",
        "得分区间的下限低于 {limit}，故不列为很可能",
    ),
    "score.cell.beside_primary_meaning": Text(
        "not called likely, as another target of the strain is primary and likely",
        "该菌株另有很可能的主要靶标，故不列为很可能",
    ),
    "score.cell.just_below_meaning": Text(
        "the score lies just below the limit that it is rounded to", "得分略低于其四舍五入后显示的界限"
    ),
    "score.documented": Text(
        "estimate: {share:.0f} % of published strains with such a score are reported to act on it "
        "(from a curve through all scores; counted: of {strains} published strains that score {low:g} to {high:g}, "
        "{acting} are)",
        "估计：得分相近的已发表菌株中有 {share:.0f} % 被报道对其有活性（由全部得分拟合的曲线得出；"
        "实际计数：得分 {low:g} 至 {high:g} 的 {strains} 株已发表菌株中有 {acting} 株）",
    ),
    "score.documented_meaning": Text(
        "Strains reported to act (estimate): how many of the published strains with such a score are reported to act "
        "on the target, in percent, read from a curve through all scores. In brackets is the count behind it: “23 of "
        "27 at 0.75 to 1” means that of 27 published strains that score 0.75 to 1, 23 are reported to act. It is a "
        "figure on strains, no probability that this strain acts.",
        "被报道有活性的菌株（估计）：得分相近的已发表菌株中被报道对该靶标有活性的百分比，由全部得分拟合的曲线得出。"
        "括号内为其依据的计数：“0.75 至 1 分：27 株中 23 株”表示得分 0.75 至 1 的 27 株已发表菌株中，"
        "有 23 株被报道有活性。该数值说明的是已发表菌株的情况，并非本菌株有活性的概率。",
    ),
    "score.documented_uncounted": Text(
        "estimate: {share:.0f} % of published strains with such a score are reported to act on it",
        "估计：得分相近的已发表菌株中有 {share:.0f} % 被报道对其有活性",
    ),
    "score.uncalibrated": Text(
        "uncalibrated: not known how many strains with such a score act on it",
        "未经校准：尚不知得分相近的菌株中有多少对其有活性",
    ),
    "score.documented_line": Text(
        "{share:.0f} % of strains with such a score act",
        "得分相近的菌株中 {share:.0f} % 有活性",
    ),
    "score.documented_cell": Text(
        "{share:.0f} % ({acting} of {strains} at {low:g} to {high:g})",
        "{share:.0f} %（{low:g} 至 {high:g} 分：{strains} 株中 {acting} 株）",
    ),
    "score.documented_uncounted_cell": Text("{share:.0f} % (not counted)", "{share:.0f} %（无计数）"),
    "score.uncalibrated_cell": Text("uncalibrated", "未经校准"),
}
