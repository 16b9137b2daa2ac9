"""What the files of a bundle hold, and the sentences of its README."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # folders
    "content.mining": Text("toxin genes found in the genome", "在基因组中检出的毒素基因"),
    "content.targets": Text(
        "scores of likely target orders and species (ranks, not probabilities), with their evidence",
        "可能的靶标目和物种的得分（用于排序，不是概率）及其证据",
    ),
    "content.plots": Text("pictures, and the tables of the values that they show", "图片，以及图中数值的表格"),
    "content.report": Text("the report, to read", "可直接阅读的报告"),
    "content.comparison": Text("the strains side by side", "各菌株的比较"),
    # toxins
    "content.all_toxins": Text("all hits, in the format of BtToxin_Digger", "全部命中结果，格式与 BtToxin_Digger 相同"),
    "content.gene_table": Text(
        "the toxins found and their sequences, in the format of BtToxin_Digger",
        "检出的毒素及其序列，格式与 BtToxin_Digger 相同",
    ),
    "content.without_toxins": Text("names of the strains without a toxin", "未检出毒素的菌株名称"),
    "content.toxins_tsv": Text(
        "one row per hit: position, closest known toxin, identity and coverage in percent. The table to begin with",
        "每行一个命中：位置、最接近的已知毒素、一致性和覆盖度（%）。建议先看此表",
    ),
    "content.toxins_json": Text("the same with all details, for programs", "同上，含全部细节，供程序读取"),
    "content.loci_tsv": Text(
        "one row per gene: intact, frameshift, truncated or in several pieces, and why",
        "每行一个基因：完整、移码、截短或分成几段，及其原因",
    ),
    "content.loci_json": Text("the same with sequences, for programs", "同上，含序列，供程序读取"),
    "content.screening_tsv": Text(
        "screening: the Bacillus cereus group, and virulence genes of the group",
        "筛查：是否属于蜡样芽孢杆菌群，以及该菌群的毒力基因",
    ),
    "content.candidates_tsv": Text(
        "genes that are not identical to a named toxin, the most novel first",
        "与已命名毒素不完全相同的基因，新颖性高者在前",
    ),
    "content.for_programs": Text("the same, for programs", "同上，供程序读取"),
    "content.alignments_json": Text(
        "alignments of the genes with their closest known toxins, for programs",
        "基因与最接近的已知毒素的比对，供程序读取",
    ),
    "content.digger_json": Text(
        "versions, parameters, warnings and counts of the search for toxins", "毒素检索的版本、参数、警告和计数"
    ),
    "content.list": Text(
        "summary of the strain, in the format of BtToxin_Digger", "菌株概要，格式与 BtToxin_Digger 相同"
    ),
    "content.gff3": Text("positions of the hits, for genome browsers", "命中的位置，用于基因组浏览器"),
    "content.genbank": Text("the genes with their surroundings, GenBank", "基因及其两侧序列，GenBank 格式"),
    "content.proteins": Text("proteins of the genes, FASTA", "基因编码的蛋白质，FASTA 格式"),
    "content.genes": Text("DNA of the genes, flanks in lower case, FASTA", "基因的 DNA，两侧序列为小写，FASTA 格式"),
    "content.candidate_proteins": Text("proteins of the candidates, FASTA", "候选新毒素的蛋白质，FASTA 格式"),
    "content.candidate_alignments": Text(
        "alignments of the candidates with their closest named toxins", "候选新毒素与最接近的已命名毒素的比对"
    ),
    "content.alignments": Text("alignments of the hits", "命中的比对"),
    # targets
    "content.toxin_support": Text(
        "one row per hit: what it contributes to the score of each order", "每行一个命中：对各目得分的贡献"
    ),
    "content.target_scores": Text("one row per strain: the score of each order", "每行一个菌株：各目的得分"),
    "content.species_scores": Text("one row per strain: the score of each species", "每行一个菌株：各物种的得分"),
    "content.accessory": Text(
        "virulence factors that are not toxins and do not enter a score", "不属于毒素、不计入得分的毒力因子"
    ),
    "content.scores_json": Text(
        "scores of the orders, with their trace down to each record, for programs",
        "各目的得分，可追溯到每条记录，供程序读取",
    ),
    "content.species_json": Text("the same for species", "同上，针对物种"),
    "content.shoter_json": Text(
        "versions, parameters, warnings and counts of the prediction", "预测的版本、参数、警告和计数"
    ),
    "content.evidence": Text("the published records behind the scores, with DOI", "得分所依据的已发表记录，含 DOI"),
    "content.bioassays": Text("species to consider for a bioassay", "建议考虑用于生物测定的物种"),
    "content.references": Text(
        "publications of these records, for Zotero, EndNote or LaTeX", "这些记录的文献，用于 Zotero、EndNote 或 LaTeX"
    ),
    # report
    "content.report_html": Text(
        "{language}; opens in any browser, without a network", "{language}；可用任何浏览器打开，无需联网"
    ),
    "content.report_markdown": Text("the same as text, {language}", "同上，纯文本，{language}"),
    "content.language.en": Text("English", "英文"),
    "content.language.zh": Text("Chinese", "中文"),
    "content.labels.en": Text("The labels in the pictures are in English.", "图中的文字为英文。"),
    "content.labels.zh": Text("The labels in the pictures are in Chinese.", "图中的文字为中文。"),
    # comparison
    "content.compare_json": Text("everything, for programs", "全部结果，供程序读取"),
    "content.compare_conclusions": Text("one row per strain: the conclusion", "每行一个菌株：结论"),
    "content.compare_targets": Text("one row per strain: the score of each order", "每行一个菌株：各目的得分"),
    "content.compare_toxins": Text(
        "one row per strain: the highest identity with each toxin, in percent",
        "每行一个菌株：与各毒素的最高一致性（%）",
    ),
    "content.picture_targets": Text("strains by orders", "菌株 × 目"),
    "content.picture_toxins": Text("strains by toxins", "菌株 × 毒素"),
    "content.picture_inventory": Text("toxins of the strains", "各菌株的毒素"),
    "content.picture_species": Text("strains by species", "菌株 × 物种"),
    # what describes the bundle
    "content.manifest": Text(
        "input, parameters, versions, and each file with its size and SHA-256, for programs",
        "输入、参数、版本，以及每个文件的大小和 SHA-256，供程序读取",
    ),
    "content.crate": Text("the same for data repositories (RO-Crate)", "同上，供数据存储库使用（RO-Crate）"),
    "content.checksums": Text(
        "checksums: `sha256sum -c {name}` in this folder shows whether every file is whole",
        "校验和：在此文件夹中运行 `sha256sum -c {name}`，可检查每个文件是否完整",
    ),
    "content.readme": Text("this text", "本说明"),
    "content.readme_other": Text("this text in {language}", "本说明的{language}版"),
    "content.bundle": Text(
        "all results of one genome; unpacks into a folder of its own", "一个基因组的全部结果；解压后为一个独立的文件夹"
    ),
    # README
    "readme.strain": Text("Toxins and likely targets of {strain}", "{strain} 的毒素与可能的靶标"),
    "readme.named": Text(
        "The name is what its owner calls the strain; tables, pictures and file names have that of its file: {strain}",
        "标题中的名称为所有者给菌株起的名称；表格、图片和文件名中仍为按基因组文件所定的名称：{strain}",
    ),
    "readme.names": Text("Names of strains", "菌株名称"),
    "readme.named_file": Text("{name} (file {file})", "{name}（文件 {file}）"),
    "readme.comparison": Text(
        "Comparison of the toxins and likely targets of several strains", "多个菌株的毒素与可能靶标的比较"
    ),
    "readme.submission": Text("Results of {count} genomes", "{count} 个基因组的结果", one="Results of one genome"),
    "readme.other": Text("This text in English: {name}", "本说明的中文版：{name}"),
    "readme.begin": Text("Begin with the report: {name}", "请先阅读报告：{name}"),
    "readme.genome": Text("Genome: {name}, {size:,} bytes", "基因组：{name}，{size:,} 字节"),
    "readme.task": Text("Task: {task}", "任务：{task}"),
    "readme.submitted": Text("Submitted: {time} UTC", "提交时间：{time}（UTC）"),
    "readme.made_by_portal": Text("Portal: {name}", "平台：{name}"),
    "readme.made_by_engine": Text("Toxin search: {name}", "毒素搜索程序：{name}"),
    "readme.made_by_reference": Text("Toxin reference: {name}", "毒素参考库：{name}"),
    "readme.made_by_specificity": Text("Data for the scores: {name}", "评分数据：{name}"),
    "readme.scores": Text(
        "Scores run from 0 to 1. They are ranks, not probabilities. An empty score means that nothing is known; it is "
        "not zero.",
        "得分介于 0 和 1 之间，用于排序，不是概率。得分为空表示没有已知记录，不等于零。",
    ),
    "readme.tables": Text(
        "Files ending in .tsv are tables with tabs between the columns. Import them into a spreadsheet with all "
        "columns as text, so that names such as 007 or 1e5 stay as they are; a ' before =, +, - or @ keeps the "
        "spreadsheet from computing the cell and does not belong to the name.",
        "以 .tsv 结尾的文件是以制表符分隔的表格。导入电子表格时请将各列设为文本，以免 007、1e5 之类的名称被改动；"
        "=、+、- 或 @ 前的 ' 用于防止电子表格将其当作公式计算，不属于名称。",
    ),
    "readme.many": Text(
        "Each ZIP holds the results of one genome and unpacks into a folder of its own; {name} in it says what each "
        "file is. Genomes without a result are not included.",
        "每个 ZIP 含一个基因组的结果，解压后为一个独立的文件夹，其中的 {name} 说明每个文件的内容。"
        "没有结果的基因组不在其中。",
    ),
    "readme.folder": Text("{name}: {about}", "{name}：{about}"),
    "readme.this_folder": Text("This folder", "本文件夹"),
}
