# Rscript tests/golden/r/two_step.R > tests/golden/two_step.json
# Two-step DerSimonian-Laird (DerSimonian & Kacker 2007): metafor 3.8-1 has no name for it; it is the method of moments
# with the weights 1 / (vi + tau2 of DL), which rma(method="GENQ") takes as given. Data: escalc() on sets of metadat.
suppressPackageStartupMessages(library(metafor))
sets <- list(
  "dat.bcg" = escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg),
  "dat.normand1999" = escalc("SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i,
                             data = dat.normand1999),
  "dat.hart1999" = escalc("IRR", x1i = x1i, x2i = x2i, t1i = t1i, t2i = t2i, data = dat.hart1999))
show <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ","), "]")
cases <- character()
for (name in names(sets)) {
  dat <- sets[[name]]
  first <- rma(yi, vi, data = dat, method = "DL")
  second <- rma(yi, vi, weights = 1 / (dat$vi + first$tau2), data = dat, method = "GENQ")
  number <- length(cases) + 1
  cases[number] <- sprintf(paste0(
    '{"id":"two_step-%04d","feature":"two_step","stratum":"DL2","dataset":"%s",',
    '"r_call":"rma(yi, vi, weights = 1 / (vi + rma(yi, vi, method=\\"DL\\")$tau2), method=\\"GENQ\\")",',
    '"inputs":{"yi":%s,"vi":%s},"options":{"method":"DL2"},"outputs":{"tau2":%.17g},"error":null,"warnings":[],',
    '"tol":{"rtol":1e-08,"atol":1e-10},"engine":"metafor","metafor_version":"%s"}'),
    number, name, show(dat$yi), show(dat$vi), second$tau2, packageVersion("metafor"))
}
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "")
