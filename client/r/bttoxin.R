# Submit many genomes to a BtToxin Portal from R, wait, and get data frames.
#
#   source("bttoxin.R")
#   portal <- bt_portal("https://bt.institute.example")
#   run <- bt_submit(portal, "genomes", into = "runs/may")
#   bt_wait(run)
#   bt_scores(run)
#
# Needs httr2 and jsonlite (and openssl, which httr2 brings). The same lines may be run again at any time: what the
# portal has is not sent twice. What is needed for that stands in <into>/run.jsonl, the journal that the Python client
# `bttoxin` writes too; either opens the runs of the other. Sessions of R that send from one folder take turns.

# -- the columns of the tables, as in client/src/bttoxin/columns.py. Whole numbers are numeric: an integer of R ends at 2^31.

bt_columns <- list(
  tasks = c(
    label = "text", task_id = "text", status = "text", stage = "text", progress = "int", failure_kind = "text",
    message = "text", size_bytes = "int", sha256 = "text", submitted = "time", started = "time", completed = "time",
    toxins = "int", conclusion = "text", targets = "text", cautions = "text",
    genes_broken = "bool", genes_cut = "bool", genes_broken_count = "int", genes_cut_count = "int",
    genes_altered_count = "int", name = "text", tags = "text"
  ),
  toxins = c(
    label = "text", task_id = "text", strain_name = "text", protein_id = "text", name = "text", name_1998 = "text",
    toxin_class = "text", rank = "text", identity_percent = "float", coverage_percent = "float", contig = "text",
    start = "int", end = "int", strand = "text", length_aa = "int", partial = "bool", locus = "text", verdict = "text",
    gene_state = "text", scored = "bool", not_scored_because = "text"
  ),
  scores = c(
    label = "text", task_id = "text", strain_name = "text", target = "text", score = "float", low = "float",
    high = "float", state = "text", tier = "text", evidence_grade = "text", unverified_fraction = "float",
    panel = "text", genes_behind = "text"
  ),
  species = c(
    label = "text", task_id = "text", strain_name = "text", species = "text", target = "text", score = "float",
    low = "float", high = "float", state = "text", tier = "text", evidence_grade = "text", unverified_fraction = "float",
    panel = "text", genes_behind = "text"
  )
)

# -- the portal

#' Name a portal. `ca_file`: an institute's own certificate authority; `outage_s`: how long (s) it may be away.
bt_portal <- function(url, api_key = NULL, ca_file = NULL, outage_s = 3600) {
  if (!grepl("^https?://[^/@]+(/.*)?$", url)) {
    stop("the address of a portal looks like https://bt.institute.example, without a password", call. = FALSE)
  }
  portal <- new.env(parent = emptyenv())
  portal$url <- sub("/+$", "", url)
  portal$headers <- if (is.null(api_key)) list() else list("X-Api-Key" = api_key)
  portal$ca_file <- ca_file
  portal$outage_s <- outage_s
  structure(portal, class = "bt_portal")
}

print.bt_portal <- function(x, ...) cat("<portal ", x$url, ">\n", sep = "")

.bt_request <- function(portal, method, path, token = NULL, headers = list(), query = list(), json = NULL,
                        content = NULL, form = NULL) {
  request <- httr2::request(paste0(portal$url, path))
  request <- httr2::req_method(request, method)
  request <- httr2::req_user_agent(request, "bttoxin-r/0.1.0")
  request <- do.call(httr2::req_headers, c(list(request, Accept = "application/json"), portal$headers, headers))
  if (!is.null(token)) request <- httr2::req_headers(request, Authorization = paste("Bearer", token))
  if (length(query)) request <- do.call(httr2::req_url_query, c(list(request), query))
  if (!is.null(json)) request <- httr2::req_body_raw(request, charToRaw(json), "application/json")
  if (!is.null(content)) request <- httr2::req_body_raw(request, content, "application/octet-stream")
  if (!is.null(form)) request <- do.call(httr2::req_body_multipart, c(list(request), form))
  # A portal redirects nothing below /api, so a redirect leads to a log-in page; a proxy cannot reach this machine.
  request <- httr2::req_options(request, followlocation = 0L, noproxy = "127.0.0.1,localhost,::1", connecttimeout = 10L)
  if (!is.null(portal$ca_file)) request <- httr2::req_options(request, cainfo = portal$ca_file)
  httr2::req_error(request, is_error = function(response) FALSE)
}

.bt_pause <- function(portal, began, pause, why) {
  gone <- as.numeric(Sys.time() - began, units = "secs")
  if (gone + min(pause, 1) > portal$outage_s) {
    stop("No answer from ", portal$url, " for ", round(gone), " s: ", why, call. = FALSE)
  }
  if (gone > 5) message("the portal has been away for ", round(gone), " s; still trying")
  Sys.sleep(min(pause, portal$outage_s - gone))
}

# Ask until there is an answer below 400; `first`: at the first contact a wrong address is told after 10 s.
.bt_ask <- function(portal, ..., first = FALSE, path_out = NULL) {
  patient <- list(url = portal$url, outage_s = if (first) min(10, portal$outage_s) else portal$outage_s)
  began <- Sys.time()
  pause <- 0.5
  repeat {
    # The error of curl is told without the request, which holds a token.
    response <- tryCatch(httr2::req_perform(.bt_request(portal, ...), path = path_out), error = function(error) error)
    if (inherits(response, "error")) {
      if (!is.null(path_out)) return(NULL)
      reason <- conditionMessage(if (is.null(response$parent)) response else response$parent)
      if (grepl("certificate", reason)) reason <- paste(reason, "(name the institute's own authority with ca_file=...)")
      .bt_pause(patient, began, pause, reason)
    } else {
      status <- httr2::resp_status(response)
      if (status < 300 || status == 304) return(response)
      after <- suppressWarnings(as.numeric(httr2::resp_header(response, "Retry-After")))
      passing <- status %in% c(408, 425, 500, 502, 503, 504) || (status %in% c(409, 429, 507) && length(after) == 1)
      if (!passing || (first && status %in% c(429, 507))) stop(.bt_refusal(portal, response))
      .bt_pause(patient, began, if (length(after) == 1 && !is.na(after)) after else pause, paste("HTTP", status))
    }
    pause <- min(2 * pause, 30)
  }
}

