# Rscript tests/golden/r/exports.R > tests/golden/exports.json
# What R's metafor answers to each script that metak2 wrote into tests/golden/exports; a script stops by itself where
# metafor and metak2 disagree.
answer <- function(path) {
  own <- new.env()
  invisible(capture.output(suppressPackageStartupMessages(source(path, local = own))))
  fit <- own$fit
  sprintf('  "%s": {"estimate": %.15g, "ci_low": %.15g, "ci_high": %.15g, "k": %d}',
          sub("[.]R$", "", basename(path)), as.vector(fit$beta), fit$ci.lb, fit$ci.ub, as.integer(fit$k))
}
paths <- sort(list.files("tests/golden/exports", pattern = "[.]R$", full.names = TRUE))
cat('{\n  "metafor": "', as.character(packageVersion("metafor")), '",\n', sep = "")
cat(paste(vapply(paths, answer, ""), collapse = ",\n"), "\n}\n", sep = "")
