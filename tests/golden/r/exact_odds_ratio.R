# Rscript tests/golden/r/exact_odds_ratio.R > tests/golden/exact_odds_ratio.json
# The conditional odds ratio with exact limits: fisher.test for one table, mantelhaen.test(exact = TRUE) for several.
# Both leave their roots (of ratios above 1: of the inverse) to uniroot with its default tolerance, 1.22e-4.
cases <- list()
add <- function(dataset, r_call, inputs, t)
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("exact_odds_ratio-%04d", length(cases) + 1), feature = "exact_odds_ratio", stratum = "exact",
    dataset = dataset, r_call = r_call, inputs = inputs, options = list(level = 95),
    outputs = list(odds_ratio = unname(t$estimate), ci_lb = t$conf.int[1], ci_ub = t$conf.int[2], pval = t$p.value),
    error = NULL, warnings = list(), tol = list(rtol = 0, atol = 1.3e-4),
    engine = paste("R", getRversion(), "stats"), metafor_version = "none")
one <- function(dataset, a, b, c, d)
  add(dataset, "fisher.test(matrix(c(ai, bi, ci, di), 2, byrow = TRUE))",
      list(ai = I(a), bi = I(b), ci = I(c), di = I(d)), fisher.test(matrix(c(a, b, c, d), 2, byrow = TRUE)))
several <- function(dataset, a, b, c, d)
  add(dataset, "mantelhaen.test(array(rbind(ai, ci, bi, di), c(2, 2, k)), exact = TRUE)",
      list(ai = a, bi = b, ci = c, di = d),
      mantelhaen.test(array(rbind(a, c, b, d), c(2, 2, length(a))), exact = TRUE))
one("Habu 2004", 2, 19, 9, 10)
one("no event in one arm", 0, 20, 5, 15)
one("nothing but events in one arm", 12, 0, 7, 8)
one("large trial of rare events", 505, 87886, 499, 87892)
several("dat.nielweise2007", c(0,1,2,0,5,1,1,1,1,1,0,0,3,6,0,0,1,4),
        c(116,43,206,130,146,97,173,73,96,112,66,70,185,181,118,252,344,60), c(3,3,9,7,6,4,3,2,19,2,7,1,5,11,0,1,3,1),
        c(114,32,186,129,151,135,174,37,84,120,57,57,170,169,105,261,359,68))
several("with double-zero trials", c(0,0,3,1,0,5), c(50,30,97,49,80,0), c(0,2,0,1,0,5), c(48,33,101,50,79,0))
several("dat.bcg, the five smallest", c(4,6,3,8,5), c(119,300,228,2537,2493), c(11,29,11,10,3), c(128,274,209,619,2338))
json <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, json), collapse = ",\n"), "\n]\n", sep = "")