.bt_json <- function(portal, response) {
  kind <- httr2::resp_content_type(response)
  body <- if (grepl("json", kind %||% "")) .bt_parse(httr2::resp_body_string(response)) else NULL
  if (is.null(body)) {
    stop(portal$url, " answers, but not as a BtToxin Portal does (", kind, "): is there a log-in page or a proxy in ",
      "front of it that asks for something first?", call. = FALSE)
  }
  body
}

.bt_parse <- function(text) tryCatch(jsonlite::fromJSON(text, simplifyVector = FALSE), error = function(error) NULL)

.bt_refusal <- function(portal, response) {
  status <- httr2::resp_status(response)
  body <- if (status >= 400 && length(response$body)) .bt_parse(httr2::resp_body_string(response))
  id <- httr2::resp_header(response, "X-Request-Id")
  if (is.null(body$message)) {
    text <- paste0(portal$url, " answers with HTTP ", status, ", not as a BtToxin Portal does: is there a log-in page ",
      "or a proxy in front of it that asks for something first?")
  } else {
    fields <- vapply(names(body$errors), function(name) paste0(name, ": ", unlist(body$errors[[name]])[1]), "")
    text <- paste0(body$message, if (length(fields)) paste0(" (", paste(fields, collapse = "; "), ")"), " [HTTP ",
      status, if (!is.null(id)) paste0(", request ", id), "]")
  }
  structure(class = c("bt_refused", "error", "condition"), list(message = text, call = NULL, status = status, body = body))
}

# -- genomes

# The files of genomes, also those that cannot be sent: `.bt_look_at` says why.
.bt_find <- function(genomes) {
  one <- function(path) {
    if (dir.exists(path)) {
      inside <- list.files(path, full.names = TRUE) # names may be of any bytes
      return(inside[grepl("\\.(fna|fa|fasta)(\\.gz)?$", inside, ignore.case = TRUE, useBytes = TRUE)])
    }
    if (file.exists(path) || !grepl("[*?[]", path)) path else Sys.glob(path)
  }
  paths <- unique(suppressWarnings(normalizePath(unlist(lapply(genomes, one)), mustWork = FALSE)))
  # A link that leads nowhere is there, but does not exist.
  if (!any(file.exists(paths) | nzchar(Sys.readlink(paths)), na.rm = TRUE)) {
    stop("no genomes (.fna, .fa, .fasta, also .gz) found in ", paste(genomes, collapse = ", "), call. = FALSE)
  }
  Encoding(paths) <- "UTF-8"
  shown <- iconv(paths, "UTF-8", "UTF-8", sub = "byte")
  paths <- paths[order(shown)]
  shown <- sort(shown)
  label <- sub("\\.(fna|fa|fasta)$", "", sub("\\.gz$", "", basename(shown), ignore.case = TRUE), ignore.case = TRUE)
  label <- substr(gsub("[[:cntrl:]]", "_", label), 1, 100)
  twice <- label %in% label[duplicated(label)]
  label[twice] <- paste0(basename(dirname(shown[twice])), "/", label[twice])
  label <- make.unique(label, sep = " ")
  described <- lapply(seq_along(paths), function(i) list(path = paths[i], shown = shown[i], label = label[i]))
  stats::setNames(described, label)
}

# The reasons are worded as the portal and the client for Python have them.
.bt_reasons <- c(
  missing = "there is no such file: it was moved or removed, or a link leads nowhere",
  not_regular = "this is not a file, but a folder, a pipe or a device",
  empty = "the file is empty: there is no sequence in it",
  no_gzip = "this is not a gzip file, despite the .gz in its name; if it is plain FASTA, remove .gz from the name",
  damaged = "this gzip file is damaged or cut; download or compress it again",
  changed = "the file changed while it was being sent; submit it again"
)

.bt_is_packed <- function(path) grepl("\\.gz$", path, ignore.case = TRUE, useBytes = TRUE)

# Why a file cannot be sent, or NULL. Only what has a size is opened: a pipe would be waited for.
.bt_fault <- function(path) {
  about <- file.info(path, extra_cols = FALSE)
  if (is.na(about$size)) return(.bt_reasons[["missing"]])
  if (about$isdir) return(.bt_reasons[["not_regular"]])
  if (file.access(path, 4) != 0) return("the file cannot be read: Permission denied")
  if (about$size == 0) {
    is_file <- .Platform$OS.type != "unix" || system2("test", c("-f", shQuote(path))) == 0
    return(.bt_reasons[[if (is_file) "empty" else "not_regular"]])
  }
  head <- tryCatch(suppressWarnings(readBin(path, "raw", 2)), error = function(error) raw())
  if (!length(head)) return("the file cannot be read")
  if (.bt_is_packed(path) && !identical(head, as.raw(c(0x1f, 0x8b)))) return(.bt_reasons[["no_gzip"]])
  NULL
}

# Size and digest of a file's text, or why it cannot be sent. A gzip file that is cut is announced as far as it goes:
# R does not tell, the portal does.
.bt_look_at <- function(file, limit) {
  fault <- .bt_fault(file$path)
  if (!is.null(fault)) return(c(file, list(fault = fault)))
  found <- tryCatch(suppressWarnings(.bt_digest(file$path)), error = function(error) NULL)
  if (is.null(found)) fault <- if (.bt_is_packed(file$path)) .bt_reasons[["damaged"]] else "the file cannot be read"
  else if (found$size == 0) fault <- .bt_reasons[["empty"]]
  else if (!is.null(limit) && found$size > limit) {
    fault <- paste("The file is larger than the limit of", limit %/% 1024^2, "MB.")
  }
  c(file, found, list(fault = fault))
}

.bt_refused_file <- function(file, message) list(path = file$shown, label = file$label, message = message)

