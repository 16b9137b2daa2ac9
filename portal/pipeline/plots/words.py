"""The words of the pictures, in English and Chinese; a field missing in one language fails type checking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.status import Lang


@dataclass(frozen=True)
class Words:
    """All texts of the pictures, except names and those of the catalogue in `lang`."""

    lang: Lang
    score: str
    rank_only: str
    interval: str
    pests: str
    non_pests: str
    strain: str
    toxin: str
    identity: str
    coverage: str
    domains: str
    contribution: str
    contributions_title: str
    targets_title: str
    species_title: str
    intervals_title: str
    identity_title: str
    genes_title: str
    domains_title: str
    inventory_title: str
    matrix_title: str
    tested: str
    inherited: str
    partner_missing: str
    broken: str
    genes_cut: str
    one_broken: str
    one_cut: str
    one_altered: str
    damage_counts: str
    negative_only: str
    inconclusive: str
    no_evidence: str
    likely: str
    secondary: str
    not_used: str
    no_toxin: str
    no_species: str
    rank_family: str
    rank_subfamily: str
    rank_toxin: str
    hmm_only: str
    contig_edge: str
    contig_end: str
    toxin_gene: str
    accessory_gene: str
    residues: str
    reference_length: str
    aligned: str
    not_aligned: str
    domain_unknown: str
    gene_count: str
    strain_count: str
    unknown_target: str
    more_left_out: str
    footer_engine: str
    footer_reference: str
    footer_specificity: str
    footer_thresholds: str
    footer_run: str
    comma: str
    differs: str
    difference_names: Mapping[str, str]
    targets: Mapping[str, str]
    domain_names: Mapping[str, str]


EN = Words(
    lang=Lang.EN,
    score="Score",
    rank_only="a rank, not a probability",
    interval="5–95 % interval",
    pests="Pest targets",
    non_pests="Other targets",
    strain="Strain",
    toxin="Toxin",
    identity="Identity (%)",
    coverage="Coverage (%)",
    domains="Domains",
    contribution="Contribution",
    contributions_title="What each hit contributes",
    targets_title="Likely targets by order",
    species_title="Likely targets by species",
    intervals_title="Scores and their uncertainty",
    identity_title="How close the toxins are to known ones",
    genes_title="Where the toxin genes lie",
    domains_title="Toxin proteins and their domains",
    inventory_title="Toxins found",
    matrix_title="Closest known toxins, strain by strain",
    tested="tested directly",
    inherited="effect known of relatives only",
    partner_missing="partner protein missing",
    broken="gene broken",
    genes_cut="genes cut: only parts seen",
    one_broken="broken: a gene or more",
    one_cut="cut: a gene or more",
    one_altered="altered behind the toxin core: a gene or more",
    damage_counts="Broken, cut and altered genes are counted too.",
    negative_only="tested, found inactive",
    inconclusive="too few tests to tell",
    no_evidence="no record: unknown, not zero",
    likely="likely, by the conclusion",
    secondary="secondary target",
    not_used="not used",
    no_toxin="No toxin found in this genome",
    no_species="No species-level evidence for the toxins of this genome",
    rank_family="same family (45 %)",
    rank_subfamily="same subfamily (76 %)",
    rank_toxin="same toxin (95 %)",
    hmm_only="profile hit only",
    contig_edge="cut by the contig's end",
    contig_end="end of contig",
    toxin_gene="toxin gene",
    accessory_gene="accessory gene",
    residues="Residues",
    reference_length="length of the reference toxin",
    aligned="aligned to the reference",
    not_aligned="outside the alignment",
    domain_unknown="no domain profile available",
    gene_count="Genes",
    strain_count="Strains",
    unknown_target="Toxins of unknown target",
    more_left_out="{count} more in the table",
    footer_engine="engine {name}",
    footer_reference="reference {name}",
    footer_specificity="specificity {name} ({unverified} of {facts} facts unverified)",
    footer_run="run {run_id}",
    comma=", ",
    differs="caution: the runs differ in {what}",
    difference_names={},
    footer_thresholds="identity ≥ {identity} %, coverage ≥ {coverage} %",
    targets={},
    domain_names={
        "Endotoxin_N": "domain I",
        "Endotoxin_M": "domain II",
        "Endotoxin_C": "domain III",
        "Endotoxin_mid": "middle domain",
    },
)

ZH = Words(
    lang=Lang.ZH,
    score="得分",
    rank_only="表示排序，并非概率",
    interval="5%–95% 区间",
    pests="害虫类群",
    non_pests="其他靶标",
    strain="菌株",
    toxin="毒素",
    identity="一致性 (%)",
    coverage="覆盖度 (%)",
    domains="结构域",
    contribution="贡献值",
    contributions_title="各毒素对靶标得分的贡献",
    targets_title="可能的靶标类群",
    species_title="可能的靶标物种",
    intervals_title="靶标得分及其不确定性",
    identity_title="与已知毒素的相似程度",
    genes_title="毒素基因在基因组中的位置",
    domains_title="毒素蛋白及其结构域",
    inventory_title="毒素组成",
    matrix_title="各菌株的最接近已知毒素",
    tested="有直接生测证据",
    inherited="仅近缘毒素有活性记录",
    partner_missing="缺少配对蛋白",
    broken="基因受损",
    genes_cut="基因截断，只见到一部分",
    one_broken="受损：至少一个基因",
    one_cut="截断：至少一个基因",
    one_altered="核心后有变：至少一个基因",
    damage_counts="受损、截断和核心后有变的基因也计入。",
    negative_only="经测定无活性",
    inconclusive="测定不足，尚无定论",
    no_evidence="无记录（未知，不等于 0）",
    likely="结论为很可能有活性",
    secondary="次要靶标",
    not_used="未采用",
    no_toxin="该基因组中未检出毒素基因",
    no_species="该基因组的毒素尚无物种水平的证据",
    rank_family="同一家族 (45%)",
    rank_subfamily="同一亚家族 (76%)",
    rank_toxin="同一毒素 (95%)",
    hmm_only="仅 HMM 命中",
    contig_edge="被重叠群末端截断",
    contig_end="重叠群末端",
    toxin_gene="毒素基因",
    accessory_gene="辅助因子基因",
    residues="氨基酸残基",
    reference_length="参考毒素全长",
    aligned="与参考毒素比对上",
    not_aligned="比对区域之外",
    domain_unknown="无可用的结构域模型",
    gene_count="基因数",
    strain_count="菌株数",
    unknown_target="靶标未知的毒素",
    more_left_out="另有 {count} 项见数据表",
    footer_engine="检测引擎 {name}",
    footer_reference="参考库 {name}",
    footer_specificity="特异性数据 {name}（{facts} 条中 {unverified} 条未核实）",
    footer_run="运行 {run_id}",
    comma="、",
    differs="注意：各次运行的{what}不同",
    difference_names={
        "parameters": "参数",
        "specificity data": "特异性数据",
        "version": "软件版本",
        "toxin reference": "毒素参考库",
    },
    footer_thresholds="一致性 ≥ {identity}%，覆盖度 ≥ {coverage}%",
    targets={
        "Lepidoptera": "鳞翅目",
        "Coleoptera": "鞘翅目",
        "Diptera": "双翅目",
        "Hemiptera": "半翅目",
        "Hymenoptera": "膜翅目",
        "Blattodea": "蜚蠊目",
        "Orthoptera": "直翅目",
        "Neuroptera": "脉翅目",
        "Isoptera": "等翅目",
        "Thysanoptera": "缨翅目",
        "Siphonaptera": "蚤目",
        "Phthiraptera": "虱目",
        "Collembola": "弹尾目",
        "Acari": "螨类",
        "Nematoda": "线虫",
        "Gastropoda": "腹足类",
        "Mollusca": "软体动物",
        "Trematoda": "吸虫",
        "Protozoa": "原生动物",
        "Human cancer cells": "人癌细胞",
    },
    domain_names={
        "Endotoxin_N": "结构域 I",
        "Endotoxin_M": "结构域 II",
        "Endotoxin_C": "结构域 III",
        "Endotoxin_mid": "中间结构域",
    },
)

WORDS: Mapping[Lang, Words] = {Lang.EN: EN, Lang.ZH: ZH}


def target_label(words: Words, target: str) -> str:
    """Return the target's name in the language; an unknown name is returned unchanged."""
    return words.targets.get(target, target)


def state_label(words: Words, state: str) -> str:
    """Return the words for the state of a score."""
    return {
        "tested": words.tested,
        "inherited": words.inherited,
        "partner_missing": words.partner_missing,
        "broken": words.broken,
        "negative_only": words.negative_only,
        "inconclusive": words.inconclusive,
        "no_evidence": words.no_evidence,
    }.get(state, state)
