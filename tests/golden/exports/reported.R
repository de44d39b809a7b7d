# reported: Hazard ratio
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Chiba 2007"),
  yi = c(-0.223143551314, -0.356674943939, -0.105360515658),
  vi = c(0.0239102271766, 0.0294715032235, 0.04),
  stringsAsFactors = FALSE
)
fit <- rma(yi, vi, method = "ML", test = "t", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = -0.238887698332, ci_low = -0.667539583437, ci_high = 0.189764186773)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Hazard ratio
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