# Size and SHA-256 of the FASTA text, also where the file is packed with gzip. A file that is not packed is read as it
# is: `gzfile` would unpack it.
.bt_digest <- function(path, is_packed = .bt_is_packed(path)) {
  begin <- function() if (is_packed) gzfile(path, "rb") else file(path, "rb", raw = TRUE)
  size <- 0
  stream <- begin()
  on.exit(close(stream))
  while (length(piece <- readBin(stream, "raw", 2^20))) size <- size + length(piece)
  close(stream)
  stream <- begin()
  list(size = size, sha256 = .bt_hex(openssl::sha256(stream)))
}

.bt_file_digest <- function(path) {
  stream <- file(path, "rb")
  on.exit(close(stream))
  .bt_hex(openssl::sha256(stream))
}

.bt_hex <- function(bytes) {
  bytes <- unclass(bytes)
  if (is.raw(bytes)) paste(as.character(bytes), collapse = "") else as.vector(bytes)
}

# -- the journal

.bt_write <- function(run, ...) {
  line <- jsonlite::toJSON(list(...), auto_unbox = TRUE, digits = NA, null = "null")
  old <- Sys.umask("077")
  on.exit(Sys.umask(old))
  size <- file.size(run$journal)
  cut <- !is.na(size) && size > 0 && !.bt_ends_line(run$journal, size)
  stream <- file(run$journal, "ab")
  writeBin(charToRaw(paste0(if (cut) "\n", enc2utf8(line), "\n")), stream)
  close(stream)
}

.bt_ends_line <- function(path, size) {
  stream <- file(path, "rb")
  on.exit(close(stream))
  seek(stream, size - 1)
  identical(readBin(stream, "raw", 1), as.raw(10))
}

# R has no file locks, so the sessions that send from one folder take turns by a directory: it comes into its place by
# renaming, with its owner's name in it, which fails while another is there.
.bt_exclusive <- function(folder, work) {
  lock <- file.path(folder, "run.lock.d")
  mine <- tempfile("run.lock.", folder)
  dir.create(mine, mode = "0700")
  owner <- .bt_process(Sys.getpid())
  writeLines(owner, file.path(mine, "owner"))
  on.exit(unlink(mine, recursive = TRUE))
  waits <- FALSE
  while (!suppressWarnings(file.rename(mine, lock))) {
    holder <- suppressWarnings(tryCatch(readLines(file.path(lock, "owner")), error = function(error) NULL))
    if (!is.null(holder) && !.bt_may_live(holder)) {
      .bt_break(lock, holder)
    } else {
      if (!waits && !is.null(holder)) message("waiting for another R session (process ", holder[2], " on ", holder[1],
        ") that submits from this folder; if it no longer runs, remove ", lock)
      waits <- waits || !is.null(holder)
      Sys.sleep(0.1)
    }
  }
  on.exit({
    file.rename(lock, mine)
    unlink(mine, recursive = TRUE)
  })
  work()
}

# Host, process id, and where the system tells it the start of the process, since ids are used again.
.bt_process <- function(pid) {
  stat <- suppressWarnings(tryCatch(readLines(paste0("/proc/", pid, "/stat"), n = 1), error = function(error) ""))
  started <- if (nzchar(stat)) strsplit(sub("^.*[)] ", "", stat), " ")[[1]][20] else ""
  c(Sys.info()[["nodename"]], as.character(pid), started)
}

# Whether the owner of a lock may be at work: only of this host's processes can it be told that they have ended.
.bt_may_live <- function(holder) {
  pid <- suppressWarnings(as.integer(holder[2]))
  if (length(holder) != 3 || is.na(pid) || !identical(holder[1], Sys.info()[["nodename"]])) return(TRUE)
  tools::pskill(pid, 0L) && identical(.bt_process(pid)[3], holder[3])
}

# Remove the lock of a session that has ended; one that another session took meanwhile is put back.
.bt_break <- function(lock, holder) {
  aside <- tempfile("run.lock.", dirname(lock))
  if (!suppressWarnings(file.rename(lock, aside))) return()
  if (!identical(readLines(file.path(aside, "owner")), holder) && suppressWarnings(file.rename(aside, lock))) return()
  unlink(aside, recursive = TRUE)
}

.bt_read <- function(run) {
  run$secret <- NULL
  run$intents <- run$submissions <- run$unsent <- list()
  for (line in readLines(run$journal, warn = FALSE, encoding = "UTF-8", skipNul = TRUE)) {
    event <- .bt_parse(line)
    kind <- if (is.list(event)) event$event
    if (is.null(kind)) next
    if (kind == "run" && is.null(run$secret)) {
      if (!identical(event$url, run$portal$url)) stop(run$journal, " belongs to the portal ", event$url, call. = FALSE)
      run$secret <- event$secret
    } else if (kind == "intent") {
      run$intents[[event$key]] <- event$request
    } else if (kind == "given_up") {
      run$intents[[event$key]] <- NULL
    } else if (kind == "submission") {
      run$intents[[event$key]] <- NULL
      items <- lapply(event$items, function(item) {
        list(n = item[[1]], label = item[[2]], sha256 = item[[3]], task_id = item[[4]], sent = FALSE, refused = NULL)
      })
      run$submissions[[event$id]] <- list(id = event$id, token = event$token, items = items)
    } else if (kind == "sent" && !is.null(run$submissions[[event$id]])) {
      run$submissions[[event$id]]$items[[event$n]]$sent <- TRUE
      run$submissions[[event$id]]$items[[event$n]]$refused <- NULL
    } else if (kind == "refused" && !is.null(run$submissions[[event$id]])) {
      run$submissions[[event$id]]$items[[event$n]]$refused <- event
    } else if (kind == "unsent") {
      run$unsent <- event$files
    } else if (kind == "deleted") {
      run$submissions[[event$id]] <- NULL
    }
  }
  if (is.null(run$secret)) stop(run$journal, " is not the journal of a run", call. = FALSE)
}

# The item that counts for each label: the last, since a genome may be corrected and sent again.
.bt_newest <- function(run) {
  newest <- list()
  for (submission in run$submissions) {
    for (item in submission$items) newest[[item$label]] <- c(item, list(id = submission$id, token = submission$token))
  }
  newest
}

# Why an item has no task: the portal refused it, or its file could not be sent; NULL if it has one, or may get one.
.bt_why_refused <- function(run, item) {
  if (!is.null(item$refused) || item$sent) return(item$refused)
  Find(function(file) identical(file$label, item$label), run$unsent)
}

