# means-rom: Ratio of means
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Ando 2001", "Baba 2004", "Chiba 2007"),
  yi = c(0.17848001639, 0.381353133799, 0.112381433913),
  vi = c(0.0250441919192, 0.0067217630854, 0.0115388179062),
  stringsAsFactors = FALSE
)
fit <- rma(yi, vi, method = "REML", test = "knha", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = 0.242089773147, ci_low = -0.130758904406, ci_high = 0.6149384507)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Ratio of means
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
