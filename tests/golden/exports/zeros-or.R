# zeros-or: Odds ratio
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
# not pooled (double zero): Chiba 2007
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Doi 2009"),
  ai = c(0, 10, 5),
  n1i = c(100, 120, 80),
  ci = c(16, 18, 0),
  n2i = c(100, 118, 81),
  metak2_yi = c(-3.6699137546, -0.683096844706, 2.47436563679),
  metak2_vi = c(2.08239062889, 0.174646464646, 2.20733315358),
  stringsAsFactors = FALSE
)
dat <- escalc(
  measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
  add = 1/2, to = "only0", data = dat
)
stopifnot(max(abs(dat$yi - dat$metak2_yi)) < 1e-6, max(abs(dat$vi - dat$metak2_vi)) < 1e-6)
fit <- rma(yi, vi, method = "REML", test = "knha", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = -0.644743525537, ci_low = -7.92797446946, ci_high = 6.63848741839)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Odds ratio
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