# Record which files the present call cannot send, if that is news.
.bt_note_unsent <- function(run, files) {
  brief <- function(files) lapply(files, function(file) unlist(file[c("path", "label", "message")]))
  if (!identical(brief(unname(files)), brief(run$unsent))) .bt_write(run, event = "unsent", files = unname(files))
  run$unsent <- unname(files)
}

#' Open the run in a folder without sending anything.
bt_open <- function(portal, into) {
  run <- new.env(parent = emptyenv())
  run$portal <- portal
  run$folder <- path.expand(into)
  run$journal <- file.path(run$folder, "run.jsonl")
  if (!file.exists(run$journal)) stop("there is no run in ", into, call. = FALSE)
  .bt_read(run)
  structure(run, class = "bt_run")
}

print.bt_run <- function(x, ...) {
  cat("<run of ", length(.bt_newest(x)), " genomes at ", x$portal$url, "; journal in ", x$folder, ">\n", sep = "")
}

# -- sending

#' Send genomes (files, a folder, a pattern; also .gz) and return the run, whose journal is in `into`.
#' Parameters of the portal go by name, such as `min_identity = 0.7`. `notify`, such as `list(mail = "you@example.org")` or
#' `list(webhook = "https://...")`, asks the portal to say when all genomes of this call have ended. A file that cannot
#' be read, is empty or damaged, or that the portal refuses, does not block the others: `bt_refused(run)` says why.
bt_submit <- function(portal, genomes, into, label = NULL, lang = "en", notify = NULL, ...) {
  found <- .bt_find(genomes)
  about <- .bt_json(portal, .bt_ask(portal, "GET", "/api/portal", first = TRUE))
  if (is.null(about$api_level)) stop(portal$url, " answers, but not as a BtToxin Portal does", call. = FALSE)
  found <- lapply(found, .bt_look_at, about$limits$max_upload_bytes)
  dir.create(into, recursive = TRUE, showWarnings = FALSE)
  .bt_exclusive(into, function() .bt_submit_found(portal, found, into, label, lang, list(...), notify))
}

.bt_submit_found <- function(portal, found, into, label, lang, parameters, notify) {
  if (!file.exists(file.path(into, "run.jsonl"))) {
    writeLines(c("run.jsonl", "run.lock*"), file.path(into, ".gitignore"))
    .bt_write(list(journal = file.path(into, "run.jsonl")), event = "run", url = portal$url,
      secret = .bt_hex(openssl::rand_bytes(32)))
  }
  run <- bt_open(portal, into)
  for (key in names(run$intents)) { # one whose answer was lost
    tryCatch(.bt_reserve(run, run$intents[[key]], key), bt_refused = function(error) {
      if (!length(.bt_refused_items(error))) stop(error)
    })
  }
  is_usable <- vapply(found, function(file) is.null(file$fault), NA)
  unsent <- lapply(found[!is_usable], function(file) .bt_refused_file(file, file$fault))
  count <- length(found)
  found <- found[is_usable]
  known <- .bt_newest(run)
  new <- unname(Filter(function(g) !identical(known[[g$label]]$sha256, g$sha256), found))
  if (!length(parameters)) parameters <- stats::setNames(list(), character())
  for (part in split(new, (seq_along(new) - 1) %/% 1000)) {
    while (length(part)) {
      items <- unname(lapply(part, function(g) g[c("label", "size", "sha256")]))
      request <- c(if (!is.null(label)) list(label = label), list(lang = lang, parameters = parameters, items = items),
        if (length(notify)) list(notify = as.list(notify)))
      error <- tryCatch({
        .bt_reserve(run, request)
        NULL
      }, bt_refused = function(error) error)
      if (is.null(error)) break
      reasons <- .bt_refused_items(error)
      if (!length(reasons)) stop(error)
      # Genomes that the portal does not take as announced do not block the others.
      places <- as.integer(names(reasons)) + 1
      unsent <- c(unsent, Map(.bt_refused_file, part[places], reasons))
      part <- part[-places]
    }
  }
  .bt_note_unsent(run, unsent)
  .bt_send_all(run, found, unsent, count)
  run
}

# The messages for items (counted from 0) of a refused announcement; none if anything else is wrong too.
.bt_refused_items <- function(error) {
  fields <- names(error$body$errors)
  if (!length(fields) || !all(grepl("^items\\.[0-9]+", fields))) return(list())
  reasons <- lapply(error$body$errors, function(texts) unlist(texts)[1])
  names(reasons) <- sub("^items\\.([0-9]+).*$", "\\1", fields)
  reasons[!duplicated(names(reasons))]
}

.bt_reserve <- function(run, request, key = NULL) {
  body <- enc2utf8(jsonlite::toJSON(request, auto_unbox = TRUE, digits = NA))
  if (is.null(key)) {
    key <- .bt_hex(openssl::sha256(charToRaw(body), key = charToRaw(run$secret)))
    .bt_write(run, event = "intent", key = key, request = request)
  }
  answer <- tryCatch(
    .bt_ask(run$portal, "POST", "/api/submissions", headers = list("Idempotency-Key" = key), json = body, first = TRUE),
    bt_refused = function(error) {
      .bt_write(run, event = "given_up", key = key)
      stop(error)
    }
  )
  made <- .bt_json(run$portal, answer)
  items <- Map(function(row, asked) list(row$n, asked$label, asked$sha256, row$task_id), made$items, request$items)
  .bt_write(run, event = "submission", key = key, id = made$submission_id, token = made$token,
    view_token = made$view_token, items = unname(items))
  .bt_read(run)
}

