# zeros-mh: Risk ratio
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Chiba 2007", "Doi 2009"),
  ai = c(0, 10, 0, 5),
  n1i = c(100, 120, 60, 80),
  ci = c(16, 18, 0, 0),
  n2i = c(100, 118, 62, 81),
  stringsAsFactors = FALSE
)
fit <- rma.mh(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, add = 0, to = "none", slab = slab, data = dat, correct = FALSE, level = 95)

metak2 <- c(estimate = -0.826287394264, ci_low = -1.41447654209, ci_high = -0.238098246438)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Risk ratio
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
