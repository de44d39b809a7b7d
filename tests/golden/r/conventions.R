# Rscript tests/golden/r/conventions.R > tests/golden/conventions.json
# The thirteen BCG trials (dat.bcg of metadat), log risk ratios, under each convention; and their prediction intervals.
suppressMessages(library(metafor))
ai <- c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27)
n1i <- c(123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913)
ci <- c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29)
n2i <- c(139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854)
es <- escalc("RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i)
yi <- as.numeric(es$yi); vi <- as.numeric(es$vi); k <- length(yi)
tight <- list(threshold = 1e-14, maxiter = 10000)
inputs <- list(ai = ai, n1i = n1i, ci = ci, n2i = n2i)
cases <- list()
add <- function(stratum, r_call, outputs, options = list(measure = "RR"))
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("conventions-%04d", length(cases) + 1), feature = "conventions", stratum = stratum, dataset = "dat.bcg",
    r_call = r_call, inputs = inputs, options = options, outputs = outputs, error = NULL, warnings = list(),
    tol = list(rtol = 1e-8, atol = 1e-10), engine = "metafor", metafor_version = as.character(packageVersion("metafor")))
told <- function(m) list(estimate = c(m$b), se = m$se, ci_lb = m$ci.lb, ci_ub = m$ci.ub, pval = m$pval,
                         tau2 = m$tau2, I2 = m$I2, Q = m$QE, Q_p = m$QEp)

hk <- rma(yi, vi, test = "knha", control = tight)
wald <- rma(yi, vi, control = tight)
add("knha", 'rma(yi, vi, test="knha", control=list(threshold=1e-14))', told(hk))
add("wald", "rma(yi, vi, control=list(threshold=1e-14))", told(wald))

# RevMan 5: DerSimonian-Laird whose Q is taken about the Mantel-Haenszel estimate.
mh <- rma.mh(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i)
w <- 1 / vi
Q <- sum(w * (yi - c(mh$b))^2)
tau2 <- max(0, (Q - (k - 1)) / (sum(w) - sum(w^2) / sum(w)))
rm5 <- rma(yi, vi, tau2 = tau2)
add("revman5", "mh <- rma.mh(...); Q <- sum((yi-mh$b)^2/vi); tau2 <- (Q-(k-1))/C; rma(yi, vi, tau2=tau2)",
    list(estimate = c(rm5$b), se = rm5$se, ci_lb = rm5$ci.lb, ci_ub = rm5$ci.ub, pval = rm5$pval, tau2 = tau2,
         I2 = 100 * (Q - (k - 1)) / Q, Q = Q, Q_p = pchisq(Q, k - 1, lower.tail = FALSE)))

interval <- function(m, q) { s <- sqrt(m$tau2 + m$se^2); list(pi_lb = c(m$b) - q * s, pi_ub = c(m$b) + q * s) }
add("HK SE, t(k-1)", 'predict(rma(yi, vi, test="knha"))', { p <- predict(hk); list(pi_lb = p$pi.lb, pi_ub = p$pi.ub) },
    list(test = "HK", prediction = "t(k-1)"))
add("HK SE, t(k-2)", "b -/+ qt(.975, k-2) * sqrt(tau2 + se^2), se of knha", interval(hk, qt(.975, k - 2)),
    list(test = "HK", prediction = "t(k-2)"))
add("Wald SE, t(k-2)", "b -/+ qt(.975, k-2) * sqrt(tau2 + se^2)", interval(wald, qt(.975, k - 2)),
    list(test = "z", prediction = "t(k-2)"))
add("Wald SE, z", "predict(rma(yi, vi))", { p <- predict(wald); list(pi_lb = p$pi.lb, pi_ub = p$pi.ub) },
    list(test = "z", prediction = "z"))
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