.bt_send_all <- function(run, found, unsent, count) {
  sent <- 0
  was_sent <- function(item) item$sent && identical(found[[item$label]]$sha256, item$sha256)
  before <- sum(vapply(.bt_newest(run), was_sent, NA))
  for (submission in run$submissions) {
    for (item in submission$items) {
      genome <- found[[item$label]]
      if (item$sent || !is.null(item$refused) || !identical(genome$sha256, item$sha256)) next
      content <- .bt_content(genome)
      if (is.null(content)) { # the item still may come: another call finds the file again, or a new one
        fault <- .bt_fault(genome$path)
        unsent <- c(unsent, list(.bt_refused_file(genome, if (is.null(fault)) .bt_reasons[["changed"]] else fault)))
        .bt_note_unsent(run, unsent)
        next
      }
      packed <- .bt_is_packed(genome$path)
      refused <- tryCatch({
        .bt_ask(run$portal, "PUT", paste0("/api/submissions/", submission$id, "/items/", item$n), submission$token,
          headers = if (packed) list("Content-Encoding" = "gzip") else list(),
          content = content)
        NULL
      }, bt_refused = function(error) error)
      if (is.null(refused)) {
        .bt_write(run, event = "sent", id = submission$id, n = item$n)
        sent <- sent + 1
      } else if (refused$status %in% c(400, 409, 413, 415, 422)) {
        field <- if (length(refused$body$errors)) names(refused$body$errors)[1]
        text <- if (is.null(field)) refused$body$message else unlist(refused$body$errors[[field]])[1]
        line <- if (length(refused$body$details)) refused$body$details[[1]]$params$line
        .bt_write(run, event = "refused", id = submission$id, n = item$n, path = genome$shown, message = text,
          line = line, field = field)
      } else {
        stop(refused)
      }
    }
  }
  .bt_read(run)
  done <- c(if (sent) paste(sent, "sent"), if (before) paste(if (before == count) "all" else before, "sent before"))
  message(count, if (count == 1) " genome: " else " genomes: ", if (length(done)) toString(done) else "none sent",
    if (nrow(bt_refused(run))) paste0(", ", nrow(bt_refused(run)), " refused (bt_refused(run) says why)"))
}

# The bytes to send, of a file whose text still is the one that was announced; else NULL.
.bt_content <- function(genome) {
  if (!is.null(.bt_fault(genome$path))) return(NULL)
  copy <- tempfile("genome")
  on.exit(unlink(copy))
  if (!suppressWarnings(file.copy(genome$path, copy))) return(NULL)
  there <- tryCatch(suppressWarnings(.bt_digest(copy, .bt_is_packed(genome$path))), error = function(error) NULL)
  if (!identical(there$sha256, genome$sha256)) return(NULL)
  readBin(copy, "raw", file.size(copy))
}

#' Return the files that could not be sent or that the portal refused, with line and reason.
bt_refused <- function(run) {
  refused <- lapply(Filter(function(item) !is.null(item$refused), .bt_newest(run)), function(item) {
    c(item["label"], item$refused[c("path", "line", "message")])
  })
  for (file in run$unsent) refused[[file$label]] <- file
  data.frame(
    label = vapply(refused, function(file) file$label, ""),
    path = vapply(refused, function(file) file$path %||% NA_character_, ""),
    line = vapply(refused, function(file) as.numeric(file$line %||% NA), 0),
    message = vapply(refused, function(file) file$message %||% NA_character_, ""),
    row.names = NULL, stringsAsFactors = FALSE
  )
}

# -- waiting and tables

#' Wait until every genome has ended, well or not; after `timeout_s` (s) an error that loses nothing.
bt_wait <- function(run, timeout_s = Inf) {
  began <- Sys.time()
  repeat {
    pause <- 30
    open <- 0
    for (submission in run$submissions) {
      response <- .bt_ask(run$portal, "GET", paste0("/api/submissions/", submission$id), submission$token)
      body <- .bt_json(run$portal, response)
      refused <- vapply(submission$items, function(item) !is.null(.bt_why_refused(run, item)), NA)
      ended <- vapply(body$items, function(row) row[[3]] %in% c("completed", "failed", "lapsed", "deleted"), NA)
      open <- open + sum(!ended & !refused)
      pause <- min(pause, as.numeric(httr2::resp_header(response, "Retry-After") %||% 5))
    }
    if (!open) return(invisible(run))
    if (interactive()) cat("\r", open, " genomes are not done yet ", sep = "")
    if (as.numeric(Sys.time() - began, units = "secs") + pause > timeout_s) {
      stop(open, " genomes are not done after ", timeout_s, " s. The portal goes on; call bt_wait() again.", call. = FALSE)
    }
    Sys.sleep(pause)
  }
}

#' Close a run without the genomes that have not arrived, and return their labels; may be repeated.
#' The portal counts the run as complete without them, and refuses them from then on.
bt_close <- function(run) {
  missing <- lapply(run$submissions, function(submission) {
    path <- paste0("/api/submissions/", submission$id, "/close")
    closed <- .bt_json(run$portal, .bt_ask(run$portal, "POST", path, submission$token, json = "{}"))
    vapply(closed$missing, function(item) item$label, "")
  })
  as.character(unlist(missing, use.names = FALSE))
}

.bt_column <- function(rows, name, kind) {
  cells <- lapply(rows, function(row) row[[name]])
  missing <- vapply(cells, is.null, NA)
  value <- switch(kind, text = , time = rep(NA_character_, length(cells)), bool = rep(NA, length(cells)), rep(NA_real_, length(cells)))
  value[!missing] <- unlist(cells[!missing])
  if (kind == "time") as.POSIXct(sub("(Z|\\+00:00)$", "", value), tz = "UTC", format = "%Y-%m-%dT%H:%M:%OS") else value
}

#' Return a table of `bt_columns` over all genomes. Text stays text, what nobody knows is NA, scores are 0-1.
bt_table <- function(run, table) {
  columns <- bt_columns[[match.arg(table, names(bt_columns))]]
  newest <- .bt_newest(run)
  counts <- vapply(newest, function(item) item$task_id, "")
  rows <- list()
  for (submission in run$submissions) {
    path <- paste0("/api/submissions/", submission$id, "/", table)
    response <- .bt_ask(run$portal, "GET", path, submission$token, query = list(format = "json"))
    rows <- c(rows, Filter(function(row) row$task_id %in% counts, .bt_json(run$portal, response)$rows))
  }
  if (table == "tasks") { # files that could not be announced have a row too
    known <- names(newest)
    rows <- c(rows, lapply(Filter(function(file) !(file$label %in% known), run$unsent), function(file) {
      list(label = file$label, status = "refused", message = file$message)
    }))
  }
  more <- grep("^meta_", unique(unlist(lapply(rows, names))), value = TRUE) # what bt_annotate() wrote
  columns <- c(columns, stats::setNames(rep("text", length(more)), more))
  frame <- data.frame(lapply(stats::setNames(names(columns), names(columns)), function(name) {
    .bt_column(rows, name, columns[[name]])
  }), stringsAsFactors = FALSE, check.names = FALSE)
  if (table == "tasks") {
    for (item in newest) {
      why <- .bt_why_refused(run, item)
      if (is.null(why)) next
      frame[which(frame$task_id == item$task_id), c("status", "message")] <- list("refused", why$message)
    }
  }
  frame
}

