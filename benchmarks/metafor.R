# A session of R that stays open: one expression a line on standard input, its CPU seconds per call on standard output.
# A line that starts with "!" is evaluated without being timed. Nothing else is written to standard output.
suppressMessages(library(metafor))
session <- file("stdin", open = "r")
cpu <- function() sum(proc.time()[c(1, 2, 4, 5)]) # of this process and its finished children
SHORTEST <- 0.2 # seconds; proc.time() counts in milliseconds
while (length(line <- readLines(session, n = 1)) > 0) {
  if (startsWith(line, "!")) {
    invisible(suppressMessages(suppressWarnings(eval(parse(text = substring(line, 2)), globalenv()))))
    cat("ready\n")
  } else {
    code <- parse(text = line)
    calls <- 0
    start <- cpu()
    repeat {
      suppressMessages(suppressWarnings(eval(code, globalenv())))
      calls <- calls + 1
      if (cpu() - start > SHORTEST) break
    }
    cat(format((cpu() - start) / calls, digits = 17), "\n")
  }
  flush(stdout())
}
