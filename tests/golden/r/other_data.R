# Rscript tests/golden/r/other_data.R > tests/golden/other_data.json
# Options and corners that other data than the reference folder's brought to light.
suppressMessages(library(metafor))
cases <- list()
add <- function(stratum, dataset, r_call, inputs, options, outputs, rtol = 1e-8)
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("other_data-%04d", length(cases) + 1), feature = "other_data", stratum = stratum, dataset = dataset,
    r_call = r_call, inputs = inputs, options = options, outputs = outputs, error = NULL, warnings = list(),
    tol = list(rtol = rtol, atol = 1e-10), engine = "metafor", metafor_version = as.character(packageVersion("metafor")))

# R2 of a common-effect regression with weights of one's own.
d <- dat.bangertdrowns2004
d <- d[!is.na(d$meta) & !is.na(d$length), ]
for (w in list(rep(1, nrow(d)), seq_len(nrow(d)))) {
  m <- rma(yi, vi, mods = ~ length * meta, weights = w, data = d, method = "EE")
  add("R2", "dat.bangertdrowns2004", 'rma(yi, vi, mods = ~ length * meta, weights=weights, method="EE")',
      list(yi = c(m$yi), vi = m$vi, X = unname(m$X), weights = w), list(method = "EE", test = "z"),
      list(beta = c(m$beta), se = m$se, R2 = m$R2))
}

# Moderators beside random study effects: metafor has group + group:x, the group coded 1 and 0.
x <- c(-1.2, 0.4, 2.1, 0.3, -0.6, 1.7, 0.9, -0.2, -1.9, 0.5, 1.1, -0.8, 0.7, 0.1, 1.4, -0.4)
lee <- dat.lee2004
tight <- list(glmerCtrl = list(tolPwrss = 1e-12, optimizer = "Nelder_Mead", optCtrl = list(FtolAbs = 1e-12, XtolRel = 1e-12, maxfun = 1e5)))
m <- suppressWarnings(rma.glmm(ai = ai, n1i = n1i, ci = ci, n2i = n2i, mods = x, data = lee, measure = "OR",
                               model = "UM.RS", method = "ML", nAGQ = 1, control = tight))
add("UM.RS", "dat.lee2004",
    'rma.glmm(ai, n1i=n1i, ci, n2i=n2i, mods=x, measure="OR", model="UM.RS", method="ML", nAGQ=1, control=<tight>)',
    list(ai = lee$ai, n1i = lee$n1i, ci = lee$ci, n2i = lee$n2i, X = cbind(1, x, deparse.level = 0)),
    list(measure = "OR", model = "UM.RS", method = "ML", X_columns = c("(Intercept)", "x")),
    list(beta = c(m$beta), tau2 = m$tau2, sigma2 = m$sigma2, fit = list(ML = list(ll = m$fit.stats["ll", "ML"]))),
    rtol = 1e-4)

# Random slopes with and without their covariance with the intercepts.
d <- dat.obrien2003
d$bmi23 <- d$bmi - 23
d <- escalc("PLO", xi = cases, ni = total, data = d)
for (struct in c("GEN", "GDIAG")) for (method in c("REML", "ML")) {
  m <- suppressWarnings(rma.mv(yi, vi, mods = ~ bmi23, random = ~ bmi23 | ref, struct = struct, method = method, data = d,
                               control = list(rel.tol = 1e-9)))
  add("slopes", "dat.obrien2003",
      sprintf('rma.mv(yi, vi, mods = ~ bmi23, random = ~ bmi23 | ref, struct="%s", method="%s")', struct, method),
      list(yi = c(d$yi), vi = d$vi, dose = d$bmi23, group = as.character(d$ref)), list(struct = struct, method = method),
      c(list(beta = c(m$beta), se = m$se, tau2 = m$tau2, ll = m$fit.stats["ll", method]),
        if (struct == "GEN") list(rho = m$rho)), rtol = 1e-4)
}

# Sensitivity and specificity: 0.5 in every study if one has a zero, in those with a zero, or nowhere.
dta <- list(tp = c(55, 31, 78, 20, 64, 41, 90, 33), fn = c(9, 12, 20, 3, 30, 7, 11, 2),
            fp = c(4, 10, 6, 15, 2, 9, 12, 1), tn = c(60, 82, 140, 44, 33, 75, 58, 27))
for (zero in c(TRUE, FALSE)) for (to in c("all if any", "affected")) {
  if (zero) dta$fp[8] <- 0 else dta$fp[8] <- 1
  odd <- dta$tp == 0 | dta$fn == 0 | dta$fp == 0 | dta$tn == 0
  half <- if (to == "affected") 0.5 * odd else rep(0.5 * any(odd), 8)
  l <- data.frame(y = c(log((dta$tp + half) / (dta$fn + half)), log((dta$tn + half) / (dta$fp + half))),
                  v = c(1 / (dta$tp + half) + 1 / (dta$fn + half), 1 / (dta$tn + half) + 1 / (dta$fp + half)),
                  outcome = factor(rep(c("sens", "spec"), each = 8)), study = rep(1:8, 2))
  m <- rma.mv(y, v, mods = ~ outcome - 1, random = ~ outcome | study, struct = "UN", data = l,
              control = list(rel.tol = 1e-9))
  add("dta", "made-up", 'rma.mv(logits, mods = ~ outcome - 1, random = ~ outcome | study, struct="UN")', dta,
      list(zero_cells = to), list(beta = c(m$beta), se = m$se, tau2 = m$tau2, rho = m$rho,
                                   ll = m$fit.stats["ll", "REML"]), rtol = 1e-5)
}

# The tests of association and homogeneity leave out the tables that the sums leave out.
zeros <- list(ai = c(0, 1, 0, 3, 0), n1i = c(20, 40, 33, 50, 25), ci = c(0, 2, 1, 5, 0), n2i = c(21, 38, 30, 49, 300))
for (to in c("all", "if0all")) for (measure in c("OR", "PETO")) {
  more <- list(add = c(1, 0.25), to = c("all", to), drop00 = c(FALSE, TRUE))
  m <- if (measure == "OR") do.call(rma.mh, c(list(measure = "OR"), zeros, more)) else do.call(rma.peto, c(zeros, more))
  out <- list(k = m$k, estimate = c(m$beta), se = m$se)
  if (measure == "OR") out <- c(out, list(CO = m$CO, MH = m$MH, TA = m$TA, TA_p = m$TAp))
  add(if (measure == "OR") "mh" else "peto", "made-up",
      sprintf('rma.%s(ai, n1i=n1i, ci, n2i=n2i, add=c(1, 1/4), to=c("all", "%s"), drop00=c(FALSE, TRUE))',
              if (measure == "OR") "mh" else "peto", to), zeros, c(list(measure = measure), more), out)
}

one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null", na = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
