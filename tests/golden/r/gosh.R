# Rscript tests/golden/r/gosh.R < cases.json > tests/golden/gosh.json
# cases.json: the stored cases of metafor's gosh(), whose REML fits stop at metafor's default threshold. Here every subset
# of those is refitted with a tight one; the other methods are closed forms and stay as they are.
suppressMessages(library(metafor))
tight <- list(threshold = 1e-14, maxiter = 10000, stepadj = 0.5)
cases <- jsonlite::fromJSON(file("stdin"), simplifyVector = FALSE)
refitted <- function(case) {
  yi <- unlist(case$inputs$yi); vi <- unlist(case$inputs$vi); probs <- unlist(case$options$quantiles)
  k <- length(yi)
  rows <- lapply(seq_len(2^k - 1), function(s) {
    i <- bitwAnd(s, 2^(seq_len(k) - 1)) > 0
    m <- suppressWarnings(rma(yi[i], vi[i], method = "REML", control = tight))
    c(k = m$k, estimate = c(m$b), QE = m$QE, I2 = m$I2, H2 = m$H2, tau2 = m$tau2)
  })
  all <- as.data.frame(do.call(rbind, rows))
  q <- function(x) unname(quantile(x, probs, type = 7))
  case$outputs <- c(list(n_subsets = nrow(all)), lapply(all, q), estimate_mean = mean(all$estimate), I2_mean = mean(all$I2))
  case$r_call <- 'rma(yi, vi, method="REML", control=list(threshold=1e-14, maxiter=10000, stepadj=0.5)), every subset'
  case$note <- "quantiles of type 7 over every subset with at least one study"
  case$checked_against <- NULL
  case
}
cases <- lapply(cases, function(case) if (case$stratum == "REML") refitted(case) else case)
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
