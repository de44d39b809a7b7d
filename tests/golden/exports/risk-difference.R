# risk-difference: Risk difference
# Written by metak2 0.1.0; checked with R's metafor 3.8-1. Run: Rscript THIS_FILE
library(metafor)

dat <- data.frame(
  slab = c("Aronson 1948", "Ferguson & Simes 1949", "Rosenthal et al 1960", "Hart & Sutherland 1977", "Frimodt-Moller et al 1973", "Stein & Aronson 1953", "Vandiviere et al 1973", "TPT Madras 1980", "Coetzee & Berjak 1968", "Rosenthal et al 1961", "Comstock et al 1974", "Comstock & Webster 1969", "Comstock et al 1976"),
  ai = c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27),
  n1i = c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913),
  ci = c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29),
  n2i = c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854),
  metak2_yi = c(-0.0466163654442, -0.0761017278198, -0.037012987013, -0.0147146180264, -0.00158212670655, -0.139567645845, -0.0127548327248, 6.78802140489e-05, -0.00231668468718, -0.0291322791323, -0.0014842349885, 0.000720097650098, -2.7880742167e-05),
  metak2_vi = c(0.000780068664856, 0.000348462574727, 0.000271399785631, 1.80285493534e-06, 2.6579724826e-06, 0.00019833565415, 2.61048562296e-05, 1.27774445678e-07, 1.35822630604e-06, 2.82475037076e-05, 2.59971469186e-07, 1.34639335974e-06, 1.85066801252e-07),
  stringsAsFactors = FALSE
)
dat <- escalc(
  measure = "RD", ai = ai, n1i = n1i, ci = ci, n2i = n2i,
  add = 1/2, to = "only0", data = dat
)
stopifnot(max(abs(dat$yi - dat$metak2_yi)) < 1e-6, max(abs(dat$vi - dat$metak2_vi)) < 1e-6)
fit <- rma(yi, vi, method = "REML", test = "knha", slab = slab, data = dat, level = 95, control = list(threshold = 1e-12, maxiter = 10000))

metak2 <- c(estimate = -0.0251732881433, ci_low = -0.0492978599877, ci_high = -0.00104871629884)
metafor <- c(estimate = as.vector(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub)
print(rbind(metak2, metafor), digits = 10)
stopifnot(max(abs(metak2 - metafor)) < 1e-6)
cat("metafor gives the same numbers.\n")
