# Rscript tests/golden/r/mv_deletion.R > tests/golden/mv_deletion.json
# What rma.mv answers without each cluster when every refit starts afresh. rstudent(), cooks.distance() and dfbetas() of
# mv_diagnostics-0007 start their refits where the full model ended, with the variance between clusters at 0, and four of
# them stay there although the restricted likelihood is higher elsewhere (without cluster 5 by 0.93).
suppressPackageStartupMessages({ library(metafor); library(jsonlite) })
all <- fromJSON("tests/golden/mv_diagnostics.json", simplifyVector = FALSE)
case <- Filter(function(one) one$id == "mv_diagnostics-0007", all)[[1]]
dat <- as.data.frame(lapply(case$inputs, unlist))
fit <- function(data, ...) rma.mv(yi, vi, random = ~ 1 | cluster/unit, data = data, ...)
full <- fit(dat)
without <- function(cluster) {
  left <- dat$cluster == cluster
  refit <- fit(dat[!left, ])
  whole <- fit(dat, sigma2 = refit$sigma2)
  moved <- full$b[1] - refit$b[1]
  own <- dat$yi[left] - refit$b[1]
  spread <- diag(dat$vi[left] + refit$sigma2[2], sum(left)) + refit$sigma2[1] + refit$vb[1]
  c(cluster = cluster, ll = refit$fit.stats["ll", "REML"], X2 = drop(own %*% solve(spread, own)),
    cook = moved^2 / full$vb[1], dfbetas = moved / sqrt(whole$vb[1]))
}
rows <- as.data.frame(t(sapply(unique(as.numeric(dat$cluster)), without)))
outputs <- list(cluster_order = as.character(rows$cluster), ll = rows$ll, rstudent_X2 = rows$X2,
                cooks_distance = rows$cook, dfbetas = rows$dfbetas)
cat(toJSON(list(list(
  id = "mv_deletion-0001", feature = "mv_deletion", stratum = "deletion, each refit afresh", dataset = "sim.ml2",
  r_call = "rma.mv(yi, vi, random = ~ 1 | cluster/unit) without each cluster", inputs = case$inputs,
  options = case$options, outputs = outputs, error = NA, warnings = list(),
  tol = list(rtol = 1e-4, atol = 1e-6), engine = "metafor",
  metafor_version = as.character(packageVersion("metafor")))), auto_unbox = TRUE, digits = I(17), na = "null"), "\n")