bt_tasks <- function(run) bt_table(run, "tasks")
bt_toxins <- function(run) bt_table(run, "toxins")
bt_scores <- function(run) bt_table(run, "scores")
bt_species <- function(run) bt_table(run, "species")

#' Return genome x order as a matrix; NA where there is no evidence.
bt_matrix <- function(run, value = "score") {
  scores <- bt_scores(run)
  taken <- Filter(function(item) is.null(.bt_why_refused(run, item)), .bt_newest(run))
  ids <- vapply(taken, `[[`, "", "task_id")
  targets <- sort(unique(scores$target))
  cells <- matrix(NA_real_, length(ids), length(targets), dimnames = list(names(taken), targets))
  cells[cbind(match(scores$task_id, ids), match(scores$target, targets))] <- scores[[value]]
  cells
}

# -- one genome

#' Name a task: one genome of a run (by label or id), or one submitted elsewhere, by its id and token.
bt_task <- function(x, name, token = Sys.getenv("BTPORTAL_TOKEN")) {
  if (inherits(x, "bt_run")) {
    newest <- .bt_newest(x)
    item <- newest[[name]]
    if (is.null(item)) item <- Find(function(item) identical(item$task_id, name), newest)
    if (is.null(item)) stop("there is no genome ", name, " in this run", call. = FALSE)
    return(.bt_new_task(x$portal, item$task_id, item$token))
  }
  .bt_new_task(x, name, token)
}

.bt_new_task <- function(portal, id, token) {
  task <- new.env(parent = emptyenv())
  task$portal <- portal
  task$id <- id
  task$token <- if (nzchar(token)) token # with an API key, a person's own task needs none
  structure(task, class = "bt_task")
}

print.bt_task <- function(x, ...) cat("<task ", x$id, " at ", x$portal$url, ">\n", sep = "")

#' Submit one genome (also .gz) and return its task. Keep `task$id` and `task$token`: nothing else opens it again, and
#' there is no journal; `bt_submit()` has one. `notify_mail`, `notify_webhook` and parameters go by name.
bt_submit_task <- function(portal, genome, lang = "en", ...) {
  about <- .bt_json(portal, .bt_ask(portal, "GET", "/api/portal", first = TRUE))
  if (is.null(about$api_level)) stop(portal$url, " answers, but not as a BtToxin Portal does", call. = FALSE)
  if (length(genome) != 1 || !file.exists(genome)) stop("there is no file ", paste(genome, collapse = ", "), call. = FALSE)
  given <- lapply(list(lang = lang, ...), function(value) {
    if (is.logical(value)) tolower(as.character(value)) else format(value, digits = 15, scientific = FALSE)
  })
  # One key for this call, so that a request whose answer was lost makes no second task.
  key <- .bt_hex(openssl::rand_bytes(16))
  form <- c(given, list(file = curl::form_file(path.expand(genome), "application/octet-stream")))
  made <- .bt_json(portal, .bt_ask(portal, "POST", "/api/tasks", headers = list("Idempotency-Key" = key), form = form))
  .bt_new_task(portal, made$task_id, made$token)
}

.bt_task_path <- function(task, ..., run = NULL) {
  paste0("/api/tasks/", task$id, if (!is.null(run)) paste0("/runs/", run), ...)
}

.bt_of_task <- function(task, ..., run = NULL) {
  .bt_json(task$portal, .bt_ask(task$portal, "GET", .bt_task_path(task, ..., run = run), task$token))
}

#' Return the record of a task: `status`, `progress`, `error_message`, `queue_position` and more, as a list.
bt_status <- function(task) .bt_of_task(task)

#' Wait until a task has ended, well or not, and return its record; after `timeout_s` (s) an error that loses nothing.
bt_wait_task <- function(task, timeout_s = Inf) {
  began <- Sys.time()
  repeat {
    response <- .bt_ask(task$portal, "GET", .bt_task_path(task), task$token)
    record <- .bt_json(task$portal, response)
    if (record$status %in% c("completed", "failed")) return(record)
    pause <- as.numeric(httr2::resp_header(response, "Retry-After") %||% 2)
    if (as.numeric(Sys.time() - began, units = "secs") + pause > timeout_s) {
      stop("task ", task$id, " is ", record$status, " after ", timeout_s, " s. The portal goes on.", call. = FALSE)
    }
    Sys.sleep(pause)
  }
}

#' Return the results of a task, or of an earlier run of it, as a list: `files`, `toxins`, `scores`.
bt_results <- function(task, run = NULL) .bt_of_task(task, "/results", run = run)

#' Return the runs of a task, the oldest first.
bt_runs <- function(task) {
  runs <- .bt_of_task(task, "/runs")$runs
  columns <- c(number = "int", status = "text", failure_kind = "text", completed_at = "time", removed_at = "time")
  data.frame(lapply(stats::setNames(names(columns), names(columns)), function(name) {
    .bt_column(runs, name, columns[[name]])
  }), stringsAsFactors = FALSE)
}

#' Save the ZIP of a task, or of an earlier run of it, and return its path; what is there and right is not fetched again.
bt_bundle <- function(task, target, run = NULL) {
  dir.create(dirname(target), recursive = TRUE, showWarnings = FALSE)
  .bt_fetch(task$portal, .bt_task_path(task, "/bundle", run = run), task$token, target)
}

# -- names, tags, notes, metadata

