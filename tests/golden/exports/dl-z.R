# dl-z: Odds ratio
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Aronson 1948", "Ferguson & Simes 1949", "Rosenthal et al 1960", "Hart & Sutherland 1977", "Frimodt-Moller et al 1973", "Stein & Aronson 1953", "Vandiviere et al 1973", "TPT Madras 1980", "Coetzee & Berjak 1968", "Rosenthal et al 1961", "Comstock et al 1974", "Comstock & Webster 1969", "Comstock et al 1976"),
  ai = c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
  n1i = c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
  ci = c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29),
  n2i = c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854),
  metak2_yi = c(-0.93869414087, -1.66619072903, -1.38629436112, -1.45644354931, -0.219141085675, -0.958122040776, -1.63377583823, 0.0120206014527, -0.471746035839, -1.40121013928, -0.340849646366, 0.446634682274, -0.0173418739291),
  metak2_vi = c(0.357124952254, 0.208132393657, 0.43341307815, 0.0203144129732, 0.0519517773171, 0.00990526551534, 0.227009675223, 0.00400696201215, 0.0569771239878, 0.0754217263149, 0.0125251338202, 0.534162172475, 0.0716351172957),
  stringsAsFactors = FALSE
)
dat <- escalc(
  measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
  add = 1/2, to = "only0", data = dat
)
stopifnot(max(abs(dat$yi - dat$metak2_yi)) < 1e-6, max(abs(dat$vi - dat$metak2_vi)) < 1e-6)
fit <- rma(yi, vi, method = "DL", test = "z", slab = slab, data = dat, level = 95)

metak2 <- c(estimate = -0.747392349732, ci_low = -1.12422060928, ci_high = -0.370564090184)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Odds ratio
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
