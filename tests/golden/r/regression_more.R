# Rscript tests/golden/r/regression_more.R > tests/golden/regression_more.json
# Meta-regression where the reference folder is silent: diagnostics under Knapp-Hartung, given weights, a given tau2,
# leave-one-out with moderators, Q-profile limits, and the permutation test with REML converged.
suppressMessages(library(metafor))
tight <- list(threshold = 1e-12, maxiter = 10000)
bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
cases <- list()
add <- function(stratum, r_call, options, outputs, inputs)
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("regression_more-%04d", length(cases) + 1), feature = "regression_more", stratum = stratum,
    dataset = "bcg.rr", r_call = r_call, inputs = inputs, options = options, outputs = outputs, error = NULL,
    warnings = list(), tol = list(rtol = 1e-6, atol = 1e-8), engine = "metafor",
    metafor_version = as.character(packageVersion("metafor")))
inputs_of <- function(m, ...) list(yi = c(m$yi), vi = m$vi, X = unname(m$X), ...)
diagnose <- function(m) {
  i <- influence(m)
  list(rstudent = i$inf$rstudent, dffits = i$inf$dffits, cook_d = i$inf$cook.d, cov_r = i$inf$cov.r,
       tau2_del = i$inf$tau2.del, QE_del = i$inf$QE.del, hat = i$inf$hat, weight = i$inf$weight,
       dfbetas = unname(as.matrix(i$dfbs)), rstandard_se = rstandard(m)$se, rstudent_se = rstudent(m)$se,
       cholesky = c(residuals(m, type = "cholesky")))
}
for (mods in c("~ ablat", "~ ablat + factor(alloc)")) {
  for (test in c("knha", "adhoc", "t")) {
    m <- rma(yi, vi, mods = as.formula(mods), data = bcg, method = "REML", test = test, control = tight)
    add(paste0("influence.", test), sprintf('influence(rma(yi, vi, mods = %s, method="REML", test="%s"))', mods, test),
        list(method = "REML", test = test), diagnose(m), inputs_of(m))
  }
  m <- rma(yi, vi, weights = 1:13, mods = as.formula(mods), data = bcg, method = "DL")
  add("influence.weights", sprintf('influence(rma(yi, vi, weights=1:13, mods = %s, method="DL"))', mods),
      list(method = "DL", test = "z"), diagnose(m), inputs_of(m, weights = 1:13))
  for (test in c("z", "knha")) {
    m <- rma(yi, vi, weights = 1:13, mods = as.formula(mods), data = bcg, method = "DL", test = test)
    add("weights", sprintf('rma(yi, vi, weights=1:13, mods = %s, method="DL", test="%s")', mods, test),
        list(method = "DL", test = test),
        list(beta = c(m$beta), se = m$se, QM = m$QM, tau2 = m$tau2, R2 = m$R2, ll = c(logLik(m, REML = FALSE)),
             ll_reml = c(logLik(m, REML = TRUE))), inputs_of(m, weights = 1:13))
    m <- rma(yi, vi, mods = as.formula(mods), data = bcg, tau2 = 0.1, test = test, control = tight)
    add("tau2", sprintf('rma(yi, vi, mods = %s, tau2=0.1, test="%s")', mods, test),
        list(method = "REML", test = test, tau2 = 0.1),
        list(beta = c(m$beta), se = m$se, QM = m$QM, tau2 = m$tau2, R2 = m$R2, ll = c(logLik(m, REML = FALSE)),
             ll_reml = c(logLik(m, REML = TRUE))), inputs_of(m))
  }
  m <- rma(yi, vi, mods = as.formula(mods), data = bcg, method = "REML", control = tight)
  ci <- confint(m, control = list(tol = 1e-12, maxiter = 10000))$random[1, ]
  b <- baujat(m)
  add("confint", sprintf('confint(rma(yi, vi, mods = %s)); baujat()', mods), list(method = "REML", test = "z"),
      list(tau2_lb = ci[["ci.lb"]], tau2_ub = ci[["ci.ub"]], x = b$x, y = b$y), inputs_of(m))
}
full <- rma(yi, vi, mods = ~ ablat, data = bcg, method = "REML", test = "knha", control = tight)
out <- lapply(1:13, function(i) rma(yi, vi, mods = ~ ablat, data = bcg[-i, ], method = "REML", test = "knha", control = tight))
pick <- function(f) t(sapply(out, f))
add("leave1out", "one rma(yi, vi, mods = ~ ablat, method=\"REML\", test=\"knha\") without each study",
    list(method = "REML", test = "knha"),
    list(estimate = unname(pick(function(m) c(m$beta))), se = pick(function(m) m$se), pval = pick(function(m) m$pval),
         ci_lb = pick(function(m) m$ci.lb), tau2 = c(pick(function(m) m$tau2)), I2 = c(pick(function(m) m$I2)),
         Q = c(pick(function(m) m$QE)), QM = c(pick(function(m) m$QM)), QM_p = c(pick(function(m) m$QMp))),
    inputs_of(full))
# The seven studies of permutest-0038, with every refit converged and with R's default settings.
seven <- jsonlite::fromJSON("tests/golden/permutest.json", simplifyVector = FALSE)
seven <- Filter(function(c) c$id == "permutest-0038", seven)[[1]]$inputs
y <- unlist(seven$yi); v <- unlist(seven$vi); x <- unlist(seven$x)
orders <- function(n) if (n == 1) matrix(1) else {
  p <- orders(n - 1)
  do.call(rbind, lapply(1:n, function(i) cbind(i, ifelse(p >= i, p + 1, p))))
}
profile_max <- function(xx) {
  ll <- function(t) c(logLik(rma(y, v, mods = xx, tau2 = t), REML = TRUE))
  grid <- c(0, exp(seq(log(1e-5), log(5), length.out = 60)))
  height <- sapply(grid, ll); at <- which.max(height)
  optimize(ll, c(grid[max(1, at - 1)], grid[min(61, at + 1)]), maximum = TRUE, tol = 1e-10)$maximum
}
stat <- function(o) {
  m <- try(suppressWarnings(rma(y, v, mods = x[o], method = "REML", test = "knha", control = tight)), silent = TRUE)
  if (inherits(m, "try-error"))
    m <- suppressWarnings(rma(y, v, mods = x[o], method = "REML", tau2 = profile_max(x[o]), test = "knha"))
  abs(m$zval)
}
all <- t(apply(orders(length(y)), 1, stat))
obs <- stat(seq_along(y))
add("permutest", "permutest(rma(y, v, mods = ~ x, method=\"REML\", test=\"knha\"), exact=TRUE), each refit converged",
    list(method = "REML", test = "knha"),
    list(pval = c(mean(all[, 1] >= obs[1] - 1e-7), mean(all[, 2] >= obs[2] - 1e-7))),
    list(yi = y, vi = v, x = x))
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
