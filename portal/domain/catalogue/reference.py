"""Toxin references, and files of sequences that commands read."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

_INSTEAD_EN = (
    "Without network access, copy that archive to this machine and run `btportal reference fetch --archive FILE`, "
    "or add your own proteins with `btportal reference add FILE --name NAME`."
)
_INSTEAD_ZH = (
    "没有网络时，请将该归档复制到本机并运行 `btportal reference fetch --archive FILE`，"
    "或用 `btportal reference add FILE --name NAME` 添加自己的蛋白质。"
)

TEXTS = {
    "file.unreadable": Text("{name} cannot be read: {reason}", "无法读取 {name}：{reason}"),
    "file.gzip_damaged": Text("the gzip file is damaged or truncated", "gzip 文件已损坏或不完整"),
    "file.too_large": Text("the file holds more than {limit:,} bytes of sequence", "文件中的序列超过 {limit:,} 字节"),
    "file.sequence_length": Text(
        "a sequence has {length:,} characters; the limit is {limit:,}", "有序列长达 {length:,} 个字符；上限为 {limit:,}"
    ),
    "parity.no_column": Text(
        "{path} is not an All_Toxins.txt: it has no column {column}", "{path} 不是 All_Toxins.txt：没有 {column} 列"
    ),
    "parity.cells": Text(
        "{path} has {found} cells instead of {expected}; it may be truncated",
        "{path} 有 {found} 个单元格，应为 {expected} 个；文件可能不完整",
    ),
    # the store
    "reference.none": Text(
        "There is no reference '{name}' (available: {names}).", "没有名为“{name}”的参考库（现有：{names}）。"
    ),
    "reference.empty_store": Text(
        "There is no reference '{name}', nor any other.", "没有名为“{name}”的参考库，也没有其他参考库。"
    ),
    "reference.broken": Text("reference '{name}' is broken: {problems:;}", "参考库“{name}”已损坏：{problems:;}"),
    "reference.taken": Text(
        "There is already a reference '{name}'; choose another name or replace it.",
        "已有名为“{name}”的参考库；请另选名称或替换它。",
    ),
    "reference.in_use": Text(
        "Reference '{name}' is in use; use another one first.", "参考库“{name}”正在使用；请先改用其他参考库。"
    ),
    "reference.facts": Text("{name} lacks a field or has a wrong one", "{name} 缺少字段或字段有误"),
    "reference.name": Text(
        "'{name}' cannot name a reference: use letters, digits, '.', '_' and '-' only",
        "“{name}”不能用作参考库名称：只能使用字母、数字、“.”、“_”和“-”",
    ),
    "reference.changed": Text(
        "{name} was changed after it had been added (its SHA-256 differs)", "{name} 在添加之后被改动（SHA-256 不同）"
    ),
    "reference.entries": Text(
        "{name} has {found} entries instead of {expected}", "{name} 有 {found} 条序列，应为 {expected} 条"
    ),
    "reference.file": Text("reference {name}: {reason}", "参考库 {name}：{reason}"),
    # its sources and the clean-up
    "reference.not_a_database": Text(
        "there is no {pattern} below {folder}: this is not the database of a BtToxin_Digger",
        "{folder} 下没有 {pattern}：这不是 BtToxin_Digger 的数据库",
    ),
    "reference.source_size": Text("{name} has more than {limit:,} bytes", "{name} 超过 {limit:,} 字节"),
    "reference.source_columns": Text(
        "the table needs the column 'name' and one of {columns:or}", "表中须有列“name”以及 {columns:or} 之一"
    ),
    "reference.nothing_left": Text("no entry is left after the clean-up", "整理后没有剩余序列"),
    "reference.not_amino": Text(
        "{name}: '{character}' is not an amino acid code", "{name}：“{character}”不是氨基酸代码"
    ),
    "reference.two_proteins": Text("two different proteins have the name {name}", "两个不同的蛋白质同名：{name}"),
    # what is fetched
    "fetch.too_long": Text(
        f"The download took more than {{seconds:.0f}} s. {_INSTEAD_EN}", f"下载超过 {{seconds:.0f}} 秒。{_INSTEAD_ZH}"
    ),
    "fetch.pip": Text(
        f"pip could not download {{name}}: {{reason}}. {_INSTEAD_EN}",
        f"pip 无法下载 {{name}}：{{reason}}。{_INSTEAD_ZH}",
    ),
    "fetch.digest": Text(
        "{name} is not {expected}: its SHA-256 is {found}, not {wanted}",
        "{name} 不是 {expected}：其 SHA-256 为 {found}，应为 {wanted}",
    ),
    "reference.panel_header": Text(
        "the screening panel has an unexpected header: {header}", "筛查序列集中有不符合格式的标题行：{header}"
    ),
    "fetch.member": Text("{name} is not the expected file", "{name} 不是预期的文件"),
    # the example genome
    "example.kind": Text("unknown kind '{kind}'; available: {kinds}", "未知的类型“{kind}”；可用：{kinds}"),
    "example.damage": Text("unknown damage '{damage}'; available: {known}", "未知的损伤类型“{damage}”；可用：{known}"),
    "example.damage_place": Text(
        "state the position: {damage}:PERCENT, with a number from 1 to 99",
        "请注明位置：{damage}:PERCENT，数字为 1 到 99",
    ),
    "example.lacks": Text("the reference lacks {names}, which the example needs", "参考库缺少示例所需的 {names}"),
}
