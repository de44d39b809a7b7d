# revman5: Risk ratio
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Aronson 1948", "Ferguson & Simes 1949", "Rosenthal et al 1960", "Hart & Sutherland 1977", "Frimodt-Moller et al 1973", "Stein & Aronson 1953", "Vandiviere et al 1973", "TPT Madras 1980", "Coetzee & Berjak 1968", "Rosenthal et al 1961", "Comstock et al 1974", "Comstock & Webster 1969", "Comstock et al 1976"),
  ai = c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
  n1i = c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
  ci = c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29),
  n2i = c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854),
  metak2_yi = c(-0.88931133392, -1.5853886572, -1.3480731483, -1.44155119002, -0.217547322211, -0.786115585819, -1.6208982236, 0.0119523335238, -0.469417648738, -1.37134480347, -0.339358828338, 0.445913400571, -0.0173139482169),
  metak2_vi = c(0.325584765004, 0.194581121398, 0.415367965368, 0.0200100319022, 0.0512101721696, 0.00690561845591, 0.223017247572, 0.00396157929782, 0.0564342104632, 0.073024793613, 0.0124122139716, 0.5325058452, 0.071404659684),
  stringsAsFactors = FALSE
)
dat <- escalc(
  measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
  add = 1/2, to = "only0", data = dat
)
stopifnot(max(abs(dat$yi - dat$metak2_yi)) < 1e-6, max(abs(dat$vi - dat$metak2_vi)) < 1e-6)
fit <- rma(yi, vi, tau2 = 0.309496853764, test = "z", slab = slab, data = dat, level = 95)

metak2 <- c(estimate = -0.714186119569, ci_low = -1.06484990008, ci_high = -0.363522339057)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
print(exp(metafor), digits = 6)  # Risk ratio
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
