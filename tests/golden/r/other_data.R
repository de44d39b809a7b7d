# Rscript tests/golden/r/other_data.R > tests/golden/other_data.json
# Options and corners that other data than the reference folder's brought to light.
suppressMessages(library(metafor))
cases <- list()
add <- function(stratum, dataset, r_call, inputs, options, outputs, rtol = 1e-8)
  cases[[length(cases) + 1]] <<- list(
    id = sprintf("other_data-%04d", length(cases) + 1), feature = "other_data", stratum = stratum, dataset = dataset,
    r_call = r_call, inputs = inputs, options = options, outputs = outputs, error = NULL, warnings = list(),
    tol = list(rtol = rtol, atol = 1e-10), engine = "metafor", metafor_version = as.character(packageVersion("metafor")))

# R2 of a common-effect regression with weights of one's own.
d <- dat.bangertdrowns2004
d <- d[!is.na(d$meta) & !is.na(d$length), ]
for (w in list(rep(1, nrow(d)), seq_len(nrow(d)))) {
  m <- rma(yi, vi, mods = ~ length * meta, weights = w, data = d, method = "EE")
  add("R2", "dat.bangertdrowns2004", 'rma(yi, vi, mods = ~ length * meta, weights=weights, method="EE")',
      list(yi = c(m$yi), vi = m$vi, X = unname(m$X), weights = w), list(method = "EE", test = "z"),
      list(beta = c(m$beta), se = m$se, R2 = m$R2))
}

one <- function(case) jsonlite::toJSON(case, auto_unbox = TRUE, digits = I(17), null = "null", na = "null")
cat("[\n", paste(sapply(cases, one), collapse = ",\n"), "\n]\n", sep = "")
