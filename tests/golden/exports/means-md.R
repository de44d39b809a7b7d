# means-md: Mean difference
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Chiba 2007"),
  yi = c(0.2, 0.7, 0.2),
  vi = c(0.0288636363636, 0.0195833333333, 0.0383333333333),
  stringsAsFactors = FALSE
)
fit <- rma(yi, vi, method = "REML", test = "knha", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = 0.384146807731, ci_low = -0.349599670905, ci_high = 1.11789328637)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
