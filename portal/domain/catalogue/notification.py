"""Mails and webhooks, and what is wrong with their addresses and settings."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # mails to the sender of a task or submission
    "notify.subject.task_ended": Text("Your genome analysis has ended", "您的基因组分析已结束"),
    "notify.subject.task_expires": Text("Your analysis results will be removed soon", "您的分析结果即将删除"),
    "notify.subject.submission_ended": Text("Your submission has ended", "您提交的批次已全部结束"),
    "notify.subject.submission_expires": Text("Your analysis results will be removed soon", "您的分析结果即将删除"),
    "notify.task_ended": Text(
        "The analysis of the genome that you submitted has ended: {status}.", "您提交的基因组分析已结束：{status}。"
    ),
    "notify.task_expires": Text(
        "The results of the genome that you submitted will be removed on {date}. Download what you still need.",
        "您提交的基因组的分析结果将于 {date} 删除，请及时下载仍需要的内容。",
    ),
    "notify.submission_ended": Text(
        "All {count} genomes of your submission have been dealt with: {completed} completed, {failed} failed, "
        "{other} neither (refused, deleted or never sent).",
        "您提交的批次共 {count} 个基因组，现已全部处理完毕：完成 {completed} 个，失败 {failed} 个，"
        "其他（被拒收、已删除或未上传）{other} 个。",
        one="The genome of your submission has been dealt with: {completed} completed, {failed} failed, "
        "{other} neither (refused, deleted or never sent).",
    ),
    "notify.submission_expires": Text(
        "The results of your submission will be removed from {date} on. Download what you still need.",
        "您提交的批次的分析结果自 {date} 起将陆续删除，请及时下载仍需要的内容。",
    ),
    "notify.page": Text(
        "{url}\nThe page opens for those who have the link or token of the submission, or who sign in as its owner.",
        "{url}\n持有提交链接或令牌的人，或以提交者身份登录的人，可以打开此页面。",
    ),
    "notify.kept_until": Text("Results are kept until {date}.", "结果保留至 {date}。"),
    "notify.why": Text(
        "You get this mail because this address was given when a genome was submitted to {portal}. If that was not "
        "you, you need not do anything.",
        "您收到此邮件，是因为有人在向 {portal} 提交基因组时填写了此地址。若不是您本人，无需理会。",
    ),
    # mails to operators
    "notify.alarm_subject.disk_full": Text("BtToxin portal {host}: disk full", "BtToxin 平台 {host}：磁盘已满"),
    "notify.alarm_subject.retention_stopped": Text(
        "BtToxin portal {host}: retention stopped", "BtToxin 平台 {host}：到期清理已停止"
    ),
    "notify.alarm_subject.poller_silent": Text(
        "BtToxin portal {host}: poller silent", "BtToxin 平台 {host}：后台进程没有动静"
    ),
    "notify.alarm.disk_full": Text(
        "{portal} refuses new genomes since {since}, because its disk is short of room.",
        "由于磁盘空间不足，{portal} 自 {since} 起不再接收新的基因组。",
    ),
    "notify.alarm.retention_stopped": Text(
        "{portal} has not removed expired results since {since}, and waits for you.",
        "{portal} 自 {since} 起停止删除到期结果，等待您处理。",
    ),
    "notify.alarm.poller_silent": Text(
        "The poller of {portal} does nothing; noticed at {since}. No task is started or brought up to date.",
        "{portal} 的后台进程没有动静（发现于 {since}），任务无法启动，状态也不会更新。",
    ),
    # requests
    "notify.address": Text("must be a mail address such as name@example.org", "须为邮箱地址，例如 name@example.org"),
    "notify.webhook": Text("must be an https address of at most 1000 characters", "须为 https 地址，最多 1000 个字符"),
    "notify.webhook_host": Text(
        "{host} is not a receiver that this portal may call; its operator can add it to WEBHOOK_ALLOW",
        "本平台不得调用 {host}；可由管理员将其加入 WEBHOOK_ALLOW",
    ),
    "notify.no_mail": Text("this portal sends no mail", "本平台不发送邮件"),
    "notify.no_webhook": Text("this portal calls no webhooks", "本平台不调用 webhook"),
    "notify.sign_in": Text("sign in to be sent mail", "登录后才能接收邮件"),
    "notify.no_own_mail": Text(
        "your institute's sign-in has not told the portal a verified mail address of yours",
        "机构的登录服务未向平台提供您的已验证邮箱",
    ),
    "notify.other_mail": Text("must be 'me' or your own address, {address}", "须为 me 或您本人的邮箱 {address}"),
    "notify.too_many": Text(
        "Too many notifications to this address, or from you, within an hour. Submit without one, or several genomes "
        "as one submission.",
        "一小时内发往该地址或由您请求的通知过多。请不填写通知地址，或将多个基因组作为一个批次提交。",
    ),
    # settings
    "notify.sender": Text(
        "must be an address such as bt@example.org or BtToxin <bt@example.org>",
        "须为 bt@example.org 或 BtToxin <bt@example.org> 形式的地址",
    ),
    "notify.smtp_url": Text(
        "must be smtp:// (STARTTLS), smtps:// or smtp+plain:// with [user:password@]host[:port], and nothing after it",
        "须为 smtp://（STARTTLS）、smtps:// 或 smtp+plain://，后接 [用户:密码@]主机[:端口]，其后不得有其他内容",
    ),
    "notify.smtp_plain": Text(
        "would send the password without encryption; use smtp:// or smtps://",
        "密码将不经加密传送；请改用 smtp:// 或 smtps://",
    ),
    "notify.allow": Text(
        "{entry} is neither a host such as hooks.example.org or hooks.example.org:8443, nor a network such as "
        "10.2.0.0/16, nor http:// with an address of this machine",
        "{entry} 既不是 hooks.example.org 或 hooks.example.org:8443 形式的主机，也不是 10.2.0.0/16 形式的网段，"
        "也不是以 http:// 开头的本机地址",
    ),
    "notify.setting_needed": Text("must be set, since {name} is", "设置了 {name}，因此必须设置此项"),
    # sending
    "notify.outbox_full": Text(
        "The outbox holds {limit} notifications, the most that it may.", "待发通知已达上限 {limit} 条。"
    ),
    "notify.no_operators": Text(
        "OPERATOR_MAIL is empty: nobody is notified.", "未设置 OPERATOR_MAIL：没有可通知的管理员。"
    ),
    "notify.unknown": Text("There is no notification {name}.", "没有编号为 {name} 的通知。"),
    "notify.channel_off": Text("this channel is not configured any more", "此通知渠道已不再配置"),
    "notify.smtp_refused": Text("the mail server refused it: {reply}", "邮件服务器拒绝：{reply}"),
    "notify.smtp_no_tls": Text(
        "the mail server offers no STARTTLS; see SMTP_URL", "邮件服务器不支持 STARTTLS；参见 SMTP_URL"
    ),
    "notify.smtp_no_login": Text(
        "the mail server offers no way to sign in; see SMTP_URL", "邮件服务器不支持登录；参见 SMTP_URL"
    ),
    "notify.connection": Text("no answer: {reason}", "没有应答：{reason}"),
    "notify.certificate": Text("its certificate cannot be trusted: {reason}", "证书不可信：{reason}"),
    "notify.answered": Text("it answered {code}", "应答为 {code}"),
    "notify.internal": Text("an error of the portal ({error}); see the log", "平台内部错误（{error}），详见日志"),
    "notify.private": Text(
        "{host} has the address {address}, which is in none of the networks of WEBHOOK_ALLOW",
        "{host} 的地址 {address} 不在 WEBHOOK_ALLOW 的任何网段内",
    ),
}
