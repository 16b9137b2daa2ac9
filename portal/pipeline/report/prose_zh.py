"""The report in Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.pipeline.plots.footer import name_and_version
from portal.pipeline.plots.words import ZH as WORDS
from portal.pipeline.plots.words import state_label, target_label
from portal.pipeline.report.lead import ZH as LEAD
from portal.pipeline.report.lead import lead
from portal.pipeline.report.prose import Headings
from portal.pipeline.report.summary import BLIND_SPOTS_NAMED, Summary, TargetLine, interval_text
from portal.results.conclusion import Assessment, Outcome
from portal.results.evidence_table import Reading
from portal.results.names import Picture
from portal.results.ranking import score_text
from portal.results.scores import OrderScore, Record, ScoredUnit, SpeciesScore, TrialCounts
from portal.results.toxins import ToxinsDocument

HEADINGS = Headings(
    colon="：",
    semicolon="；",
    title="毒素组成与可能的靶标",
    file="基因组文件",
    submitted="提交时间",
    task="任务编号",
    read_as="读作",
    score_meaning=Message("score.meaning").word(Lang.ZH),
    found="检出结果",
    acts_on="可能的靶标",
    sure="可信程度",
    unknown="尚不清楚之处",
    genes="各基因的状况",
    gene="基因",
    verdict="判断",
    pieces="片段",
    what_became="发生了什么，意味着什么",
    toxins="毒素",
    targets="靶标类群",
    evidence="得分溯源",
    species="靶标物种",
    accessory="辅助毒力因子",
    pictures="图",
    sideways="表格比屏幕宽，请左右滑动查看。",
    method="方法",
    parameters="参数",
    versions="软件与数据版本",
    references="证据记录与参考文献",
    name="毒素",
    former_name="1998 年命名",
    family="家族",
    copies="拷贝数",
    identity="一致性 (%)",
    coverage="覆盖度 (%)",
    weight="权重",
    remarks="备注",
    target="靶标",
    score="得分",
    interval="5%–95% 区间",
    assessment="判断",
    basis="证据类型",
    grade="证据等级",
    unverified_share="未核实证据占比",
    documented="被报道有活性的菌株（估计）",
    contribution="贡献值",
    own_records="该毒素的记录",
    relatives_records="近缘毒素记录",
    species_name="物种",
    role="功能",
    count="基因数",
    parameter="参数",
    value="取值",
    component="组成部分",
    version="版本",
    record="记录",
    activity="结论",
    source="来源",
    unverified="来源未核实",
    none="无",
    location="重叠群",
    position="位置",
)

_ASSESSMENTS = {
    Assessment.LIKELY: "很可能",
    Assessment.POSSIBLE: "有一定可能",
    Assessment.LITTLE_SUPPORT: "证据不足",
    Assessment.CANNOT_BE_TOLD: "无法判断",
    Assessment.INACTIVE: "无活性",
    Assessment.UNDECIDED: "尚无定论",
    Assessment.NO_RECORD: "无记录",
}
_FLAGS = {
    "contig_edge": "被重叠群末端或缺口截断",
    "record_end": "文件中只有一部分",
    "internal_stop": "提前终止",
    "frameshift": "移码",
    "insertion": "被插入序列打断",
    "remnant": "基因残余",
    "core_whole": "毒素核心区完整",
    "hmm_only": "仅由家族 HMM 模型检出",
    "other_contig": "配对基因位于不同重叠群",
    "incomplete": "序列不完整",
    "merged_fragments": "由多个片段拼合",
}
_ACTIVITIES = {"positive": "有活性", "weak": "活性较弱", "negative": "无活性"}
_ROLES = {
    "zwittermicin A biosynthesis (antibiotic)": "双效菌素 A 合成（抗生素）",
    "immune inhibitor A, metalloprotease": "免疫抑制因子 A（金属蛋白酶）",
    "secreted metalloprotease": "分泌型金属蛋白酶",
    "chitinase": "几丁质酶",
    "enhancin-like metalloprotease": "类增效蛋白金属蛋白酶",
    "virulence factor": "毒力因子",
}
_PARAMETERS = {
    "min_identity": "最低一致性",
    "min_coverage": "最低覆盖度",
    "allow_unknown_families": "保留未知家族",
    "require_index_hit": "仅保留特异性数据中已有的毒素",
    "evidence_blast_only": "仅 BLAST 命中的权重",
    "evidence_hmm_only": "仅 HMM 命中的权重",
    "completeness_two_domains": "仅含两个结构域时的权重",
    "completeness_one_domain": "仅含一个结构域时的权重",
    "core_length": "毒素核心区长度（氨基酸）",
    "core_covered": "核心区完整所需的覆盖比例",
    "coverage_midpoint": "权重减半处的覆盖度",
    "coverage_slope": "覆盖度曲线宽度",
    "factor_internal_stop": "含终止密码子时的系数",
    "factor_contig_edge": "被重叠群末端截断时的系数",
    "factor_partner_missing": "缺少配对蛋白时的系数",
    "factor_other_contig": "配对基因位于不同重叠群时的系数",
    "copy_identity": "视为同一基因拷贝的一致性 (%)",
    "fragment_overlap": "片段拼合允许的重叠比例",
    "strength_a": "A 级证据强度",
    "strength_b": "B 级证据强度",
    "strength_c": "C 级证据强度",
    "weak_factor": "弱活性记录的系数",
    "shrinkage": "收缩强度 k",
    "negative_factor": "阴性结果相对于阳性结果的计数",
    "silence": "研究充分的毒素在某目上缺乏报道的扣减",
    "family_exponent": "同一家族后续毒素的指数",
    "draws": "随机抽样次数",
    "seed": "随机种子",
}
_METHOD = (
    "将基因组的开放阅读框与已命名毒素蛋白参考库比对；家族谱模型与序列比对均支持的基因判定为毒素基因。"
    "按与最相近毒素的氨基酸一致性和命名法的界限判断亲缘远近：95% 以上为同一毒素，76% 以上为同一亚家族，"
    "45% 以上为同一家族；BtToxin_Digger 的 Rank3 自 78% 起。",
    "每个毒素依据其检出证据和序列完整性获得 0 至 1 的权重。同一基因的多个拷贝只计一次，同一基因的片段先行拼合；"
    "须成对发挥作用的蛋白，两者齐备方可完整计分。",
    "毒素对某一类群活性的支持程度（0 到 1，用于排序，不是概率）来自已发表的生物测定："
    "有自身记录者以自身记录为主，并按一致性的高低借用近缘毒素的记录；"
    "阴性结果同样计入。同一家族毒素的叠加效应小于不同家族之间的叠加。没有任何记录的类群不给出得分。",
    "区间为对检出情况和证据强度随机抽样所得的第 5 至第 95 百分位数，且不窄于试验数量所允许的范围。"
    "得分不低于 0.70 且区间下限不低于 0.35 者表述为“很可能”，得分不低于 0.35 者表述为“有一定可能”，"
    "其余为“证据不足”；若有主要靶标（菌株自身毒素经直接测定，对多个物种有效）达到前者，"
    "其他靶标只表述为“有一定可能”；毒素经测定无活性的靶标一律表述为“无活性”。"
    "证据等级：A 为纯化蛋白的定量生测，且文献有 DOI 或 PubMed 编号，"
    "B 为其他直接生测，C 为专利、菌株水平或来源未核实的资料。",
    "有报道的菌株占比：在某目上得到同样得分的已发表菌株中，有文献报道对该目有活性者所占的比例，以及所统计的菌株数。"
    "该比例仅由数十个菌株拟合而成，且文献只报道菌株实际杀虫谱的一部分；没有该数值的目，其得分未经校准。",
)
_PICTURES: Mapping[str, str] = {
    Picture.TARGET_SCORES: "各靶标类群的得分",
    Picture.SCORE_INTERVALS: "得分及其 5%–95% 区间",
    Picture.PER_HIT: "各毒素对靶标得分的贡献",
    Picture.SPECIES_SCORES: "各靶标物种的得分",
    Picture.IDENTITY_COVERAGE: "各毒素的一致性与覆盖度",
    Picture.GENE_NEIGHBOURHOOD: "毒素基因在重叠群上的位置",
    Picture.DOMAINS: "毒素蛋白及其结构域",
    Picture.INVENTORY: "毒素组成",
}


class ChineseProse:
    """The sentences of the Chinese report."""

    headings = HEADINGS

    def lead(self, summary: Summary) -> str:
        return lead(summary, LEAD, scored=_scored, join=_join)

    def found(self, summary: Summary) -> Sequence[str]:
        if not summary.has_toxins:
            texts = ["未检出达到阈值的杀虫、杀线虫毒素或伴孢晶体蛋白基因。"]
            if summary.unused:
                texts.append(f"另有 {summary.unused} 个命中低于阈值，原因见命中表。")
            return [*texts, *_accessory(summary)]
        families = f"分属 {len(summary.families)} 个家族"
        if summary.unscored:
            scored = summary.genes - summary.unscored
            texts = [f"共检出 {summary.genes} 个毒素基因，其中 {scored} 个计分，{families}。"]
        else:
            texts = [f"共检出 {summary.genes} 个毒素基因，{families}。"]
        kinds = (
            (summary.damage.broken, "受损"),
            (summary.damage.by_contig, "被重叠群末端或缺口截断"),
            (summary.damage.in_file, "文件中只有一部分"),
            (summary.damage.altered, "在完整的毒素核心之后有变化"),
        )
        if damaged := [f"{number} 个{kind}" for number, kind in kinds if number]:
            texts.append(f"其中 {'，'.join(damaged)}。")
        texts += [_family(family, units) for family, units in summary.families]
        return [*texts, _closeness(summary), *_accessory(summary)]

    def sure(self, summary: Summary) -> Sequence[str]:
        if summary.strain.conclusion.outcome is Outcome.NOT_SCORED:
            return ["低于阈值的基因不计分；降低阈值后重新分析即可计分。"]
        if not summary.has_toxins:
            return ["“未检出”仅针对下文所列的参考库而言；参考库未收录的家族无法检出。"]
        texts = []
        if top := next(iter(summary.said(Assessment.LIKELY) + summary.said(Assessment.POSSIBLE)), None):
            share = round(100 * top.score.unverified_share)
            texts.append(
                f"{_label(top)}：5%–95% 区间为 {interval_text(top.score)}，"
                f"最高证据等级为 {top.score.grade or '–'}，得分中 {share}% 依赖来源未核实的资料。"
            )
        if beside := summary.beside_primary:
            names = _join(_label(line) for line in beside)
            texts.append(f"得分虽高，但菌株自身毒素在其上的测试少得多，故仅判为有一定可能：{names}。")
        if inherited := [line for line in summary.in_state("inherited") if line.score.value > 0]:
            texts.append(f"仅近缘毒素有活性记录：{_join(_label(line) for line in inherited)}。")
        if negative := summary.inactive:
            texts.append(f"经测定无活性：{_join(_label(line) for line in negative)}。")
        if undecided := summary.in_state("inconclusive"):
            counts = "；".join(f"{_label(line)}（{_tried(line)}）" for line in undecided)
            texts.append(f"测定不足，尚无定论：{counts}。")
        if summary.records:
            texts.append(
                f"得分共使用 {summary.records} 条证据记录（{_readings(summary)}）。"
                f"{'来源未核实的按最低强度计入。' if summary.unverified else ''}"
            )
        return texts or ["没有任何已发表的记录支持某一靶标。"]

    def unknown(self, summary: Summary, inventory: ToxinsDocument | None) -> Sequence[str]:
        texts = [f"{remark.word(Lang.ZH)}。" for remark in (summary.mostly_unknown,) if remark]
        if summary.unknown_units:
            texts.append(f"靶标未知的毒素：{_join(_named(unit) for unit in summary.unknown_units)}。")
        texts += [
            f"{unit.name} 须与 {unit.partner_missing} 配对，后者未检出，因此计分很低。" for unit in summary.halves
        ]
        if summary.in_file:
            names = _join(dict.fromkeys(unit.name for unit in summary.in_file))
            texts.append(f"文件中只有一部分：{names}。菌株是否具有其余部分，需由基因组判断。")
        if summary.cut:
            names = _join(dict.fromkeys(unit.name for unit in summary.cut))
            texts.append(f"被重叠群末端或缺口截断：{names}。基因是否完整，可用长读长测序或跨缺口 PCR 确认。")
        if summary.broken:
            names = _join(dict.fromkeys(unit.name for unit in summary.broken))
            texts.append(f"基因内部受损：{names}。是否尚存活性，须由生物测定检验。")
        if summary.has_toxins and (untested := summary.in_state("no_evidence")):
            texts.append(
                f"未见这些毒素及其近缘毒素对{_join(_label(line) for line in untested)}的测定报道：属于未知，不等于 0。"
            )
        if inventory and (name := name_and_version(inventory.reference)):
            texts.append(f"只能检出参考库（{name}）已收录的家族{_blind_spots(inventory)}。")
        if summary.has_toxins:
            texts.append("有基因不等于有活性：表达量、剂量效应和田间效果须由生物测定验证。")
        else:
            texts.append("与所有已命名毒素均不相似的新毒素，以及在培养或组装中丢失的质粒，本方法无法发现。")
        return texts

    def method(self) -> Sequence[str]:
        return _METHOD

    def assessment(self, assessment: Assessment) -> str:
        return _ASSESSMENTS[assessment]

    def flag(self, flag: str) -> str:
        if flag.startswith("partner_missing:"):
            return f"未检出 {flag.partition(':')[2]}"
        return _FLAGS.get(flag, flag)

    def activity(self, record: Record) -> str:
        return f"{record.toxin}：{_ACTIVITIES.get(record.activity, record.activity)}"

    def basis(self, score: OrderScore | SpeciesScore) -> str:
        return trials_text(score.trials) if score.state == "inconclusive" else state_label(WORDS, score.state)

    def role(self, role: str) -> str:
        return _ROLES.get(role, role)

    def parameter(self, name: str) -> str:
        return f"{_PARAMETERS[name]}（{name}）" if name in _PARAMETERS else name

    @property
    def pictures(self) -> Mapping[str, str]:
        return _PICTURES


def _blind_spots(inventory: ToxinsDocument) -> str:
    spots = inventory.reference.blind_spots or ()
    if not spots:
        return ""
    rest = f" 等 {len(spots)} 个家族" if len(spots) > BLIND_SPOTS_NAMED else ""
    return f"，未收录 {'、'.join(spots[:BLIND_SPOTS_NAMED])}{rest}"


def _label(line: TargetLine) -> str:
    return target_label(WORDS, line.score.target)


def _readings(summary: Summary) -> str:
    words = {reading: Message(f"reading.{reading}").word(Lang.ZH) for reading in Reading}
    counts = summary.readings
    return "，".join(f"{words[reading]} {counts[reading]} 条" for reading in Reading if counts[reading])


def _tried(line: TargetLine) -> str:
    return trials_text(line.score.trials)


def trials_text(trials: TrialCounts | None) -> str:
    """Return for instance "6 个毒素中 1 个有测定记录，未核实；其余未知"."""
    if trials is None:
        return ""
    if trials.toxins == 1:
        return "唯一的毒素有测定记录，未核实" if trials.tried else "唯一的毒素无测定记录，仅其近缘毒素经测定无活性"
    if not trials.tried:
        return f"{trials.toxins} 个毒素均无测定记录，仅其近缘毒素经测定无活性"
    text = f"{trials.toxins} 个毒素中 {trials.tried} 个有测定记录，"
    if not trials.read:
        text += "未核实"
    else:
        text += "未见活性" if trials.read == trials.tried else f"未见活性，其中 {trials.read} 个已核实"
    return text if trials.tried == trials.toxins else f"{text}；其余未知"


def _scored(line: TargetLine) -> str:
    return f"{_label(line)}（{score_text(line.score.value)}）"


def _named(unit: ScoredUnit) -> str:
    former = f"（旧称 {unit.name_1998}）" if unit.name_1998 and unit.name_1998 != unit.name else ""
    copies = f" ×{unit.copies}" if unit.copies > 1 else ""
    return f"{unit.name}{former}{copies}"


def _family(family: str, units: Sequence[ScoredUnit]) -> str:
    names = _join(_named(unit) for unit in units)
    return names if names == family else f"{family}：{names}"


def _join(parts: Iterable[str]) -> str:
    texts = list(parts)
    if len(texts) < 2 or texts[-1].isascii():
        return "、".join(texts)
    return f"{'、'.join(texts[:-1])}和{texts[-1]}"


def _closeness(summary: Summary) -> str:
    close = summary.closeness
    parts = [
        (close.same_toxin, "与已命名毒素的一致性不低于 95%"),
        (close.same_subfamily, "属于已知亚家族（76%–95%）"),
        (close.same_family, "属于已知家族（45%–76%）"),
        (close.distant, "一致性低于 45%，与任何已命名毒素均不相近"),
        (close.profile_only, "仅由家族模型检出"),
    ]
    return f"其中 {'；'.join(f'{number} 个{text}' for number, text in parts if number)}。"


def _accessory(summary: Summary) -> list[str]:
    if not summary.accessory:
        return []
    total = sum(count for _, count in summary.accessory)
    return [f"另有 {total} 个辅助毒力因子（酶类等），不计入得分。"]
