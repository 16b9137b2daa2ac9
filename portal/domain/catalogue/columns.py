"""What the columns of tables mean, with their units."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "column.name": Text("Column", "列"),
    "column.meaning": Text("Meaning", "含义"),
    "column.rules": Text(
        "An empty cell means that there is none, or that nothing is known; it is never zero. Times are in UTC. Text "
        "of more than 32,767 letters is cut and ends in “…”; CSV and JSON have it whole.",
        "空单元格表示没有或未知，不等于零。时间为 UTC。超过 32,767 个字符的文本会被截断并以“…”结尾；"
        "CSV 和 JSON 中是完整的。",
    ),
    "column.score_value": Text(
        "score from 0 to 1: a rank, not a probability; empty: no record, or no number can be given",
        "得分，0 到 1，用于排序，不是概率；空：没有记录，或无法给出数值",
    ),
    "column.identity_value": Text(
        "highest identity of the strain's genes with this toxin, percent; empty: not found",
        "该菌株的基因与此毒素的最高一致性（%）；空：未检出",
    ),
    # facts
    "column.fact.submission": Text("Submission", "批次"),
    "column.fact.task": Text("Task", "任务"),
    "column.fact.strain": Text("Strain", "菌株"),
    "column.fact.made": Text("Made (UTC)", "生成时间（UTC）"),
    "column.fact.completed": Text("Completed (UTC)", "完成时间（UTC）"),
    "column.fact.portal": Text("Portal", "平台版本"),
    "column.fact.data": Text("Reference and data", "参考库与数据"),
    # whose
    "column.of.label": Text("name of the genome in the submission", "基因组在批次中的名称"),
    "column.of.task_id": Text("id of the task", "任务编号"),
    "column.of.strain": Text("name of the genome", "基因组名称"),
    "column.of.strain_name": Text(
        "what the strain is called: the name that its owner gave, else its label",
        "菌株名称：所有者起的名称，否则为标签",
    ),
    # tasks
    "column.of.status": Text("state of the task", "任务状态"),
    "column.of.stage": Text("stage that runs, or that failed", "正在运行或失败的阶段"),
    "column.of.progress": Text("progress, percent", "进度（%）"),
    "column.of.failure_kind": Text("kind of failure", "失败类型"),
    "column.of.message": Text("why it failed or was refused", "失败或被拒绝的原因"),
    "column.of.size_bytes": Text("size of the FASTA text, bytes", "FASTA 文本的大小（字节）"),
    "column.of.sha256": Text("SHA-256 of the FASTA text", "FASTA 文本的 SHA-256"),
    "column.of.submitted": Text("time of submission", "提交时间"),
    "column.of.started": Text("time of the first job's start", "首个作业的开始时间"),
    "column.of.completed": Text("time of completion", "完成时间"),
    "column.of.toxins": Text(
        "number of toxin genes, without accessory factors; a gene in several rows counts once",
        "毒素基因数，不含辅助因子；分布在多行中的同一基因只计一次",
    ),
    "column.of.conclusion": Text(
        "likely, possible: the strain acts on the targets named; none_supported: no pest is supported; no_record: "
        "nothing is published; not_scored: all hits are below the thresholds; no_toxins; "
        "mostly_unknown: no toxin, but half of the sequence or more is unknown",
        "likely、possible：很可能或可能对所列靶标有活性；none_supported：证据不足以指向任何害虫；no_record：没有已发表的记录；"
        "not_scored：所有命中均低于阈值；no_toxins：未检出毒素；"
        "mostly_unknown：未检出毒素，但序列至少有一半未知",
    ),
    "column.of.targets": Text("orders that the conclusion names", "结论所指的目"),
    "column.of.cautions": Text(
        "orders with the score of a likely one that are only called possible, and why: wide_interval, the interval "
        "begins too low; beside_primary, another target is primary and likely",
        "得分已达“很可能”而只列为“可能”的目及原因：wide_interval，得分区间的下限过低；beside_primary，另有很可能的主要靶标",
    ),
    "column.of.genes_broken": Text(
        "true if all genes behind the conclusion are broken: those of every toxin that adds to the score of a pest; "
        "false as soon as one of them is not, however many genes_broken_count counts",
        "结论所依据的基因（即对害虫得分有贡献的全部毒素基因）是否均已受损；只要有一个未受损即为否，"
        "与 genes_broken_count 的个数无关",
    ),
    "column.of.genes_cut": Text(
        "true if all genes behind the conclusion are broken or seen only in part, and at least one in part: whether "
        "they act cannot be told",
        "结论所依据的基因是否均已受损或只见到一部分，且至少有一个只见到一部分：无法判断其是否有活性",
    ),
    "column.of.genes_broken_count": Text(
        "number of scored toxin genes that are broken, some or all: premature stop, frameshift, insertion or remnant; "
        "those that break behind their toxin core do not count",
        "计分的毒素基因中受损的个数：提前终止、移码、插入或基因残余；断点位于毒素核心之后的不计",
    ),
    "column.of.genes_cut_count": Text(
        "number of other scored toxin genes that a contig's end or a gap cuts",
        "计分的毒素基因中另被重叠群末端或缺口截断的个数",
    ),
    "column.of.genes_altered_count": Text(
        "number of further scored toxin genes that break, or have lost a part, behind a toxin core that is whole: "
        "these do not count as broken",
        "计分的毒素基因中毒素核心完整、断点或缺失位于核心之后的个数：不计为受损",
    ),
    "column.of.genes_behind": Text(
        "state of all genes behind the score: broken if all are, cut if all are broken or seen only in part and at "
        "least one in part, else whole",
        "得分所依据的全部基因的状态：broken，均已受损；cut，均已受损或只见到一部分，且至少有一个只见到一部分；"
        "否则为 whole",
    ),
    "column.of.scores_broken": Text("columns whose score rests on broken genes alone", "得分所依据的基因均已受损的列"),
    "column.of.scores_cut": Text(
        "columns whose score rests on genes that are all broken or seen only in part, at least one in part",
        "得分所依据的基因均已受损或只见到一部分（且至少有一个只见到一部分）的列",
    ),
    "column.of.toxins_broken": Text(
        "closest known toxins of the genes that are broken, one per gene", "受损基因最接近的已知毒素，每个基因一项"
    ),
    "column.of.toxins_cut": Text(
        "closest known toxins of the genes that a contig's end or a gap cuts, one per gene",
        "被重叠群末端或缺口截断的基因最接近的已知毒素，每个基因一项",
    ),
    "column.of.toxins_altered": Text(
        "closest known toxins of the genes that break behind a toxin core that is whole, one per gene",
        "毒素核心完整、断点位于核心之后的基因最接近的已知毒素，每个基因一项",
    ),
    "column.of.tags": Text("tags that its owner gave", "所有者添加的标签"),
    "column.given_name": Text("name that its owner gave", "所有者起的名称"),
    "column.metadata": Text("metadata that its owner gave, as text", "所有者填写的元数据，文本"),
    # toxins
    "column.of.protein_id": Text("the gene, the same in all files", "基因编号，在所有文件中相同"),
    "column.of.name": Text("closest known toxin, nomenclature of 2020", "最接近的已知毒素（2020 命名法）"),
    "column.of.toxin": Text("toxin, nomenclature of 2020", "毒素（2020 命名法）"),
    "column.of.name_1998": Text("its name in the nomenclature of 1998", "其 1998 命名法的名称"),
    "column.of.toxin_1998": Text("its name in the nomenclature of 1998", "其 1998 命名法的名称"),
    "column.of.ties": Text("other toxins that are equally close, joined with ;", "同样接近的其他毒素，以 ; 分隔"),
    "column.of.toxin_class": Text("class of the protein: Cry, Cyt, Vip and others", "蛋白质类别：Cry、Cyt、Vip 等"),
    "column.of.class": Text("class of the protein: Cry, Cyt, Vip and others", "蛋白质类别：Cry、Cyt、Vip 等"),
    "column.of.rank": Text("Rank1 to Rank4, by identity alone", "Rank1 至 Rank4，仅按一致性"),
    "column.of.identity_percent": Text(
        "identity with the closest known toxin, percent", "与最接近的已知毒素的一致性（%）"
    ),
    "column.of.coverage_percent": Text(
        "share of that toxin which is aligned, percent; gaps may bring it over 100",
        "该毒素被比对覆盖的比例（%）；因空位可能超过 100",
    ),
    "column.of.contig": Text("name of the contig", "重叠群名称"),
    "column.of.contig_length": Text("length of the contig, bp", "重叠群长度（bp）"),
    "column.of.start": Text("first base of the gene on the contig, from 1, bp", "基因在重叠群上的起点，从 1 起（bp）"),
    "column.of.end": Text("last base of the gene on the contig, from 1, bp", "基因在重叠群上的终点，从 1 起（bp）"),
    "column.of.strand": Text("direction of transcription", "转录方向"),
    "column.of.length_aa": Text(
        "length of the reading frame from stop to stop, amino acids: a frame may begin before the gene's start",
        "阅读框长度（从终止到终止，氨基酸数）：阅读框可能始于基因起点之前",
    ),
    "column.of.partial": Text("less than 90 % of the closest toxin is covered", "最接近的毒素被覆盖不足 90 %"),
    "column.of.contig_edge": Text("end of the contig that cuts the gene", "截断基因的重叠群末端"),
    "column.of.internal_stop": Text("whether there is a stop codon inside", "内部是否有终止密码子"),
    "column.of.profile_only": Text("found by the profile of its family alone", "仅由家族谱识别"),
    "column.of.accessory": Text("a virulence factor, not a toxin", "毒力因子，不是毒素"),
    "column.of.domains": Text("domains as name:start-end, amino acids", "结构域，名称:起点-终点（氨基酸）"),
    "column.of.locus": Text("the gene that the row belongs to", "该行所属的基因"),
    "column.of.verdict": Text(
        "finding at that gene, in one word; it does not say whether the toxin core is whole",
        "对该基因的判定（一词）；不说明毒素核心是否完整",
    ),
    "column.of.gene_state": Text(
        "state of that gene: the verdict, qualified where it alone would mislead. Names with _behind_core: altered "
        "behind a whole toxin core, not broken, and not in genes_broken_count; no_stop: whole but without its stop "
        "codon; in_part: only a part is in the file",
        "该基因的状态：即判定，在判定本身会误导时加以限定。带 _behind_core 者：改变位于完整的毒素核心之后，未受损，"
        "不计入 genes_broken_count；no_stop：完整但缺终止密码子；in_part：文件中只有一部分",
    ),
    "column.of.scored": Text("whether it enters the scores", "是否计入得分"),
    "column.of.not_scored_because": Text("why it does not enter the scores", "不计入得分的原因"),
    "column.of.not_scored": Text("why it does not enter the scores", "不计入得分的原因"),
    # scores
    "column.of.target": Text("order, or another group", "目或其他类群"),
    "column.of.species": Text("scientific name of the species", "物种学名"),
    "column.of.score": Text("from 0 to 1: a rank, not a probability", "0 到 1，用于排序，不是概率"),
    "column.of.low": Text("5 % bound of the score, 0 to 1", "得分的 5 % 界限，0 到 1"),
    "column.of.high": Text("95 % bound of the score, 0 to 1", "得分的 95 % 界限，0 到 1"),
    "column.of.state": Text("what the score rests on", "得分的依据"),
    "column.of.tier": Text("primary, secondary or none", "主要（primary）、次要（secondary）或无（none）"),
    "column.of.evidence_grade": Text("best grade of its records: A, B or C", "记录的最高等级：A、B 或 C"),
    "column.of.unverified_fraction": Text(
        "share of the score that rests on sources which were not checked, 0 to 1",
        "得分中依据未核实来源的比例，0 到 1",
    ),
    "column.of.panel": Text("pest or non_pest", "害虫（pest）或非害虫（non_pest）"),
    # grids
    "column.of.alleles": Text(
        "closest known toxins behind the columns, one per gene", "各列所含的最接近的已知毒素，每个基因一项"
    ),
    "column.of.found_inactive": Text("tested and found without effect", "经测试无活性"),
    "column.of.inconclusive": Text("tested too little to decide", "测试太少，无法判断"),
    # evidence
    "column.of.record": Text("id of the record", "记录编号"),
    "column.of.species_as_published": Text(
        "the tested organism in the words of the source: older names, misspellings, stages",
        "原文所写的受试生物：可能为旧名、误拼或注明虫态",
    ),
    "column.of.role": Text(
        "own: about a toxin of the strain; part: about one of which only a part was seen; broken: about one whose gene "
        "is broken here; relative: about a related one",
        "own：该菌株自身的毒素；part：在该菌株中只看到一部分的毒素；broken：基因在该菌株中已受损的毒素；relative：近缘毒素",
    ),
    "column.of.speaks_for": Text("toxins of the strain whose scores rest on it", "得分依据该记录的菌株毒素"),
    "column.of.order": Text("order of the tested species", "受试物种所属的目"),
    "column.of.english": Text("its English name", "英文名"),
    "column.of.chinese": Text("its Chinese name", "中文名"),
    "column.of.activity": Text("outcome of the test", "测试结果"),
    "column.of.measure": Text("what was measured, such as LC50", "测定指标，如 LC50"),
    "column.of.dose": Text("its value, as published", "数值，按原文"),
    "column.of.dose_unit": Text("unit of the value, as published", "数值的单位，按原文"),
    "column.of.grade": Text("grade of the record: A, B or C", "记录等级：A、B 或 C"),
    "column.of.read": Text(
        "what was read: text (publication), row (a row of another table), title; no: source not checked",
        "所读内容：text（已读原文）、row（已读表格条目）、title（已读标题）、no（来源未核实）",
    ),
    "column.of.claim_seen": Text("the same in the words of the table of facts", "同上，按事实表中的写法"),
    "column.of.partner": Text("partner of a pair of proteins", "成对蛋白质中的另一个"),
    "column.of.note": Text("remark", "备注"),
    "column.of.source_id": Text("id of the publication", "文献编号"),
    "column.of.citation": Text("the publication, in short", "文献简写"),
    "column.of.authors": Text("its authors, joined with ;", "作者，以 ; 分隔"),
    "column.of.year": Text("its year", "年份"),
    "column.of.title": Text("its title", "标题"),
    "column.of.container": Text("journal or book", "期刊或书名"),
    "column.of.doi": Text("its DOI", "文献的 DOI"),
    "column.of.pmid": Text("its number in PubMed", "PubMed 编号"),
    "column.of.link": Text("address of its DOI or PubMed entry", "DOI 或 PubMed 条目的网址"),
    "column.of.run_id": Text("id of the run of the prediction", "预测运行的编号"),
}
