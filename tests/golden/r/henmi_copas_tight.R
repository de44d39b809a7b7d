# Henmi & Copas' interval with a tight root: writes tests/golden/henmi_copas_tight.json.
# Run from the top of the repository: Rscript tests/golden/r/henmi_copas_tight.R
suppressMessages({library(metafor); library(jsonlite)})
answer <- function(case) {
  yi <- unlist(case$inputs$yi); vi <- unlist(case$inputs$vi)
  r <- hc(rma(yi, vi, method = "DL"), control = list(tol = 1e-12, maxiter = 10000))
  list(id = sub("henmi_copas", "henmi_copas_tight", case$id), feature = "henmi_copas_tight", stratum = "hc",
       dataset = case$dataset, r_call = "hc(rma(yi, vi, method=\"DL\"), control=list(tol=1e-12, maxiter=10000))",
       inputs = list(yi = yi, vi = vi), options = list(method = "DL"),
       outputs = list(estimate = r$beta, se = r$se, ci_lb = r$ci.lb, ci_ub = r$ci.ub, tau2 = r$tau2), error = NULL,
       warnings = list(), tol = list(rtol = 1e-6, atol = 1e-10), engine = "metafor",
       metafor_version = as.character(packageVersion("metafor")))
}
cases <- fromJSON("tests/golden/henmi_copas.json", simplifyVector = FALSE)
lines <- vapply(lapply(cases, answer), function(one) toJSON(one, auto_unbox = TRUE, digits = NA, null = "null"), "")
writeLines(c("[", paste0(lines, c(rep(",", length(lines) - 1), "")), "]"), "tests/golden/henmi_copas_tight.json")
