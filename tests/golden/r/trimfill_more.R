# Trim and fill of metafor on invented sets of 4 to 40 studies, with ties and both signs: writes tests/golden/trimfill_more.json.
# Run from the top of the repository: Rscript tests/golden/r/trimfill_more.R
suppressMessages({library(metafor); library(jsonlite)})
set.seed(20261122)
number <- 0
lines <- character()
for (round in 1:24) {
  k <- sample(4:40, 1)
  vi <- signif(runif(k, 0.01, 0.6), 4)
  yi <- rnorm(k, sample(c(-0.4, 0, 0.4), 1), sqrt(vi + sample(c(0, 0.05, 0.3), 1)))
  keep <- round %% 3 == 0 | yi / sqrt(vi) > -0.6
  if (sum(keep) >= 4) { yi <- yi[keep]; vi <- vi[keep] }
  yi <- if (round %% 4 == 0) round(yi, 1) else signif(yi, 6)
  for (estimator in c("L0", "R0", "Q0")) for (method in c("EE", "DL", "PM")) {
    side <- sample(c("auto", "left", "right"), 1)
    base <- tryCatch(rma(yi, vi, method = method, control = list(tol = 1e-12)), error = function(e) NULL)
    found <- if (is.null(base)) NULL else tryCatch(
      if (side == "auto") trimfill(base, estimator = estimator) else trimfill(base, estimator = estimator, side = side),
      error = function(e) NULL, warning = function(w) NULL)
    if (is.null(found)) next
    number <- number + 1
    one <- list(
      id = sprintf("trimfill-more-%04d", number), feature = "trimfill", stratum = paste0(estimator, ".", side),
      dataset = sprintf("made-up %d", round),
      r_call = sprintf('trimfill(rma(yi, vi, method="%s"), estimator="%s"%s)', method, estimator,
                       if (side == "auto") "" else sprintf(', side="%s"', side)),
      inputs = list(yi = yi, vi = vi), options = list(method = method, estimator = estimator, side = side),
      outputs = list(k0 = found$k0, se_k0 = found$se.k0, p_k0 = found$p.k0, side = found$side,
                     estimate = c(found$beta), se = found$se, pval = found$pval, ci_lb = found$ci.lb,
                     ci_ub = found$ci.ub, tau2 = found$tau2, QE = found$QE, I2 = found$I2),
      error = NA, warnings = list(), tol = list(rtol = 1e-8, atol = 1e-10), engine = "metafor",
      metafor_version = as.character(packageVersion("metafor")))
    lines <- c(lines, toJSON(one, auto_unbox = TRUE, digits = NA, null = "null", na = "null"))
  }
}
writeLines(c("[", paste0(lines, c(rep(",", length(lines) - 1), "")), "]"), "tests/golden/trimfill_more.json")
