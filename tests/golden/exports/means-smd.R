# means-smd: Standardised mean difference
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Chiba 2007"),
  yi = c(0.353711873469, 1.24783455751, 0.429657936437),
  vi = c(0.0969439750906, 0.0771405194859, 0.187528922932),
  stringsAsFactors = FALSE
)
fit <- rma(yi, vi, method = "REML", test = "knha", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = 0.71480362576, ci_low = -0.561563238351, ci_high = 1.99117048987)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
