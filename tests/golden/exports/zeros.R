# zeros: Risk ratio
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
# not pooled (double zero): Chiba 2007
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Doi 2009"),
  ai = c(0, 10, 5),
  n1i = c(100, 120, 80),
  ci = c(16, 18, 0),
  n2i = c(100, 118, 81),
  metak2_yi = c(-3.49650756147, -0.604593783219, 2.41016536539),
  metak2_vi = c(2.04080408041, 0.138747645951, 2.15727738085),
  stringsAsFactors = FALSE
)
dat <- escalc(
  measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
  add = 1/2, to = "only0", data = dat
)
stopifnot(max(abs(dat$yi - dat$metak2_yi)) < 1e-6, max(abs(dat$vi - dat$metak2_vi)) < 1e-6)
fit <- rma(yi, vi, method = "PM", test = "knha", slab = slab, data = dat, level = 95, control = list(tol = 1e-12, maxiter = 10000))

metak2 <- c(estimate = -0.579239603099, ci_low = -7.58524919177, ci_high = 6.42676998557)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Risk ratio
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
