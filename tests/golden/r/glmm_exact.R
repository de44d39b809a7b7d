# Rscript tests/golden/r/glmm_exact.R > tests/golden/glmm_exact.json
# Conditional exact likelihood (CM.EL) of odds ratios: precise and sparse tables, double zeros, a moderator.
# Needs BiasedUrn; takes some four minutes.
suppressMessages({library(metafor); library(metadat)})
# The tightest control first; below 1e-10 nlminb never says that it has converged, and some integrals fail at 1e-10.
controls <- c("control=list(intCtrl=list(rel.tol=1e-10, subdivisions=1000))", "control=list()")
yusuf <- subset(dat.yusuf1985, table == "6" & !is.na(ai))
gibson <- subset(dat.gibson2002, !is.na(ai))
datasets <- list(
  dat.bcg = with(dat.bcg, list(ai = tpos, bi = tneg, ci = cpos, di = cneg)),
  dat.nielweise2007 = with(dat.nielweise2007, list(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci)),
  dat.hine1989 = with(dat.hine1989, list(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci)),
  dat.yusuf1985 = with(yusuf, list(ai = ai, bi = n1i - ai, ci = ci, di = n2i - ci)),
  dat.collins1985a = with(subset(dat.collins1985a, !is.na(d.xti) & !is.na(d.xci)),
                          list(ai = d.xti, bi = nti - d.xti, ci = d.xci, di = nci - d.xci)),
  dat.gibson2002 = with(gibson, list(ai = ai, bi = bi, ci = ci, di = di)),
  dat.damico2009 = with(dat.damico2009, list(ai = xt, bi = nt - xt, ci = xc, di = nc - xc)))
moderated <- list(dat.bcg = cbind(1, dat.bcg$ablat), dat.gibson2002 = cbind(1, gibson$type == 1))
cases <- list()
number <- function(x) if (is.null(x)) NULL else as.list(unname(c(x)))
one_of <- function(x) if (is.null(x) || is.na(x)) NULL else unname(c(x))
add <- function(dataset, method, X = NULL) {
  cells <- datasets[[dataset]]
  said <- character()
  call <- c(list(quote(rma.glmm)), cells, list(measure = "OR", model = "CM.EL", method = method))
  if (!is.null(X)) call <- c(call, list(mods = X[, 2]))
  for (control in controls) {
    said <- character()
    m <- withCallingHandlers(
      tryCatch(eval(as.call(c(call, list(control = eval(parse(text = sub("control=", "", control))))))), error = function(e) conditionMessage(e)),
      warning = function(w) { said <<- c(said, conditionMessage(w)); invokeRestart("muffleWarning") })
    if (!is.character(m)) break
  }
  message(dataset, " ", method, " ", if (is.character(m)) m else control)
  failed <- is.character(m)
  outputs <- if (failed) NULL else list(
    k = m$k, p = m$p, beta = number(m$b), se = number(m$se), stat = number(m$zval), pval = number(m$pval),
    ci_lb = number(m$ci.lb), ci_ub = number(m$ci.ub), tau2 = one_of(m$tau2), I2 = one_of(m$I2), H2 = one_of(m$H2),
    vt = one_of(m$vt), QE_wald = one_of(m$QE.Wld), QE_wald_p = one_of(m$QEp.Wld), QE_lrt = one_of(m$QE.LRT),
    QE_lrt_p = one_of(m$QEp.LRT), QE_df = one_of(m$QE.df), QM = one_of(m$QM), QM_p = one_of(m$QMp),
    fit = list(ML = list(ll = m$fit.stats["ll", "ML"], deviance = one_of(m$fit.stats["dev", "ML"]),
                         AIC = m$fit.stats["AIC", "ML"], BIC = m$fit.stats["BIC", "ML"],
                         AICc = m$fit.stats["AICc", "ML"])))
  inputs <- cells
  options <- list(measure = "OR", model = "CM.EL", method = method)
  if (!is.null(X)) {
    inputs$X <- X
    options$X_columns <- c("(Intercept)", "moderator")
  }
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("glmm_exact-%04d", length(cases) + 1), feature = "glmm_exact",
    stratum = paste0("OR.CM.EL.", method, if (is.null(X)) "" else ".mods"), dataset = dataset,
    r_call = sprintf('rma.glmm(ai=ai, bi=bi, ci=ci, di=di, measure="OR", model="CM.EL", method="%s"%s, %s)', method,
                     if (is.null(X)) "" else ", mods=X[,2]", control),
    inputs = inputs, options = options, outputs = outputs, error = if (failed) m, warnings = as.list(said),
    tol = list(rtol = 2e-4, atol = 2e-5),
    engine = paste("metafor + BiasedUrn", packageVersion("BiasedUrn")),
    metafor_version = as.character(packageVersion("metafor")))
}
for (dataset in names(datasets)) for (method in c("EE", "ML")) {
  add(dataset, method)
  if (dataset %in% names(moderated)) add(dataset, method, moderated[[dataset]])
}
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null", na = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
