# Rscript tests/golden/r/single_trial.R > tests/golden/single_trial.json
# Habu 2004 (2 of 21 against 9 of 19) by itself: effect sizes, Fisher's exact p, and p as events are added.
suppressMessages(library(metafor))
cases <- list()
add <- function(stratum, r_call, inputs, outputs, engine, options = list())
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("single_trial-%04d", length(cases) + 1), feature = "single_trial", stratum = stratum,
    dataset = "Habu 2004", r_call = r_call, inputs = inputs, options = options, outputs = outputs, error = NULL,
    warnings = list(), tol = list(rtol = 1e-8, atol = 1e-10), engine = engine,
    metafor_version = as.character(packageVersion("metafor")))
table <- function(events) list(ai = events, n1i = 21, ci = 9, n2i = 19)
for (measure in c("RR", "OR", "RD", "PETO")) {
  s <- summary(escalc(measure, ai = 2, n1i = 21, ci = 9, n2i = 19))
  add("escalc", sprintf('summary(escalc("%s", ai=2, n1i=21, ci=9, n2i=19))', measure), table(2),
      list(estimate = c(s$yi), se = s$sei, ci_lb = s$ci.lb, ci_ub = s$ci.ub, pval = s$pval), "metafor",
      list(measure = measure))
}
for (events in 2:4)
  add("fisher", sprintf("fisher.test(matrix(c(%d, %d, 9, 10), 2))$p.value", events, 21 - events), table(events),
      list(pval = fisher.test(matrix(c(events, 21 - events, 9, 10), 2))$p.value), R.version.string)
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
