# Dose-response numbers of the data sets liu2009 and rohan1988 (datasets/teaching), one-stage by metafor's rma.mv.
# The covariances are solved here by other means than in metak2: uniroot over the odds of the reference (Greenland &
# Longnecker 1992), optim over the two unknown counts (Hamling et al. 2008).
suppressMessages({library(metafor); library(jsonlite)})
gl <- function(d) {
  y <- d$log_rr[-1]; N <- d$n; M <- sum(d$cases); rr <- exp(d$log_rr)
  if (d$design[1] == "cc") {
    f <- function(o) sum(N * plogis(o + d$log_rr)) - M
    A <- N * plogis(uniroot(f, c(-20, 20), tol = 1e-14)$root + d$log_rr); own <- 1 / A + 1 / (N - A)
  } else { A <- M * rr * N / sum(rr * N); own <- 1 / A - (if (d$design[1] == "ci") 1 / N else 0) }
  v <- own[-1] + own[1]; S <- own[1] / sqrt(outer(v, v)); diag(S) <- 1
  S * outer(d$se[-1], d$se[-1])
}
hamling <- function(d) {
  y <- d$log_rr[-1]; v <- d$se[-1]^2; cc <- d$design[1] == "cc"; s <- if (cc) 1 else -1
  B <- if (cc) d$n - d$cases else d$n; p <- B[1] / sum(B); z <- sum(B) / sum(d$cases); rr <- exp(y)
  made <- function(par) { A0 <- exp(par[1]); B0 <- exp(par[2]); k <- v - 1 / A0 - s / B0
    A <- c(A0, (1 + s * A0 / B0 * rr) / k); list(A = A, B = c(B0, A[-1] * B0 / (A0 * rr))) }
  f <- function(par) { m <- made(par); if (any(c(m$A, m$B) <= 0)) return(1e6)
    (log(m$B[1] / sum(m$B)) - log(p))^2 + (log(sum(m$B) / sum(m$A)) - log(z))^2 }
  par <- log(c(d$cases[1], B[1]))
  for (i in 1:20) par <- optim(par, f, control = list(maxit = 5000, reltol = 1e-16))$par
  m <- made(par); shared <- 1 / m$A[1] + s / m$B[1]
  list(S = diag(v - shared) + shared, cases = m$A, others = m$B, miss = f(par))
}
slope <- function(y, X, S) { W <- solve(S); V <- solve(t(X) %*% W %*% X); list(b = c(V %*% t(X) %*% W %*% y), v = c(V)) }
rohan <- read.csv("datasets/teaching/rohan1988.csv")
rohan$log_rr <- log(rohan$rr); rohan$se <- (log(rohan$ci_high) - log(rohan$ci_low)) / (2 * qnorm(.975))
X <- matrix(rohan$dose[-1]); y <- rohan$log_rr[-1]; h <- hamling(rohan)
out <- list(engine = R.version.string, metafor = as.character(packageVersion("metafor")),
  rohan_gl = slope(y, X, gl(rohan)), rohan_hamling = slope(y, X, h$S), rohan_independent = slope(y, X, diag(rohan$se[-1]^2)),
  rohan_counts = h[c("cases", "others", "miss")], rohan_gl_S = gl(rohan))
liu <- read.csv("datasets/teaching/liu2009.csv"); parts <- split(liu, liu$study)
rcs <- function(x, k) { t <- length(k); p <- function(u) pmax(u, 0)^3
  cbind(x, sapply(seq_len(t - 2), function(j) (p(x - k[j]) - p(x - k[t - 1]) * (k[t] - k[j]) / (k[t] - k[t - 1]) +
    p(x - k[t]) * (k[t - 1] - k[j]) / (k[t] - k[t - 1])) / (k[t] - k[1])^2)) }
knots <- quantile(liu$dose, c(.1, .5, .9)); V <- bldiag(lapply(parts, gl))
long <- do.call(rbind, lapply(parts, function(d) { B <- rcs(d$dose, knots); B <- sweep(B, 2, B[1, ])[-1, , drop = FALSE]
  data.frame(study = d$study[-1], y = d$log_rr[-1], b1 = B[, 1], b2 = B[, 2]) }))
tight <- list(reltol = 1e-15, maxit = 20000)
for (m in c("REML", "ML")) {
  lin <- rma.mv(y, V, mods = ~ 0 + b1, random = ~ b1 - 1 | study, struct = "GEN", data = long, method = m, control = tight)
  out[[paste0("liu_linear_", m)]] <- list(b = c(coef(lin)), v = c(vcov(lin)), psi = lin$tau2, ll = c(logLik(lin)))
  spl <- rma.mv(y, V, mods = ~ 0 + b1 + b2, random = ~ b1 + b2 - 1 | study, struct = "GEN", data = long, method = m,
    control = tight)
  out[[paste0("liu_spline_", m)]] <- list(b = unname(coef(spl)), v = c(vcov(spl)), psi = c(spl$G), ll = c(logLik(spl)))
}
fixed <- rma.mv(y, V, mods = ~ 0 + b1, data = long, method = "FE")
out$liu_linear_CE <- list(b = c(coef(fixed)), v = c(vcov(fixed)))
out$knots <- unname(knots); out$liu_gl_5 <- gl(parts[[5]]); out$liu_hamling_5 <- hamling(parts[[5]])[c("cases", "others", "miss")]
write_json(out, "tests/golden/dose_response.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
