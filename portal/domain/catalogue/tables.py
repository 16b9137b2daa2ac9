"""What is wrong with a table: hits of Digger, the specificity table and its bibliography, strains to validate with."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # any table
    "table.empty": Text("the file is empty; the first line must be the header", "文件为空；第一行必须是表头"),
    "table.encoding": Text("the file is not UTF-8 text", "文件不是 UTF-8 文本"),
    "table.not_csv": Text("the file is not valid CSV ({reason})", "文件不是有效的 CSV（{reason}）"),
    "table.unreadable": Text("{name} cannot be read: {reason}", "无法读取 {name}：{reason}"),
    "table.form": Text("{name} does not have the expected form: {reason}", "{name} 的格式不符：{reason}"),
    "table.cells": Text("{found} columns, but the header has {expected}", "有 {found} 列，而表头有 {expected} 列"),
    "table.other_cells": Text("the row has a different number of columns than the header", "该行的列数与表头不同"),
    "table.column_twice": Text("the column '{column}' appears twice", "列“{column}”出现两次"),
    "table.lacks": Text("the header lacks {columns}", "表头缺少 {columns}"),
    "table.twice": Text("{column} {value} appears twice", "{column} {value} 出现两次"),
    "table.no_rows": Text("the file has no rows", "文件中没有数据行"),
    "table.not_recorded": Text("{path} has none of {names:or}", "{path} 中没有 {names:or}"),
    # a bundle against its own lists
    "bundle.no_zip": Text("The file cannot be read as a ZIP: {reason}.", "该文件无法作为 ZIP 读取：{reason}。"),
    "bundle.twice": Text("{name} is in the ZIP more than once.", "ZIP 中有多个 {name}。"),
    "bundle.unsafe_name": Text("{name} is not a safe name.", "{name} 不是安全的文件名。"),
    "bundle.missing": Text("{name} is missing.", "缺少 {name}。"),
    "bundle.lists": Text("{names:or} is not valid: {reason}", "{names:or} 无效：{reason}"),
    "bundle.line": Text("line {line} of {name} is not valid", "{name} 的第 {line} 行无效"),
    "bundle.not_in": Text("{name} is not listed in {where}.", "{where} 中没有列出 {name}。"),
    "bundle.only_in": Text(
        "{name} is listed in {where}, but not in the ZIP.", "{where} 列出了 {name}，但 ZIP 中没有。"
    ),
    "bundle.size": Text(
        "{name} has {size:,} bytes; the manifest says {expected:,}.",
        "{name} 有 {size:,} 字节，而清单为 {expected:,} 字节。",
    ),
    "bundle.damaged": Text("{name} is damaged: {reason}.", "{name} 已损坏：{reason}。"),
    "bundle.differs": Text("{name} differs from what {where} says.", "{name} 与 {where} 的记载不符。"),
    # one cell
    "cell.in_column": Text("column {column}: {reason}", "列 {column}：{reason}"),
    "cell.empty": Text("{column} is empty", "{column} 为空"),
    "cell.unknown": Text("{column} '{value}' is not known", "{column}“{value}”未知"),
    "cell.expected": Text("{column} '{value}': expected {choices:or}", "{column}“{value}”：应为 {choices:or}"),
    "cell.number": Text(
        "'{value}' is not a number from {lowest:g} to {highest:g}", "“{value}”不是 {lowest:g} 到 {highest:g} 之间的数"
    ),
    "cell.length": Text("'{value}' is not a length", "“{value}”不是长度"),
    "cell.zero_length": Text("a reference cannot have the length 0", "参考序列的长度不能为 0"),
    "cell.interval": Text("'{value}' is not of the form start-end", "“{value}”不符合“起点-终点”的形式"),
    "cell.yes_no": Text("'{value}' is neither YES nor NO", "“{value}”既不是 YES 也不是 NO"),
    "cell.source_id": Text("source_id '{value}': expected R and four digits", "source_id“{value}”：应为 R 加四位数字"),
    "cell.year": Text("'{value}' is not a year", "“{value}”不是年份"),
    "cell.doi": Text("'{value}' is not a DOI without its prefix", "“{value}”不是不带前缀的 DOI"),
    "cell.pmid": Text("'{value}' is not a PubMed number", "“{value}”不是 PubMed 编号"),
    "cell.no_patent": Text("a patent without its number", "专利缺少专利号"),
    "cell.no_source": Text("no source: reference, doi and url are empty", "没有来源：reference、doi 和 url 均为空"),
    "cell.dose": Text(
        "dose '{value}': expected a number, a range such as 1.1-4.1, or a number after <, > or ~",
        "dose“{value}”：应为数字、1.1-4.1 形式的范围，或前有 <、> 或 ~ 的数字",
    ),
    "cell.dose_range": Text(
        "dose '{value}': expected a range of positive numbers, the lower one first",
        "dose“{value}”：应为正数范围，较小者在前",
    ),
    # the specificity table as a whole
    "specificity.first_of_more": Text(
        "{reason} ({count} more; `btportal specificity check` lists them)",
        "{reason}（另有 {count} 处；`btportal specificity check` 会逐一列出）",
    ),
    "specificity.in_bibliography": Text("the bibliography: {reason}", "文献目录：{reason}"),
    "specificity.no_record": Text("the specificity table has no record", "特异性表中没有记录"),
    "specificity.facts_cut": Text(
        "the table ends here with {found} facts of {expected}: it was truncated "
        "(`btportal specificity build` makes a new description)",
        "表在此结束，应有 {expected} 条记录，实有 {found} 条：文件不完整"
        "（`btportal specificity build` 可生成新的说明）",
    ),
    "specificity.sources_cut": Text(
        "the bibliography ends with {found} sources of {expected}: it was truncated "
        "(`btportal specificity build` makes a new description)",
        "文献目录应有 {expected} 个来源，实有 {found} 个：文件不完整（`btportal specificity build` 可生成新的说明）",
    ),
    "specificity.description": Text(
        "{name} does not describe the specificity table: {reason}", "{name} 不是特异性表的说明：{reason}"
    ),
    "specificity.strength": Text(
        "strength {found}, but a record like this is {best} at most", "strength 为 {found}，但此类记录至多为 {best}"
    ),
    "specificity.id_in_line": Text("fact_id {fact_id} is already in line {line}", "fact_id {fact_id} 已在第 {line} 行"),
    "specificity.id_twice": Text("fact_id {fact_id} stands for two facts", "fact_id {fact_id} 对应两条记录"),
    "specificity.same_claim": Text(
        "{toxin} on {target} says the same as line {line}", "{toxin} 对 {target} 的记录与第 {line} 行相同"
    ),
    "specificity.half_pair": Text(
        "{toxin} names the partner {partner}, but no row says the same of {partner}",
        "{toxin} 注明需与 {partner} 配对，但没有 {partner} 的相应记录",
    ),
    "specificity.no_source": Text(
        "source {source} is not in the bibliography, which may be truncated",
        "文献目录中没有来源 {source}，目录可能不完整",
    ),
    "specificity.other_doi": Text("DOI {doi}, but {source} has {other}", "DOI 为 {doi}，而 {source} 的 DOI 为 {other}"),
    "calibration.form": Text("{name} is not a calibration: {reason}", "{name} 不是校准文件：{reason}"),
    "validation.control_high": Text(
        "control reaches {score:.2f} for {order}, the limit is {limit:.2f}",
        "对照菌株对 {order} 的得分达 {score:.2f}，上限为 {limit:.2f}",
    ),
    "validation.below": Text(
        "{order} has {score:.2f}, below {other} with {higher:.2f}",
        "{order} 得分为 {score:.2f}，低于 {other} 的 {higher:.2f}",
    ),
    "validation.no_score": Text("{order} has no score", "{order} 没有得分"),
    "validation.own_negative": Text(
        "its own negative records on {order}: {count}", "该菌株毒素自身对 {order} 的阴性记录：{count} 条"
    ),
    "validation.own_positive": Text(
        "its own positive records on {order}: {count}", "该菌株毒素自身对 {order} 的阳性记录：{count} 条"
    ),
    "validation.no_negative": Text(
        "no negative record of its own on {order}", "该菌株毒素自身没有对 {order} 的阴性记录"
    ),
    "validation.only_relatives": Text(
        "no positive record of its own on {order}, only of relatives",
        "该菌株毒素自身没有对 {order} 的阳性记录，仅其近缘毒素有",
    ),
    "validation.nothing_known": Text(
        "no positive record on {order} within reach", "该菌株毒素及其近缘毒素均没有对 {order} 的阳性记录"
    ),
    "validation.for_want_of_facts": Text("for want of facts", "缺少事实记录"),
    "validation.by_the_formula": Text("by the formula", "评分公式所致"),
    "validation.failed": Text(
        "Strains that failed, for want of facts {facts}, by the formula {formula}:",
        "未通过的菌株：缺少事实记录 {facts} 株，评分公式所致 {formula} 株：",
    ),
    "validation.failed_strain": Text("{strain}: {what} ({cause}: {why})", "菌株 {strain}：{what}（{cause}：{why}）"),
    "validation.failed_strain_only": Text("{strain}: {what}", "菌株 {strain}：{what}"),
    "validation.failed_columns": Text("strain | what is wrong | cause | because", "菌株 | 问题 | 原因 | 依据"),
    "validation.none_failed": Text(
        "All {count} strains as published: primary orders on top or tied, controls below the limit.",
        "全部 {count} 株与已发表结果一致：主要靶标目得分最高或并列最高，对照低于上限。",
    ),
    "validation.no_marks": Text("{name} lacks the lines {begin} and {end}", "{name} 中缺少 {begin} 和 {end} 两行"),
}
