"""What became of a gene, for biologists: verdicts, what happened where, and what that means."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # verdicts
    "locus.verdict.intact": Text("intact", "完整"),
    "locus.verdict.frameshift": Text("frameshift", "移码"),
    "locus.verdict.premature_stop": Text("premature stop", "提前终止"),
    "locus.verdict.insertion": Text("disrupted by an insertion", "被插入序列打断"),
    "locus.verdict.split": Text("whole, in several pieces", "完整，分布在多个片段上"),
    "locus.verdict.edge": Text("cut by the end of a contig or a gap", "被重叠群末端或缺口截断"),
    "locus.verdict.remnant": Text("remnant of a gene", "基因残余"),
    "genes.broken": Text("broken", "受损"),
    "genes.cut": Text("cut", "截断"),
    "genes.altered": Text("altered", "核心后有变"),
    "genes.some_broken": Text("{some} of {all} broken", "{all} 个中 {some} 个受损"),
    "genes.some_cut": Text("{some} of {all} cut", "{all} 个中 {some} 个截断"),
    "genes.some_altered": Text("{some} of {all} altered", "{all} 个中 {some} 个核心后有变"),
    "genes.number_broken": Text("{number} broken", "{number} 个受损"),
    "genes.number_cut": Text("{number} cut", "{number} 个截断"),
    "genes.number_altered": Text("{number} altered", "{number} 个核心后有变"),
    "locus.state.no_stop": Text("intact, without its stop codon", "完整，缺少终止密码子"),
    "locus.state.unknown_inside": Text("not fully known: unknown letters inside", "未完全测出：内部有未知字母"),
    "locus.state.no_start": Text("intact, its start to be checked", "完整，起始位置有待核对"),
    "locus.state.in_part": Text("only a part in the file", "文件中只有一部分"),
    "locus.state.premature_stop_behind_core": Text("stop behind the toxin core", "毒素核心之后有终止密码子"),
    "locus.state.frameshift_behind_core": Text("frameshift behind the toxin core", "毒素核心之后移码"),
    "locus.state.insertion_behind_core": Text("insertion behind the toxin core", "毒素核心之后有插入"),
    "locus.state.remnant_behind_core": Text("part lost behind the toxin core", "毒素核心之后有缺失"),
    "locus.verdict_none": Text("not judged", "未判断"),
    # what it is
    "locus.no_gene": Text("no toxin gene found", "未发现毒素基因"),
    "locus.like": Text(
        "{name}: {identity:.1f} % identical to {reference} over {covered:.0f} % of its {length:,} amino acids",
        "{name}：与 {reference} 的一致性为 {identity:.1f} %，覆盖其 {length:,} 个氨基酸的 {covered:.0f} %",
    ),
    "locus.like_seen": Text(
        "{name}: what was seen of it is {identity:.1f} % identical to {reference}, {covered:.0f} % of whose {length:,} "
        "amino acids it makes up",
        "{name}：测到的部分与 {reference} 的一致性为 {identity:.1f} %，占其 {length:,} 个氨基酸的 {covered:.0f} %",
    ),
    "locus.equal": Text("equally close to {names}", "与 {names} 同样接近"),
    "locus.unaligned": Text(
        "{name} family, recognised by its profile alone: no known toxin is close enough to tell whether it is whole",
        "{name} 家族，仅由家族谱识别：没有足够接近的已知毒素，无法判断基因是否完整",
    ),
    # what happened; positions on the contig, residues of the reference
    "locus.event.frameshift": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) the reading frame shifts ({bases:+d} bp)",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）阅读框移位（{bases:+d} bp）",
    ),
    "locus.event.stop": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) a stop codon ends the protein early",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）出现终止密码子，蛋白质提前终止",
    ),
    "locus.event.stop_in_protein": Text(
        "at amino acid {residue:,} of {length:,} a stop ends the protein early",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个）蛋白质提前终止",
    ),
    "locus.event.no_stop": Text(
        "after amino acid {length:,} of {length:,} ({contig}:{position}), where the known toxin ends, the stop codon "
        "is missing: the reading frame goes on for {count:,} codons",
        "在第 {length:,} 个氨基酸之后（共 {length:,} 个，{contig}:{position}），即已知毒素结束处，缺少终止密码子："
        "阅读框继续 {count:,} 个密码子",
        one="after amino acid {length:,} of {length:,} ({contig}:{position}), where the known toxin ends, the stop "
        "codon is missing: the reading frame goes on for {count} codon",
    ),
    "locus.event.insertion": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) {bases:,} bases are inserted",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）插入了 {bases:,} 个碱基",
    ),
    "locus.event.repeated": Text(
        "{bases:,} of these bases are a second copy of the bases beside them: a duplication inside the gene",
        "其中 {bases:,} 个碱基是相邻序列的第二份拷贝：基因内部发生了重复",
    ),
    "locus.event.duplication": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) {bases:,} bases are duplicated, "
        "the reading frame continues",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）有 {bases:,} 个碱基重复，阅读框不变",
    ),
    "locus.event.deletion": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) {bases:,} bases are missing; "
        "the frame continues",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）缺失 {bases:,} 个碱基，阅读框不变",
    ),
    "locus.event.gap": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) an assembly gap ({bases:,} N) lies in the gene",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）基因内有组装缺口（{bases:,} 个 N）",
    ),
    "locus.event.unknown": Text(
        "at amino acid {residue:,} of {length:,} ({contig}:{position}) {count:,} letters are unknown (N)",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个，{contig}:{position}）有 {count:,} 个未知字母（N）",
        one="at amino acid {residue:,} of {length:,} ({contig}:{position}) {count} letter is unknown (N)",
    ),
    "locus.event.unknown_in_protein": Text(
        "at amino acid {residue:,} of {length:,} {count:,} amino acids are unknown (X)",
        "在第 {residue:,} 个氨基酸处（共 {length:,} 个）有 {count:,} 个未知氨基酸（X）",
        one="at amino acid {residue:,} of {length:,} {count} amino acid is unknown (X)",
    ),
    "locus.event.no_start": Text(
        "where the known toxin begins ({contig}:{position}) there is no start codon ATG",
        "在已知毒素的起始处（{contig}:{position}）没有起始密码子 ATG",
    ),
    "locus.event.contig_joint": Text(
        "after amino acid {before:,} of {length:,} contig {contig} ends; the gene continues at the end of {to_contig}",
        "在第 {before:,} 个氨基酸之后（共 {length:,} 个）重叠群 {contig} 结束，基因在 {to_contig} 的末端继续",
    ),
    "locus.event.shared": Text("both ends share {bases:,} bases", "两端共有 {bases:,} 个碱基"),
    "locus.event.both_ends": Text(
        "after amino acid {before:,} of {length:,} contig {contig} ends, and the gene continues at its other end: "
        "the contig is probably circular",
        "在第 {before:,} 个氨基酸之后（共 {length:,} 个）重叠群 {contig} 结束，基因在其另一端继续："
        "该重叠群很可能是环状的",
    ),
    "locus.event.origin": Text(
        "the gene runs over the origin of the circular contig {contig}, after amino acid {before:,} of {length:,}",
        "基因跨越环状重叠群 {contig} 的起点（在第 {before:,} 个氨基酸之后，共 {length:,} 个）",
    ),
    "locus.event.begins_outside": Text(
        "the end of contig {contig} took the first {missing:,} of {length:,} amino acids",
        "重叠群 {contig} 的末端截去了前 {missing:,} 个氨基酸（共 {length:,} 个）",
    ),
    "locus.event.ends_outside": Text(
        "the end of contig {contig} took the last {missing:,} of {length:,} amino acids",
        "重叠群 {contig} 的末端截去了后 {missing:,} 个氨基酸（共 {length:,} 个）",
    ),
    "locus.event.begins_in_gap": Text(
        "a gap in contig {contig} took the first {missing:,} of {length:,} amino acids",
        "重叠群 {contig} 中的缺口截去了前 {missing:,} 个氨基酸（共 {length:,} 个）",
    ),
    "locus.event.ends_in_gap": Text(
        "a gap in contig {contig} took the last {missing:,} of {length:,} amino acids",
        "重叠群 {contig} 中的缺口截去了后 {missing:,} 个氨基酸（共 {length:,} 个）",
    ),
    "locus.event.record_begins": Text(
        "the sequence in the file begins after the first {missing:,} of {length:,} amino acids",
        "文件中的序列缺少前 {missing:,} 个氨基酸（共 {length:,} 个）",
    ),
    "locus.event.record_ends": Text(
        "the sequence in the file ends before the last {missing:,} of {length:,} amino acids",
        "文件中的序列缺少后 {missing:,} 个氨基酸（共 {length:,} 个）",
    ),
    # what that means
    "locus.means.intact": Text("the whole gene is there and can be read from end to end", "基因完整，可以从头读到尾"),
    "locus.means.intact_protein": Text("the whole protein is there", "蛋白质完整"),
    "locus.means.part_unknown": Text(
        "{count:,} letters inside the gene are unknown: only a part of it was seen, and whether it can be read through "
        "them is not known",
        "基因内有 {count:,} 个未知字母：只看到其一部分，能否通读尚不清楚",
        one="{count} letter inside the gene is unknown: only a part of it was seen, and whether it can be read through "
        "it is not known",
    ),
    "locus.means.unknown_in_protein": Text(
        "the protein is there, but for {count:,} unknown amino acids inside",
        "蛋白质从头到尾都在，只是内部有 {count:,} 个未知氨基酸",
        one="the protein is there, but for {count} unknown amino acid inside",
    ),
    "locus.means.few_unknown": Text(
        "the gene is there from end to end, but for {count:,} unknown letters inside",
        "基因从头到尾都在，只是内部有 {count:,} 个未知字母",
        one="the gene is there from end to end, but for {count} unknown letter inside",
    ),
    "locus.means.no_start": Text(
        "the rest of the gene is there; the protein may begin elsewhere than that of the known toxin",
        "基因其余部分都在；蛋白质的起始位置可能与已知毒素不同",
    ),
    "locus.means.no_stop": Text(
        "the toxin itself is whole; what the extra amino acids at its end do is not known",
        "毒素本身完整；其末端多出的氨基酸有何影响尚不清楚",
    ),
    "locus.means.behind_core": Text(
        "the toxin core before it is whole; only the part behind the core is affected, which is cut off in the gut",
        "其前的毒素核心完整；受影响的只是核心之后、在昆虫中肠内会被切除的部分",
    ),
    "locus.means.in_part": Text(
        "the file has only a part of it: whether the strain has the rest, the file cannot tell",
        "文件中只有其一部分：菌株是否具有其余部分，无法由该文件判断",
    ),
    "locus.means.stop_in_protein": Text(
        "one protein with a stop (*) inside: {as_read:,} of {mended:,} amino acids stand before it; it has probably "
        "lost its function, unless the stop is an error",
        "序列内部有终止符（*）的蛋白质：其前只有 {mended:,} 个氨基酸中的 {as_read:,} 个，很可能已失去功能，"
        "除非该终止符是错误",
    ),
    "locus.means.frameshift": Text(
        "one gene, with a sequencing error (common in long reads) or a pseudogene: as sequenced, the protein has "
        "{as_read:,} amino acids, and {mended:,} once corrected; check the reads at that position",
        "一个基因：可能是测序错误（长读长数据中常见），也可能是假基因。按现有序列，蛋白质有 {as_read:,} 个氨基酸，"
        "修正后有 {mended:,} 个。请核对该处的测序读段",
    ),
    "locus.means.premature_stop": Text(
        "one gene that ends early: the protein has {as_read:,} of {mended:,} amino acids; it has probably lost its "
        "function, unless the stop is a sequencing error",
        "一个提前终止的基因：蛋白质只有 {mended:,} 个氨基酸中的 {as_read:,} 个，很可能已失去功能，"
        "除非该终止密码子是测序错误",
    ),
    "locus.means.insertion": Text(
        "one gene, taken apart as by a transposable element; it has probably lost its function",
        "一个被打断的基因（类似转座元件插入），很可能已失去功能",
    ),
    "locus.means.duplication": Text(
        "one gene with an internal duplication; it has probably lost its function",
        "一个内部有重复片段的基因，很可能已失去功能",
    ),
    "locus.means.split": Text(
        "one whole gene that the assembly has in pieces; it counts as intact",
        "一个完整的基因，只是在组装结果中分成了几段；按完整基因计算",
    ),
    "locus.means.split_unseen": Text(
        "one gene that the assembly has in pieces, without the residues between them; it counts as intact",
        "一个基因在组装结果中分成了几段，各段之间的残基缺失；按完整基因计算",
    ),
    "locus.means.edge": Text(
        "the rest was not found on any other contig: it may be missing in the assembly alone",
        "其余部分在其他重叠群上没有找到：可能只是组装结果中缺失",
    ),
    "locus.means.remnant": Text(
        "{missing:,} of {length:,} amino acids are missing, and no end of a sequence explains it: "
        "the gene has lost a part",
        "缺失 {length:,} 个氨基酸中的 {missing:,} 个，且并非因序列在此中断：该基因已丢失一部分",
    ),
}
