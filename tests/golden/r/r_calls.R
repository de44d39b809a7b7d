# DO NOT EDIT r_calls.json by hand. Evaluates the lines that `metak2.display.r_call` prints and stores what R answers:
#   Rscript tests/golden/r/r_calls.R tests/golden/r_calls.json        (rewrites the numbers beside each call)
suppressMessages({ library(metafor); library(jsonlite) })
path <- commandArgs(TRUE)[1]
golden <- read_json(path)
for (name in names(golden$cases)) {
  call <- sub("^library\\(metafor\\); ", "", golden$cases[[name]]$r_call)
  fit <- eval(parse(text = paste0("{", sub("; print\\(fit\\); predict\\(fit\\)$", "; fit", call), "}")))
  golden$cases[[name]]$estimate <- c(fit$b); golden$cases[[name]]$ci_low <- fit$ci.lb; golden$cases[[name]]$ci_high <- fit$ci.ub
  if (grepl("predict", call)) {
    p <- predict(fit); golden$cases[[name]]$pi_low <- p$pi.lb; golden$cases[[name]]$pi_high <- p$pi.ub
  }
}
golden$version <- as.character(packageVersion("metafor"))
write_json(golden, path, digits = 17, auto_unbox = TRUE, pretty = TRUE)
