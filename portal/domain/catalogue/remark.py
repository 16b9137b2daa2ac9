"""What a user should know of a file and its results: notes of Digger, hits that are not scored, remarks of Shoter."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # of a sequence file
    "note.stops": Text(
        "{count} stop characters inside proteins",
        "蛋白质序列内部有 {count} 个终止符",
        one="1 stop character inside a protein",
    ),
    "kind.nucl": Text("genome (six reading frames)", "基因组（六个阅读框）"),
    "kind.orfs": Text("coding sequences (one gene per record)", "编码序列（每条记录一个基因）"),
    "kind.prot": Text("proteins", "蛋白质"),
    "note.searched_as_genome": Text(
        "the file looks like coding sequences, but none of them is a toxin: it was searched as a genome as well",
        "该文件看似编码序列，但其中没有毒素：已再按基因组搜索",
    ),
    "note.records_as_genome": Text(
        "{count} of {total} records do not look like the rest of the file: they were searched as a genome",
        "{total} 条记录中有 {count} 条与文件其余部分不同：已按基因组搜索",
        one="1 of {total} records does not look like the rest of the file: it was searched as a genome",
    ),
    "note.long_names": Text(
        "{count} names are longer than {limit} characters; results show their beginning and a mark",
        "{count} 个序列名超过 {limit} 个字符；结果中只显示其开头和一个标记",
        one="1 name is longer than {limit} characters; results show its beginning and a mark",
    ),
    "note.uracil": Text("U (RNA) is read as T", "U（RNA）按 T 读取"),
    "note.not_coding": Text(
        "{count} of {total} records are not complete coding sequences",
        "{total} 条记录中有 {count} 条不是完整的编码序列",
    ),
    "note.ambiguous": Text(
        "{count} bases other than A, C, G and T: codons that contain them are translated as X, and coordinates are "
        "those of the file (BtToxin_Digger deletes such bases, which shifts its coordinates)",
        "有 {count} 个 A、C、G、T 以外的碱基：含有它们的密码子译为 X，坐标与文件一致"
        "（BtToxin_Digger 会删除这些碱基，使其坐标发生偏移）",
        one="1 base other than A, C, G and T: the codon that contains it is translated as X, and coordinates are those "
        "of the file (BtToxin_Digger deletes such bases, which shifts its coordinates)",
    ),
    "note.mostly_unknown": Text(
        "{percent:.1f} % of the sequence is unknown (N, X or another ambiguous letter): that a toxin gene is not found "
        "here says little about the strain",
        "序列的 {percent:.1f} % 为未知字母（N、X 或其他简并字母）：在此未找到毒素基因，几乎不能说明菌株的情况",
    ),
    "note.frames_too_long": Text(
        "{count} reading frames of more than {limit:,} amino acids were not searched",
        "有 {count} 个阅读框超过 {limit:,} 个氨基酸，未予搜索",
        one="1 reading frame of more than {limit:,} amino acids was not searched",
    ),
    # of BtToxin_Digger
    "note.deleted": Text(
        "BtToxin_Digger deletes bases other than A, C, G and T, here {count}; genes across such positions are shown "
        "without them, and coordinates are those of the file",
        "BtToxin_Digger 会删除 A、C、G、T 以外的碱基，此处为 {count} 个；跨越这些位置的基因显示时不含它们，"
        "坐标与文件一致",
    ),
    "note.short_contigs": Text(
        "{count} contigs are too short for a gene of {limit} amino acids",
        "有 {count} 条重叠群过短，容不下 {limit} 个氨基酸的基因",
        one="1 contig is too short for a gene of {limit} amino acids",
    ),
    "note.svm_only": Text(
        "{count} rows of All_Toxins.txt were found by BtToxin_Digger's SVM alone, whose result varies from run to run; "
        "they do not count as evidence",
        "All_Toxins.txt 中有 {count} 行仅由 BtToxin_Digger 的 SVM 检出，其结果每次运行可能不同，不作为证据",
        one="1 row of All_Toxins.txt was found by BtToxin_Digger's SVM alone, whose result varies from run to run; "
        "it does not count as evidence",
    ),
    "note.no_database": Text(
        "the database of BtToxin_Digger was not found, so its version is unknown",
        "没有找到 BtToxin_Digger 的数据库，因此其版本未知",
    ),
    # why a hit is not scored
    "drop.svm_only": Text("found by SVM alone, which is not evidence", "仅由 SVM 检出，不作为证据"),
    "drop.no_method": Text("found by no method", "没有任何方法检出"),
    "drop.identity": Text("identity {percent:.1f} % is below {limit:g} %", "一致性 {percent:.1f} % 低于 {limit:g} %"),
    "drop.coverage": Text("coverage {percent:.1f} % is below {limit:g} %", "覆盖度 {percent:.1f} % 低于 {limit:g} %"),
    "drop.no_identity": Text(
        "no identity known (found by HMM alone); at least {limit:g} % is required",
        "一致性未知（仅由 HMM 检出）；要求至少 {limit:g} %",
    ),
    "drop.no_coverage": Text(
        "no coverage known (found by HMM alone); at least {limit:g} % is required",
        "覆盖度未知（仅由 HMM 检出）；要求至少 {limit:g} %",
    ),
    "drop.unknown_family": Text(
        "family {family} has no record, and unknown families are not allowed",
        "{family} 家族没有记录，而本次分析不计入未知家族",
    ),
    "drop.no_record_in_reach": Text(
        "no applicable record (same name, or subfamily or family at {percent:g} % identity or more), "
        "and one is required",
        "没有可用的记录（同名，或一致性不低于 {percent:g} % 的亚家族或家族），而本次分析要求有记录",
    ),
    # of a strain's scores
    "remark.not_scored": Text(
        "{count} of the hits are not scored; the table says why",
        "有 {count} 个命中未计分；原因见表格",
        one="1 of the hits is not scored; the table says why",
    ),
    "remark.partner_missing": Text(
        "{name} needs {partner}, which was not found", "{name} 需要 {partner} 配合，而未找到后者"
    ),
    "remark.broken": Text(
        "the genes of {names} are broken: published tests of the intact toxins are no tests of this strain; a bioassay "
        "would show whether anything is left of them",
        "{names} 的基因已受损：完整毒素的已发表测定不能算作该菌株的测定；是否尚存活性，须由生物测定检验",
    ),
    "remark.other_names": Text("names outside the nomenclature: {names}", "不在命名体系内的名称：{names}"),
    "remark.columns_absent": Text(
        "columns that the file does not have, taken as not available: {columns}",
        "文件中没有以下列，按缺失处理：{columns}",
    ),
}
