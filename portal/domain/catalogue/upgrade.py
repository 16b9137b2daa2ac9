"""Releases of the portal, and the change from one to another."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "upgrade.one_of": Text("Use one of --check, --run and --back.", "--check、--run 与 --back 只能选用一个。"),
    "upgrade.install": Text("{source} cannot be installed: {reason}", "无法安装 {source}：{reason}"),
    "upgrade.silent": Text(
        "Release {name} does not start, or is too old to be checked: {reason}",
        "版本 {name} 无法启动，或过旧而无法检查：{reason}",
    ),
    "upgrade.versions": Text("version {before} -> {after}", "版本 {before} → {after}"),
    "upgrade.file_missing": Text("the new version lacks its file {name}", "新版本缺少文件 {name}"),
    "upgrade.setting": Text("a setting: {reason}", "设置有误：{reason}"),
    "upgrade.folder_new": Text("{path}: no portal has worked here yet", "{path}：尚无平台使用过此目录"),
    "upgrade.folder_fits": Text(
        "JOBS_DIR has format {format}; nothing has to be converted", "JOBS_DIR 的格式为 {format}，无需转换"
    ),
    "upgrade.folder_steps": Text(
        "JOBS_DIR has format {format} and will be converted to {after}: stop the poller before --run",
        "JOBS_DIR 的格式为 {format}，将转换为 {after}：请在 --run 之前停止后台进程",
    ),
    "upgrade.tasks_go_on": Text(
        "{tasks} tasks are running; they end with the code that they began with",
        "有 {tasks} 个任务正在运行，它们会用开始时的代码运行到结束",
    ),
    "upgrade.failed": Text("{command} failed: {reason}", "{command} 失败：{reason}"),
    "upgrade.no_previous": Text("{path} has no previous release to return to.", "{path} 中没有可以返回的上一版本。"),
    "upgrade.no_releases": Text(
        "{path} holds no releases: this installation is not one of several.",
        "{path} 中没有发行版目录：当前安装并非多版本并存的安装。",
    ),
    "upgrade.no_way_back": Text(
        "JOBS_DIR has format {format}, and there is no way back to {known}: restore a backup instead.",
        "JOBS_DIR 的格式为 {format}，无法退回到 {known}：请改为恢复备份。",
    ),
    "upgrade.poller_at_work": Text(
        "The poller is running: stop it first (systemctl stop bttoxin-poller).",
        "后台进程正在运行：请先停止（systemctl stop bttoxin-poller）。",
    ),
    "upgrade.steps_first": Text(
        "JOBS_DIR has format {format}; this version works with {oldest} and later. Run `btportal upgrade --run`.",
        "JOBS_DIR 的格式为 {format}，此版本要求 {oldest} 或更高。请运行 `btportal upgrade --run`。",
    ),
    "upgrade.unfinished": Text(
        "The conversion of JOBS_DIR to or from format {format} was interrupted: run `btportal upgrade` again.",
        "JOBS_DIR 与格式 {format} 之间的转换被中断：请再次运行 `btportal upgrade`。",
    ),
    "upgrade.in_use": Text(
        "Release {name} is in use from the next start on. Restart the services: {command}",
        "版本 {name} 自下次启动起生效。请重启服务：{command}",
    ),
}
