"""The shortlist of species to test a strain on, in words, and what was read of a record's source."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "bioassay.title": Text("Which bioassay to order", "建议的生物测定"),
    "bioassay.meaning": Text(
        "Species on which this strain's toxins or their relatives were tested: pests first, by the conclusion on their "
        "order, then by “own”, the sum of what each of the strain's own toxins adds by its own tests (0 to 1; more and "
        "better tests add more). Tests of relatives only decide between equals, by the species' score and the sum with "
        "them; then come more own tests, more own toxins that act, and the name. It is no ranking of potency, and "
        "draws no further conclusion.",
        "列出本菌株的毒素或其近缘毒素测试过的物种：害虫在前，先按对所属目的结论，再按“自身”排序，"
        "即各自身毒素仅凭其自身测试所作贡献（各为 0 到 1，测试越多、越可靠则越大）之和。"
        "近缘毒素的测试只用于区分相等者：先看物种的得分，再看含近缘毒素的总和；其后依次为自身毒素的测试数、有效的自身毒素数和名称。排序不代表毒力高低，此表也不另作结论。",
    ),
    "bioassay.meaning_before": Text(
        "Species on which this strain's toxins or their relatives were tested: pests first, by the conclusion on their "
        "order, then by their own score, in which tests of relatives count. A new run puts tests of the strain's own "
        "toxins first.",
        "列出本菌株的毒素或其近缘毒素测试过的物种：害虫在前，依次按对所属目的结论和物种自身的得分排序，得分中计入近缘毒素的测试。"
        "重新运行后以自身毒素的测试为先。",
    ),
    "bioassay.without_effect": Text("Tested without effect ({count})", "测试无效（{count}）"),
    "bioassay.without_effect_meaning": Text(
        "On these species no published test supports an effect of the strain: those of its own toxins found none, or "
        "are too few to tell. They are no species to test first, but may serve as negative controls.",
        "对这些物种，没有已发表的测试支持该菌株有效：其自身毒素的测试无效，或测试过少而无法判断。"
        "它们不宜优先测定，但可作阴性对照。",
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
    "bioassay.column.order": Text("Order, score, support", "目，得分，支持"),
    "bioassay.column.toxin": Text("Toxins", "毒素"),
    "bioassay.column.dose": Text("Published dose", "已发表剂量"),
    "bioassay.column.tests": Text("Published tests", "已发表测试"),
    "bioassay.column.why": Text("Why test it", "测定理由"),
    # cells
    "bioassay.sum": Text("own {own}, with relatives {sum}", "自身 {own}，含近缘毒素 {sum}"),
    "bioassay.sum_before": Text("sum {sum}", "总和 {sum}"),
    "bioassay.order": Text("order {score}", "目 {score}"),
    "bioassay.acting": Text(
        "{count} of its toxins act: {toxins:and}",
        "{count} 种自身毒素有效：{toxins}",
        one="1 of its toxins acts: {toxins:and}",
    ),
    "bioassay.acting_first": Text("{name} ({count} tests)", "{name}（{count} 项测试）", one="{name} ({count} test)"),
    "bioassay.acting_next": Text("{name} ({tests})", "{name}（{tests} 项）"),
    "bioassay.acting_more": Text("{number} more", "另外 {number} 种"),
    "bioassay.relatives_acting": Text("relatives that act: {toxins:and}", "有效的近缘毒素：{toxins}"),
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
    "bioassay.not_pest_model": Text("not a pest (model organism)", "非害虫（模式生物）"),
    "bioassay.kind.silk": Text("raised for its silk", "产丝昆虫"),
    "bioassay.kind.pollinator": Text("pollinator", "传粉昆虫"),
    "bioassay.kind.predator": Text("predator of pests", "捕食性天敌"),
    "bioassay.kind.parasitoid": Text("parasitoid of pests", "寄生性天敌"),
    "bioassay.kind.butterfly": Text("butterfly of conservation concern", "需保护的蝶类"),
    "bioassay.kind.free_living": Text("free-living nematode", "自由生活线虫"),
    "bioassay.kind.insect_pathogenic": Text("nematode that kills insects", "昆虫病原线虫"),
    # why: what is particular to a species beside the others of its order, and what its tests leave open
    "bioassay.why.two": Text("{first}; {then}", "{first}；{then}"),
    "bioassay.particular.only": Text("the only species of its order with support", "该目中唯一有支持证据的物种"),
    "bioassay.particular.most_support": Text(
        "the most support of its order by tests of own toxins ({count} tests; toxins that act: {toxins})",
        "在该目中自身毒素测试的支持最强（{count} 项测试，有效毒素 {toxins} 种）",
        one="the most support of its order by tests of own toxins (1 test; toxins that act: {toxins})",
    ),
    "bioassay.particular.only_dose": Text(
        "the only one of its order with a published dose of an own toxin", "该目中唯一有自身毒素已发表剂量的物种"
    ),
    "bioassay.particular.lowest_dose": Text(
        "the lowest published {measure} {family} of its order ({toxin})",
        "该目中已发表的 {measure}（{family}）最低（{toxin}）",
    ),
    "bioassay.per.per_volume": Text("per volume", "按体积"),
    "bioassay.per.per_mass": Text("per mass", "按质量"),
    "bioassay.per.per_area": Text("per area", "按面积"),
    "bioassay.per.per_animal": Text("per animal", "按虫体"),
    "bioassay.per.ppm": Text("in ppm", "以 ppm 计"),
    "bioassay.particular.most_tested": Text(
        "the most tested of its order with own toxins ({count} tests)", "该目中自身毒素测试最多（{count} 项）"
    ),
    "bioassay.particular.most_toxins": Text(
        "more own toxins act on it than on any other of its order ({toxins})",
        "对其有效的自身毒素为该目中最多（{toxins} 种）",
    ),
    "bioassay.particular.only_of_toxin": Text(
        "the only one of its order on which {toxin} is known to act", "该目中已知 {toxin} 唯一有效的物种"
    ),
    "bioassay.why.own_agree": Text(
        "every test of own toxins shows an effect ({count} tests, {toxins} toxins)",
        "{toxins} 种自身毒素的 {count} 项测试均有效",
    ),
    "bioassay.why.one_agrees": Text(
        "every test of {toxin} shows an effect ({count} tests)",
        "{toxin} 的 {count} 项测试均有效",
        one="the only test of an own toxin ({toxin}) shows an effect",
    ),
    "bioassay.why.of_relatives": Text(
        "so do {effect} of {count} of relatives",
        "近缘毒素 {count} 项中 {effect} 项有效",
        one="of relatives {effect} of 1 does",
    ),
    "bioassay.why.weak": Text(
        "all {count} tests of {toxins} found only a weak effect: does the strain do more?",
        "{toxins} 的 {count} 项测试均仅为弱效：该菌株是否有更强的作用？",
        one="the only test of an own toxin ({toxins}) found a weak effect: does the strain do more?",
    ),
    "bioassay.why.group": Text(
        "its {count} tests name a group of species or a genus: does it hold for this species?",
        "{count} 项测试只写明物种类群或属名：对该物种是否成立？",
        one="the only test names a group of species or a genus: does it hold for this species?",
    ),
    "bioassay.why.group_beside": Text(
        "weak at most on this very species; an effect in tests that name a group or a genus ({group} of {count})",
        "对该物种本身至多为弱效；有效的测试只写明类群或属名（{count} 项中 {group} 项）",
    ),
    "bioassay.why.own_disagree": Text(
        "tests disagree: {none} of {count} of own toxins without effect",
        "测试结果不一致：自身毒素 {count} 项中 {none} 项无效",
    ),
    "bioassay.why.relatives_against_own": Text(
        "own toxins without effect ({none} tests), relatives with one in {effect} of {count}",
        "自身毒素无效（{none} 项），近缘毒素 {count} 项中 {effect} 项有效",
    ),
    "bioassay.why.relatives_disagree": Text(
        "only relatives were tested, and disagree: {none} of {count} without effect",
        "仅测试过近缘毒素且结果不一致：{count} 项中 {none} 项无效",
    ),
    "bioassay.why.relatives": Text(
        "only relatives were tested ({toxins}), {count} tests: it would be new",
        "仅测试过近缘毒素（{toxins}），共 {count} 项：测定将提供新结果",
        one="only a relative was tested ({toxins}), once: it would be new",
    ),
    "bioassay.why.part": Text(
        "only a part of {toxins} was seen: long reads or a PCR across the gap come before a test",
        "只看到 {toxins} 的一部分：测定前应先用长读长测序或跨缺口 PCR 加以确认",
    ),
    "bioassay.why.broken": Text(
        "{count} genes of toxins that act are broken here ({toxins}): the test shows whether anything is left",
        "{count} 种有效毒素（{toxins}）的基因在此已受损：测定可显示是否尚存活性",
        one="the gene of {toxins} is broken here: the test shows whether anything is left",
    ),
    "bioassay.why.partner": Text(
        "the partner of {toxin} was not found: does it act alone?", "未发现 {toxin} 的配对毒素：其能否单独起效？"
    ),
    "bioassay.why.uncertain": Text(
        "{count} tests without effect ({own} of own toxins) are too few or too uncertain to tell",
        "{count} 项测试无效（其中自身毒素 {own} 项），过少或不够确定，尚无法判断",
        one="1 test without effect ({own} of own toxins) is too little to tell",
    ),
    "bioassay.why.inactive": Text(
        "{count} tests of own toxins, none with effect: a negative control",
        "自身毒素 {count} 项测试均无效：可作阴性对照",
        one="the only test of an own toxin shows no effect: a negative control",
    ),
    # the same without the facts, of earlier results
    "bioassay.reason.weak": Text(
        "only a weak effect is published: the test shows whether the strain does more",
        "已发表的仅为弱效：测定可显示该菌株是否有更强的作用",
    ),
    "bioassay.reason.part": Text(
        "only a part of the toxin that acts was seen: published tests speak for the strain only if the gene is whole. "
        "Long reads or a PCR across the gap can tell before the test",
        "起作用的毒素只看到一部分：只有基因完整时，已发表的测试才适用于该菌株。"
        "测定前可用长读长测序或跨缺口 PCR 加以确认",
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
}