#' Write `name`, `tags`, `note` and metadata columns of your own to the genomes of a run, or to one task; return how
#' many genomes changed. `rows` is a data frame with `label` or `task_id` (for a task one row, also without). NA and
#' columns that are left out leave what is there, "" empties it. Other text that is there already is written over only
#' with `replace = TRUE`, or where `revision` is the present one; otherwise nothing is written. Read files with
#' `colClasses = "character"`, so that a site `007` stays text.
bt_annotate <- function(x, rows, replace = FALSE) {
  wanted <- .bt_wanted(rows)
  if (inherits(x, "bt_task")) return(.bt_annotate_task(x, wanted, replace))
  newest <- .bt_newest(x)
  ids <- vapply(newest, `[[`, "", "task_id")
  by_task <- list()
  for (row in wanted) {
    id <- if (is.null(row$label)) row$task_id else if (row$label %in% names(ids)) ids[[row$label]]
    if (is.null(id) || !(id %in% ids) || !identical(row$task_id %||% id, id)) {
      stop("no genome of this run is called ", row$label %||% row$task_id, call. = FALSE)
    }
    if (!is.null(by_task[[id]])) stop("two rows are of ", row$label %||% row$task_id, call. = FALSE)
    by_task[[id]] <- row
  }
  parts <- lapply(x$submissions, function(submission) {
    by_task[intersect(names(by_task), vapply(submission$items, `[[`, "", "task_id"))]
  })
  # What one submission refuses is found before anything is written to another.
  for (i in seq_along(parts)) if (length(parts[[i]])) .bt_left_of(.bt_present(x, x$submissions[[i]]), parts[[i]], replace)
  changed <- 0
  for (i in seq_along(parts)) {
    if (length(parts[[i]])) changed <- changed + .bt_put_rows(x, x$submissions[[i]], parts[[i]], replace)
  }
  changed
}

.bt_wanted <- function(rows) {
  if (!is.data.frame(rows) || !nrow(rows)) stop("bt_annotate() needs a data frame with rows", call. = FALSE)
  rows <- rows[!(names(rows) %in% setdiff(names(bt_columns$tasks), c("label", "task_id", "name", "tags")))]
  names(rows) <- sub("^meta_", "", names(rows))
  text <- lapply(rows, function(column) .bt_kept(as.character(column)))
  if (!is.null(text$tags)) text$tags <- vapply(text$tags, function(tags) if (is.na(tags)) NA_character_ else .bt_tag_line(tags), "")
  lapply(seq_len(nrow(rows)), function(i) {
    Filter(function(cell) !is.na(cell), lapply(text, function(column) column[[i]]))
  })
}

# Text as the portal keeps it, so that the same text again is no other. R itself cannot compose letters.
.bt_kept <- function(text) {
  text <- trimws(gsub("\r\n?", "\n", enc2utf8(text)))
  if (requireNamespace("stringi", quietly = TRUE)) stringi::stri_trans_nfc(text) else text
}

.bt_tags <- function(line) {
  tags <- trimws(strsplit(line, "[,;\n\uff0c\uff1b\u3001]")[[1]])
  tags <- tags[nzchar(tags)]
  tags[!duplicated(tolower(tags))]
}

.bt_tag_line <- function(line) paste(.bt_tags(line), collapse = "; ")

# The cells of one genome that are not as wanted; an error where other text would be lost.
.bt_left <- function(there, wanted, replace, whose) {
  cells <- wanted[!(names(wanted) %in% c("label", "task_id", "revision"))]
  left <- Filter(function(name) !identical(there[[name]] %||% "", cells[[name]]), names(cells))
  lost <- Filter(function(name) nzchar(there[[name]] %||% ""), left)
  seen <- wanted$revision
  if (length(lost) && !replace && !identical(seen, there$revision)) {
    reason <- if (is.null(seen)) " has other text already (" else " was changed since these rows were read ("
    stop(whose, reason, paste(lost, collapse = ", "), "); replace = TRUE writes over it", call. = FALSE)
  }
  cells[left]
}

.bt_left_of <- function(present, wanted, replace) {
  left <- Map(function(id, row) {
    there <- present$cells[[id]]
    .bt_left(there, row, replace, there$label %||% id)
  }, names(wanted), wanted)
  Filter(length, left)
}

.bt_annotation_json <- function(cells) {
  metadata <- cells[!(names(cells) %in% c("name", "tags", "note"))]
  c(
    cells[intersect(c("name", "note"), names(cells))],
    if (!is.null(cells$tags)) list(tags = as.list(.bt_tags(cells$tags))),
    if (length(metadata)) list(metadata = metadata)
  )
}

# What is written of a submission now, by task, with the tag that a change must name.
.bt_present <- function(run, submission) {
  response <- .bt_ask(run$portal, "GET", paste0("/api/submissions/", submission$id, "/annotations"), submission$token,
    headers = list("Accept" = "*/*"))
  text <- gsub("\r\n", "\n", sub("^\ufeff", "", httr2::resp_body_string(response, "UTF-8")))
  table <- utils::read.csv(text = text, colClasses = "character", na.strings = character(), check.names = FALSE,
    encoding = "UTF-8")
  plain <- function(text) sub("^'('*[-=+@\t\n\uff1d\uff0b\uff0d\uff20])", "\\1", text)
  names(table) <- plain(names(table))
  table[] <- lapply(table, plain)
  cells <- lapply(seq_len(nrow(table)), function(i) as.list(table[i, , drop = FALSE]))
  list(etag = httr2::resp_header(response, "ETag"), cells = stats::setNames(cells, table$task_id))
}

.bt_put_rows <- function(run, submission, wanted, replace) {
  .bt_change(function(earlier) {
    present <- .bt_present(run, submission)
    left <- .bt_left_of(present, wanted, replace)
    if (!length(left)) return(earlier) # on a second look: the answer to the first had been lost
    rows <- unname(Map(function(id, cells) c(list(task_id = id), .bt_annotation_json(cells)), names(left), left))
    response <- .bt_send_change(run$portal, "PUT", paste0("/api/submissions/", submission$id, "/annotations"),
      submission$token, present$etag, list(rows = rows))
    if (is.null(response)) structure(length(left), again = TRUE) else .bt_json(run$portal, response)$changed
  })
}

