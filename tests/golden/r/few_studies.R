# Rscript tests/golden/r/few_studies.R > tests/golden/few_studies.json
# Recurrence of liver cancer, vitamin K2 45 mg: two trials, and three with tau2 = 0.
suppressMessages(library(metafor))
tight <- list(threshold = 1e-14, maxiter = 10000)
cases <- list()
add <- function(dataset, stratum, r_call, inputs, m)
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("few_studies-%04d", length(cases) + 1), feature = "few_studies", stratum = stratum, dataset = dataset,
    r_call = r_call, inputs = inputs, options = list(measure = "RR"),
    outputs = list(estimate = c(m$b), se = m$se, ci_lb = m$ci.lb, ci_ub = m$ci.ub, pval = m$pval, tau2 = m$tau2),
    error = NULL, warnings = list(), tol = list(rtol = 1e-8, atol = 1e-10), engine = "metafor",
    metafor_version = as.character(packageVersion("metafor")))
pool_all <- function(dataset, ai, n1i, ci, n2i) {
  es <- escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i)
  inputs <- list(ai = ai, n1i = n1i, ci = ci, n2i = n2i)
  add(dataset, "EE", 'rma(yi, vi, method="EE")', inputs, rma(es$yi, es$vi, method = "EE"))
  for (test in c("z", "knha", "adhoc"))
    add(dataset, test, sprintf('rma(yi, vi, method="REML", test="%s")', test), inputs,
        suppressWarnings(rma(es$yi, es$vi, method = "REML", test = test, control = tight)))
}
pool_all("Yoshida 45 mg, Ishizuka", c(52, 28), c(182, 50), c(58, 33), c(181, 51))
pool_all("Yoshida 45 mg, Ishizuka, Hosho", c(52, 28, 12), c(182, 50, 23), c(58, 33, 22), c(181, 51, 49))
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
