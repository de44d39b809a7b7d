# hostile: Mean difference
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("O\"Neill \\ 1999", "=1+1", "two lines"),
  yi = c(0.1, 0.2, 0.4),
  vi = c(0.01, 0.04, 0.0225),
  stringsAsFactors = FALSE
)
fit <- rma(yi, vi, method = "REML", test = "knha", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = 0.212253339642, ci_low = -0.185006595153, ci_high = 0.609513274438)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
