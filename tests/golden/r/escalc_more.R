# Rscript tests/golden/r/escalc_more.R > tests/golden/escalc_more.json
# Measures and variances that the other escalc files leave out.
suppressMessages(library(metafor))
m <- list(m1i = c(3.1, 5.4, 10.2, 7.7), sd1i = c(2.2, 3.1, 4.4, 2.9), n1i = c(9, 30, 52, 14),
          m2i = c(1.8, 2.9, 9.6, 8.8), sd2i = c(1.1, 2.4, 5.2, 3.3), n2i = c(8, 28, 60, 13))
p <- list(m1i = c(3.1, 5.4, 10.2, 7.7), m2i = c(1.8, 2.9, 9.6, 8.8), sd1i = c(2.2, 3.1, 4.4, 2.9),
          sd2i = c(1.1, 2.4, 5.2, 3.3), ri = c(.5, .7, .2, .6), ni = c(9, 30, 52, 14))
r <- list(ri = c(.31, .55, -.12, .7), ni = c(20, 33, 51, 12))
t <- list(ti = c(2.1, 3.3, -.4, 1.2), ni = c(20, 33, 51, 40), mi = c(2, 3, 5, 4))
s <- c(t, list(r2i = c(.4, .35, .2, .3)))
a <- list(ai = c(.7, .81, .9, .66), mi = c(5, 12, 20, 8), ni = c(20, 90, 210, 55))
g <- list(ai = c(20, 0, 31), bi = c(44, 12, 50), ci = c(18, 9, 22))
x <- list(xi = c(0, 4, 9), ni = c(12, 40, 55))
cases <- list()
add <- function(measure, inputs, ...) {
  told <- list(...)
  es <- suppressWarnings(do.call(escalc, c(list(measure = measure), inputs, told)))
  words <- paste(c(sprintf('measure="%s"', measure), sprintf("%s=%s", names(inputs), names(inputs)),
                   if (length(told)) sprintf('%s="%s"', names(told), unlist(told))), collapse = ", ")
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("escalc_more-%04d", length(cases) + 1), feature = "escalc_more",
    stratum = paste(c(measure, unlist(told)), collapse = "."), dataset = "made-up",
    r_call = sprintf("escalc(%s)", words), inputs = inputs, options = c(list(measure = measure), told),
    outputs = list(yi = as.numeric(es$yi), vi = as.numeric(es$vi)), error = NULL, warnings = list(),
    tol = list(rtol = 1e-9, atol = 1e-12), engine = "metafor", metafor_version = as.character(packageVersion("metafor")))
}
for (v in c("LS2", "UB", "AV")) add("SMD1", m[c("m1i", "n1i", "m2i", "sd2i", "n2i")], vtype = v)
for (v in c("LS2")) { add("SMCC", p, vtype = v); add("SMCR", p[names(p) != "sd2i"], vtype = v) }
add("UCOR", r, vtype = "AV")
add("COR", r, vtype = "AV")
add("SPCOR", s)
add("ARAW", a)
add("REH", g)
for (v in c("UB", "AV")) add("PR", x, vtype = v)
for (v in c("LS", "AV")) { add("PLN", x, vtype = v); add("PLO", x, vtype = v) }
e <- list(ai = c(0, 3, 7, 12, 0), n1i = c(11, 22, 34, 40, 15), ci = c(0, 5, 9, 10, 3), n2i = c(12, 25, 30, 41, 14))
for (d in c(TRUE, FALSE)) add("RD", e, vtype = "AV", drop00 = d)
add("SPCOR", s, vtype = "AV")
one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null", na = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
