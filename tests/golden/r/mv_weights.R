# Rscript tests/golden/r/mv_weights.R > tests/golden/mv_weights.json
# rma.mv with weights of one's own: a vector with a moderator, a full matrix beside correlated sampling errors; and
# robust errors where the weights are a vector.
suppressPackageStartupMessages({ library(metafor); library(jsonlite) })
case <- function(id, data, call, inputs, options, fit, sandwich = NULL) {
  outputs <- list(beta = c(fit$b), se = fit$se, pval = fit$pval, ci_lb = fit$ci.lb, ci_ub = fit$ci.ub, vcov = fit$vb,
                  QM = fit$QM, QM_p = fit$QMp, QE = fit$QE, sigma2 = fit$sigma2, tau2 = fit$tau2, rho = fit$rho,
                  fit = list(ML = as.list(fit$fit.stats[, "ML"]), REML = as.list(fit$fit.stats[, "REML"])))
  for (kind in c("ML", "REML")) names(outputs$fit[[kind]]) <- c("ll", "deviance", "AIC", "BIC", "AICc")
  if (!is.null(sandwich)) outputs$robust <- list(se = sandwich$se, df = sandwich$dfs)
  list(id = id, feature = "mv_weights", stratum = "W", dataset = data, r_call = call, inputs = inputs,
       options = options, outputs = outputs, error = NA, warnings = list(), tol = list(rtol = 1e-4, atol = 1e-6),
       engine = "metafor", metafor_version = as.character(packageVersion("metafor")))
}
schools <- dat.konstantopoulos2011
schools$time <- schools$year - 1990
W <- round(1 / (schools$vi + 0.02), 3)
one <- rma.mv(yi, vi, mods = ~ time, random = ~ 1 | district/school, data = schools, W = W)
nested <- list(list(type = "intercept", formula = "~ 1 | district/school", group = schools$district),
               list(type = "intercept", formula = "~ 1 | district/school", group = paste(schools$district, schools$school, sep = "/")))
first <- case("mv_weights-0001", "dat.konstantopoulos2011",
              "rma.mv(yi, vi, mods = ~ I(year - 1990), random = ~ 1 | district/school, W = round(1 / (vi + 0.02), 3))",
              list(yi = schools$yi, vi = schools$vi, random = nested, X = cbind(1, schools$time), W = W,
                   cluster = as.character(schools$district)),
              list(method = "REML", test = "z", dfs = "residual", X_columns = c("(Intercept)", "time"), level = 95),
              one, robust(one, cluster = schools$district))
teeth <- dat.berkey1998
V <- as.matrix(bldiag(lapply(split(teeth[, c("v1i", "v2i")], teeth$trial), as.matrix)))
near <- abs(outer(seq_len(nrow(V)), seq_len(nrow(V)), "-"))
W <- round(200 * 0.4^near, 4)
two <- rma.mv(yi, V, mods = ~ outcome - 1, random = ~ outcome | trial, struct = "UN", data = teeth, method = "ML", W = W)
second <- case("mv_weights-0002", "dat.berkey1998",
               "rma.mv(yi, V, mods = ~ outcome - 1, random = ~ outcome | trial, struct = \"UN\", method = \"ML\", W = W)",
               list(yi = teeth$yi, V = V, random = list(list(type = "structured", inner = teeth$outcome, outer = teeth$trial)),
                    X = 1 * cbind(teeth$outcome == "AL", teeth$outcome == "PD"), W = W),
               list(method = "ML", test = "z", dfs = "residual", struct = I("UN"), X_columns = c("AL", "PD"), level = 95),
               two)
cat(toJSON(list(first, second), auto_unbox = TRUE, digits = I(17), na = "null"), "\n")
