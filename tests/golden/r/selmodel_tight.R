# Selection models of metafor with tight quadrature and optimisation: writes tests/golden/selmodel_tight.json.
# Run from the top of the repository: Rscript tests/golden/r/selmodel_tight.R
suppressMessages({library(metafor); library(jsonlite)})
cases <- fromJSON("tests/golden/selmodel.json", simplifyVector = FALSE)
pick <- function(id) Filter(function(one) one$id == id, cases)[[1]]
sets <- list(bangertdrowns2004 = pick("selmodel-0005"), sim.b = pick("selmodel-0021"), raudenbush1985 = pick("selmodel-0029"))
runs <- list(
  list("bangertdrowns2004", "ML", "power", "greater", "none", NA),
  list("bangertdrowns2004", "ML", "beta", "greater", "none", NA),
  list("bangertdrowns2004", "EE", "beta", "greater", "none", NA),
  list("bangertdrowns2004", "ML", "halfnorm", "greater", "none", 0.025),
  list("bangertdrowns2004", "ML", "negexp", "two.sided", "none", NA),
  list("bangertdrowns2004", "ML", "logistic", "greater", "sqrtninv", NA),
  list("bangertdrowns2004", "ML", "stepfun", "two.sided", "none", 0.05),
  list("bangertdrowns2004", "EE", "stepfun", "two.sided", "none", 0.05),
  list("bangertdrowns2004", "ML", "halfnorm", "two.sided", "none", 0.05),
  list("bangertdrowns2004", "ML", "logistic", "greater", "ninv", NA),
  list("raudenbush1985", "ML", "halfnorm", "two.sided", "none", NA),
  list("raudenbush1985", "EE", "halfnorm", "less", "none", NA),
  list("raudenbush1985", "ML", "power", "two.sided", "none", NA),
  list("sim.b", "ML", "stepfun", "less", "none", c(0.025, 0.5)),
  list("sim.b", "ML", "negexp", "less", "sei", NA))
answer <- function(run, number) {
  base <- sets[[run[[1]]]]$inputs
  yi <- unlist(base$yi); vi <- unlist(base$vi); ni <- unlist(base$ni)
  fit <- rma(yi, vi, ni = ni, method = run[[2]], control = list(threshold = 1e-12, maxiter = 10000))
  arguments <- list(fit, type = run[[3]], alternative = run[[4]],
                    control = list(reltol = 1e-14, maxit = 5000, intCtrl = list(rel.tol = 1e-10, subdivisions = 2000)))
  options <- list(method = run[[2]], type = run[[3]], alternative = run[[4]])
  if (run[[5]] != "none") arguments$prec <- options$prec <- run[[5]]
  if (!anyNA(run[[6]])) arguments$steps <- options$steps <- run[[6]]
  f <- try(do.call(selmodel, arguments), silent = TRUE)
  if (inherits(f, "try-error")) { message(paste(run, collapse = " "), ": ", f); return(NULL) }
  list(id = sprintf("selmodel_tight-%04d", number), feature = "selmodel_tight",
       stratum = paste(run[[3]], run[[4]], run[[2]], sep = "."), dataset = run[[1]],
       r_call = sprintf("selmodel(rma(yi, vi, ni=ni, method=\"%s\"), type=\"%s\", alternative=\"%s\", prec=\"%s\", steps=%s, control=list(reltol=1e-14, intCtrl=list(rel.tol=1e-10)))",
                        run[[2]], run[[3]], run[[4]], run[[5]], paste(run[[6]], collapse = ",")),
       inputs = list(yi = yi, vi = vi, ni = ni), options = options,
       outputs = list(beta = c(f$beta), se = f$se, tau2 = f$tau2, delta = f$delta, loglik = c(logLik(f)), LRT = f$LRT,
                      LRT_df = f$LRTdf, LRT_p = f$LRTp),
       error = NULL, warnings = list(), tol = list(rtol = 1e-3, atol = 2e-4), engine = "metafor",
       metafor_version = as.character(packageVersion("metafor")))
}
found <- Filter(Negate(is.null), Map(answer, runs, seq_along(runs)))
lines <- vapply(found, function(one) toJSON(one, auto_unbox = TRUE, digits = NA, null = "null", na = "null"), "")
writeLines(c("[", paste0(lines, c(rep(",", length(lines) - 1), "")), "]"), "tests/golden/selmodel_tight.json")
