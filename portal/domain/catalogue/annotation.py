"""What is wrong with names, tags, notes and metadata of strains."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "annotation.too_long": Text("must have at most {longest} characters", "最多 {longest} 个字符"),
    "annotation.tag": Text('must not hold a comma, a semicolon or "', '不得含有逗号、分号、顿号或 "'),
    "annotation.too_many_tags": Text("has more than {limit} tags", "标签超过 {limit} 个"),
    "annotation.too_many_columns": Text(
        "leads to more than {limit} metadata columns, which is the limit for a strain and for a whole submission",
        "元数据列将超过 {limit} 列；单个菌株和整个提交均不得超过此数",
    ),
    "annotation.fixed_column": Text(
        "{column} is a fixed column; choose another name", "{column} 是固定列的名称，请另选列名"
    ),
    "annotation.same_column": Text("the column {column} appears twice", "列 {column} 出现两次"),
    "annotation.no_column": Text("a value has no column", "有一个值没有列名"),
    "annotation.changed": Text(
        "These annotations have been changed meanwhile, perhaps on another device. Load them again, then repeat your "
        "change.",
        "这些注释已被修改，可能是在另一台设备上。请重新加载后再修改。",
    ),
    "annotation.no_condition": Text(
        "Say which revision you have changed: send If-Match with the ETag that you were given, or `*` to replace "
        "whatever is there.",
        "请说明所修改的版本：在 If-Match 中发送所收到的 ETag；如要覆盖现有内容，请发送 `*`。",
    ),
    "annotation.unreadable": Text(
        "The name, tags and note of this strain cannot be read at the moment.", "暂时无法读取此菌株的名称、标签和备注。"
    ),
    "annotation.encoding": Text(
        "The file is not UTF-8. Save it as “CSV UTF-8”, or name its encoding, such as GBK.",
        "文件不是 UTF-8 编码。请另存为“CSV UTF-8”，或指明其编码，例如 GBK。",
    ),
    "annotation.workbook": Text(
        "This is a workbook (.xlsx, .xls, .ods) and not a CSV file. Open it in the spreadsheet, choose “Save as” with"
        " the type “CSV UTF-8”, and upload the new file.",
        "这是电子表格工作簿（.xlsx、.xls、.ods），不是 CSV 文件。"
        "请在电子表格软件中打开它，“另存为”“CSV UTF-8”格式，再上传新文件。",
    ),
    "annotation.other_encoding": Text("The file cannot be read as {encoding}.", "无法按 {encoding} 编码读取此文件。"),
    "annotation.unknown_encoding": Text("is not one of the encodings {names}", "不是以下编码之一：{names}"),
    "annotation.no_rows": Text("The file has no row below its header.", "文件的标题行之下没有任何数据行。"),
    "annotation.first_column": Text(
        "the first column must be label or task_id, followed by a comma, a semicolon or a tab",
        "第一列须为 label 或 task_id，其后为逗号、分号或制表符",
    ),
    "annotation.quotes": Text("the quotation marks do not match", "引号不配对"),
    "annotation.cells": Text(
        "has {count} cells, while the header has {columns}", "有 {count} 个单元格，而标题行有 {columns} 个"
    ),
    "annotation.too_many_rows": Text("has more than {limit} rows", "超过 {limit} 行"),
    "annotation.cell": Text("column {column}: {reason}", "列 {column}：{reason}"),
    "annotation.unknown_strain": Text(
        "no strain of this submission is called {value}", "此提交中没有名为 {value} 的菌株"
    ),
    "annotation.no_task": Text(
        "the genome of this strain has not been received, or has been deleted", "此菌株的基因组尚未收到或已被删除"
    ),
    "annotation.two_strains": Text("label and task_id name different strains", "label 与 task_id 指向不同的菌株"),
    "annotation.same_strain": Text("the same strain as in line {other}", "与第 {other} 行为同一菌株"),
    "annotation.other_revision": Text(
        "changed meanwhile: the present revision is {present}; download the table again",
        "已被修改：当前版本为 {present}，请重新下载表格",
    ),
}