.bt_annotate_task <- function(task, wanted, replace) {
  if (length(wanted) != 1) stop("a table for one task has one row", call. = FALSE)
  row <- wanted[[1]]
  path <- .bt_task_path(task, "/annotations")
  .bt_change(function(earlier) {
    response <- .bt_ask(task$portal, "GET", path, task$token)
    body <- .bt_json(task$portal, response)
    labels <- c(body$label, sub("\\.(fna|fa|fasta)$", "", sub("\\.gz$", "", body$label)))
    if (!identical(row$task_id %||% task$id, task$id) || !((row$label %||% body$label) %in% labels)) {
      stop("the row is of ", row$label %||% row$task_id, ", not of ", body$label, call. = FALSE)
    }
    there <- c(body$metadata, list(revision = as.character(body$revision), name = body$name,
      tags = paste(unlist(body$tags), collapse = "; "), note = body$note %||% ""))
    left <- .bt_left(there, row, replace, body$label)
    if (!length(left)) return(earlier)
    changed <- .bt_send_change(task$portal, "PATCH", path, task$token, httr2::resp_header(response, "ETag"),
      .bt_annotation_json(left))
    structure(1, again = is.null(changed))
  })
}

# Send a change to what was read; NULL if somebody was faster.
.bt_send_change <- function(portal, method, path, token, etag, body) {
  json <- enc2utf8(jsonlite::toJSON(body, auto_unbox = TRUE))
  tryCatch(.bt_ask(portal, method, path, token, headers = list("If-Match" = etag), json = json),
    bt_refused = function(error) if (error$status == 412) NULL else stop(error))
}

# Look and write until nobody writes in between.
.bt_change <- function(step) {
  changed <- 0
  for (try in 1:5) {
    changed <- step(changed)
    if (!isTRUE(attr(changed, "again"))) return(as.numeric(changed))
    attributes(changed) <- NULL
  }
  stop("others keep writing to these genomes; try again", call. = FALSE)
}

# -- files

#' Save the four tables of a run as files in a folder, written by the portal: `xlsx` (Excel), `csv`, `json`, `ndjson` or
#' `parquet`; return the paths. Further submissions of the run get a number.
bt_save_tables <- function(run, into = file.path(run$folder, "tables"), format = "xlsx") {
  format <- match.arg(format, c("xlsx", "csv", "json", "ndjson", "parquet"))
  dir.create(into, recursive = TRUE, showWarnings = FALSE)
  saved <- character()
  for (number in seq_along(run$submissions)) {
    submission <- run$submissions[[number]]
    for (table in names(bt_columns)) {
      response <- .bt_ask(run$portal, "GET", paste0("/api/submissions/", submission$id, "/", table), submission$token,
        headers = list("Accept" = "*/*"), query = list(format = format))
      target <- file.path(into, paste0(table, if (number > 1) paste0("_", number), ".", format))
      part <- file.path(into, paste0(".", basename(target), ".part"))
      writeBin(httr2::resp_body_raw(response), part)
      file.rename(part, target)
      saved <- c(saved, target)
    }
  }
  saved
}

#' Save the ZIP of each completed genome below a folder; what is there and right is not fetched again. Each is named as
#' the portal names it: what the strain is called there, and the id of its task.
bt_bundles <- function(run, into = file.path(run$folder, "bundles")) {
  dir.create(into, recursive = TRUE, showWarnings = FALSE)
  tasks <- bt_tasks(run)
  done <- tasks[tasks$status == "completed", ]
  tokens <- stats::setNames(lapply(.bt_newest(run), `[[`, "token"), vapply(.bt_newest(run), `[[`, "", "task_id"))
  vapply(seq_len(nrow(done)), function(i) {
    own <- paste0(gsub("[^[:alnum:]._-]", "_", done$label[i]), "_", done$task_id[i], ".zip")
    named <- function(head) file.path(into, .bt_given_name(head, done$task_id[i]) %||% own)
    .bt_fetch(run$portal, paste0("/api/tasks/", done$task_id[i], "/bundle"), tokens[[done$task_id[i]]], named)
  }, "")
}

# The name that the portal gives a bundle; NULL if it could lead elsewhere, or other tasks could have it too.
.bt_given_name <- function(head, id) {
  told <- httr2::resp_header(head, "Content-Disposition") %||% ""
  name <- sub('^attachment *; *filename="?([A-Za-z0-9][A-Za-z0-9._-]{0,199})"? *$', "\\1", told)
  if (name != told && endsWith(name, paste0("_", id, ".zip"))) name
}

# `target` is a path, or makes one from the answer to HEAD.
.bt_fetch <- function(portal, path, token, target) {
  head <- .bt_ask(portal, "HEAD", path, token, headers = list("Accept" = "*/*"))
  if (is.function(target)) target <- target(head)
  etag <- httr2::resp_header(head, "ETag")
  right <- function(name) file.exists(name) && identical(paste0('"', .bt_file_digest(name), '"'), etag)
  part <- file.path(dirname(target), paste0(".", basename(target), ".", substr(gsub('"', "", etag), 1, 8), ".part"))
  piece <- paste0(part, ".piece")
  began <- Sys.time()
  damaged <- 0
  while (!right(target)) {
    there <- if (file.exists(part)) file.size(part) else 0
    headers <- list("Accept" = "*/*", "Accept-Encoding" = "identity")
    if (there) headers <- c(headers, list("Range" = paste0("bytes=", there, "-"), "If-Range" = etag))
    response <- .bt_ask(portal, "GET", path, token, headers = headers, path_out = piece)
    if (!is.null(response) && httr2::resp_status(response) == 200) unlink(part) # all of it came
    if (file.exists(piece)) file.append(part, piece)
    unlink(piece)
    if (right(part)) {
      file.rename(part, target)
    } else if (is.null(response)) { # cut; what came is kept
      .bt_pause(portal, began, 0.5, "the download was cut")
    } else {
      unlink(part)
      damaged <- damaged + 1
      if (damaged == 3) stop(basename(target), " arrived damaged three times", call. = FALSE)
    }
  }
  target
}

`%||%` <- function(left, right) if (is.null(left) || !length(left)) right else left
