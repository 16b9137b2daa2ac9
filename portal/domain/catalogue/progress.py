"""What a stage is doing."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "progress.done": Text("done", "完成"),
    # Digger
    "progress.searching": Text("searching the genome", "正在搜索基因组"),
    "progress.aligning": Text("aligning the candidates", "正在比对候选序列"),
    "progress.published_tool": Text("BtToxin_Digger is running", "BtToxin_Digger 正在运行"),
    "progress.found": Text("{strain}: {count} hits", "{strain}：{count} 个命中", one="{strain}: 1 hit"),
    # Shoter
    "progress.hits_read": Text("hits read", "已读取命中"),
    "progress.strains_scored": Text("{number} of {total} strains scored", "已计分 {number}/{total} 个菌株"),
    "progress.scores_written": Text("scores written", "已写出分数"),
    # plots, report, bundle, comparison
    "progress.drawing": Text("picture {number} of {total}", "图片 {number}/{total}"),
    "progress.report_written": Text("report written", "已写出报告"),
    "progress.bundle_written": Text("bundle written", "已写出打包文件"),
    "progress.results_read": Text("results read", "已读取结果"),
    "progress.tables_written": Text("tables written", "已写出表格"),
    "progress.orders_drawn": Text("strains by order drawn", "已绘制菌株与目的图"),
    "progress.toxins_drawn": Text("strains by toxin drawn", "已绘制菌株与毒素图"),
}
