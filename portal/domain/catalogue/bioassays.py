"""The shortlist of species to test a strain on, in words, and what was read of a record's source."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "bioassay.title": Text("Which bioassay to order", "建议的生物测定"),
    "bioassay.meaning": Text(
        "Species on which this strain's toxins or their relatives were tested: pests first, by the conclusion on their "
        "order, then by their own score (to two decimals), then by the sum of what each toxin adds to it (0 to 1; more "
        "and better tests add more). It is no ranking of potency, and draws no further conclusion.",
        "列出本菌株的毒素或其近缘毒素测试过的物种：害虫在前，依次按对所属目的结论、物种自身的得分（取两位小数）和总和排序。"
        "总和是各毒素对得分的贡献（各为 0 到 1，测试越多、越可靠则越大）之和。排序不代表毒力高低，此表也不另作结论。",
    ),
    "bioassay.records": Text("{count} records", "{count} 条记录", one="{count} record"),
    "bioassay.folded": Text("{count} more species", "其余 {count} 个物种"),
    "bioassay.more": Text(
        "{count} more species are in bioassays.tsv.",
        "另有 {count} 个物种，见 bioassays.tsv。",
        one="{count} more species is in bioassays.tsv.",
    ),
    "bioassay.as_published": Text("(as published: {name})", "（原文写作：{name}）"),
    # columns
    "bioassay.column.species": Text("Species", "物种"),
    "bioassay.column.order": Text("Order, score, sum", "目，得分，总和"),
    "bioassay.column.toxin": Text("Toxins", "毒素"),
    "bioassay.column.dose": Text("Published dose", "已发表剂量"),
    "bioassay.column.tests": Text("Published tests", "已发表测试"),
    "bioassay.column.why": Text("Why test it", "测定理由"),
    # cells
    "bioassay.sum": Text("sum {sum:.2f}", "总和 {sum:.2f}"),
    "bioassay.order": Text("order {score}", "目 {score}"),
    "bioassay.acting": Text(
        "{count} of its toxins act: {toxins:and}",
        "{count} 种自身毒素有效：{toxins}",
        one="1 of its toxins acts: {toxins:and}",
    ),
    "bioassay.acting_first": Text("{name} ({count} tests)", "{name}（{count} 项测试）", one="{name} ({count} test)"),
    "bioassay.acting_next": Text("{name} ({tests})", "{name}（{tests} 项）"),
    "bioassay.acting_more": Text("{number} more", "另外 {number} 种"),
    "bioassay.toxin": Text("{name} ({identity:.1f} %)", "{name}（一致性 {identity:.1f} %）"),
    "bioassay.dose": Text("{dose} ({toxin}; {citation})", "{dose}（{toxin}；来源：{citation}）"),
    "bioassay.dose_lowest": Text(
        "{dose}, the lowest of {compared} ({toxin}; {citation})",
        "{dose}，{compared} 个剂量中最低（{toxin}；来源：{citation}）",
    ),
    "bioassay.dose_maybe_lowest": Text(
        "{dose}, possibly the lowest of {compared} ({toxin}; {citation})",
        "{dose}，可能为 {compared} 个剂量中最低（{toxin}；来源：{citation}）",
    ),
    "bioassay.dose_of_other": Text(
        "{dose} ({toxin}, {whose}; {citation})", "{dose}（{toxin}，{whose}；来源：{citation}）"
    ),
    "bioassay.whose.part": Text("only a part of it was seen here", "在此只看到其一部分"),
    "bioassay.whose.broken": Text("its gene is broken here", "其基因在此已受损"),
    "bioassay.whose.relative": Text("a relative", "近缘毒素"),
    "bioassay.no_dose": Text("none in this table", "本表无记录"),
    "bioassay.own": Text("own toxins: {effect}, {none} without", "自身毒素：{effect}，无效 {none} 项"),
    "bioassay.effect": Text("{effect} with effect", "有效 {effect} 项"),
    "bioassay.effect_weak": Text("{effect} with effect ({weak} weak)", "有效 {effect} 项（其中弱效 {weak} 项）"),
    "bioassay.own_group": Text(
        "{count} of these name only a group of species or a genus, not this species",
        "其中 {count} 项只写明物种类群或属名，未写明该物种",
        one="{count} of these names only a group of species or a genus, not this species",
    ),
    "bioassay.broken": Text(
        "toxins whose genes are broken here: {effect}, {none} without",
        "基因在该菌株中已受损的毒素：{effect}，无效 {none} 项",
    ),
    "bioassay.part": Text(
        "toxins of which only a part was seen here: {effect}, {none} without",
        "在该菌株中只看到一部分的毒素：{effect}，无效 {none} 项",
    ),
    "bioassay.relatives": Text("relatives: {effect}, {none} without", "近缘毒素：{effect}，无效 {none} 项"),
    "bioassay.read": Text("publication read: {read} of {count}", "{count} 项中已读原文 {read} 项"),
    "bioassay.read_and_rows": Text(
        "publication read: {read} of {count}; table row read: {rows}",
        "{count} 项中已读原文 {read} 项，已读表格条目 {rows} 项",
    ),
    # what was read of a record's source: its publication's text or abstract, its row in another table, its title
    "reading.text": Text("publication read", "已读原文"),
    "reading.row": Text("table row read", "已读表格条目"),
    "reading.title": Text("title read", "已读标题"),
    "reading.no": Text("source not checked", "来源未核实"),
    "bioassay.not_pest": Text("not a pest: test for safety", "非害虫：仅作安全性测试"),
    "bioassay.not_pest_but": Text("not a pest ({what}): test for safety", "非害虫（{what}）：仅作安全性测试"),
    "bioassay.kind.silk": Text("raised for its silk", "产丝昆虫"),
    "bioassay.kind.pollinator": Text("pollinator", "传粉昆虫"),
    "bioassay.kind.predator": Text("predator of pests", "捕食性天敌"),
    "bioassay.kind.parasitoid": Text("parasitoid of pests", "寄生性天敌"),
    "bioassay.kind.butterfly": Text("butterfly of conservation concern", "需保护的蝶类"),
    "bioassay.kind.free_living": Text("free-living nematode", "自由生活线虫"),
    "bioassay.kind.insect_pathogenic": Text("nematode that kills insects", "昆虫病原线虫"),
    # why
    "bioassay.reason.confirm": Text("confirms the strain and gives its dose", "可确认该菌株并得到剂量"),
    "bioassay.reason.weak": Text(
        "only a weak effect is published: the test shows whether the strain does more",
        "已发表的仅为弱效：测定可显示该菌株是否有更强的作用",
    ),
    "bioassay.reason.group": Text(
        "its toxins act on a group of species or a genus, or only weakly on this species: the test shows whether this "
        "species is among them",
        "自身毒素有效的测试只写明物种类群或属名，或对该物种仅为弱效：测定可显示对该物种是否有效",
    ),
    "bioassay.reason.part": Text(
        "only a part of the toxin that acts was seen: published tests speak for the strain only if the gene is whole. "
        "Long reads or a PCR across the gap can tell before the test",
        "起作用的毒素只看到一部分：只有基因完整时，已发表的测试才适用于该菌株。"
        "测定前可用长读长测序或跨缺口 PCR 加以确认",
    ),
    "bioassay.reason.contradiction": Text(
        "published tests disagree: this one decides", "已发表测试结果不一致：测定可作出判断"
    ),
    "bioassay.reason.relatives": Text(
        "only relatives of its toxins were tested: it would be new", "仅测试过近缘毒素：测定将提供新结果"
    ),
    "bioassay.reason.broken": Text(
        "the genes of the toxins that act are broken here: the test shows whether anything is left",
        "起作用的毒素其基因在该菌株中已受损：测定可显示是否尚存活性",
    ),
    "bioassay.reason.partner": Text(
        "the toxin's partner was not found: the test shows whether it acts alone",
        "未发现该毒素的配对毒素：测定可显示其能否单独起效",
    ),
    "bioassay.reason.uncertain": Text(
        "too few or uncertain tests: this one decides", "测试过少或不确定：测定可作出判断"
    ),
    "bioassay.reason.inactive": Text(
        "its own toxins were found inactive: a negative control", "已测得自身毒素无效：可作阴性对照"
    ),
}
