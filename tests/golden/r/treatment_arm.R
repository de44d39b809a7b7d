# Rscript tests/golden/r/treatment_arm.R > tests/golden/treatment_arm.json
# Sweeting, Sutton & Lambert 2004: corrections proportional to the arm's own size that sum to 1, where a cell is zero.
# Invented tables: an empty experimental arm, an empty control arm, all events in one arm, no zero.
suppressMessages(library(metafor))
ai <- c(0, 3, 20, 5); n1i <- c(30, 40, 20, 50); ci <- c(4, 0, 18, 9); n2i <- c(60, 20, 40, 55)
bi <- n1i - ai; di <- n2i - ci
zero <- ai == 0 | bi == 0 | ci == 0 | di == 0
one <- ifelse(zero, n1i / (n1i + n2i), 0); two <- ifelse(zero, n2i / (n1i + n2i), 0)
cases <- list()
for (measure in c("RR", "OR")) {
  es <- escalc(measure, ai = ai + one, bi = bi + one, ci = ci + two, di = di + two, to = "none")
  cases[[length(cases) + 1]] <- list(
    id = sprintf("treatment_arm-%04d", length(cases) + 1), feature = "treatment_arm", stratum = measure,
    dataset = "made-up", r_call = sprintf('escalc("%s", ai=ai+c1, bi=bi+c1, ci=ci+c2, di=di+c2, to="none")', measure),
    inputs = list(ai = ai, n1i = n1i, ci = ci, n2i = n2i), options = list(measure = measure),
    outputs = list(yi = c(es$yi), vi = es$vi), error = NULL, warnings = list(), tol = list(rtol = 1e-8, atol = 1e-10),
    engine = "metafor", metafor_version = as.character(packageVersion("metafor")))
}
json <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null")
cat("[\n", paste(sapply(cases, json), collapse = ",\n"), "\n]\n", sep = "")
