# Networks by metafor's rma.mv on contrasts against each trial's first arm, with their covariance: likelihood fits, meta-
# regression with a common slope, additive components. Run: Rscript network_more.R > ../network_more.json
library(metafor); library(jsonlite)
d <- dat.hasselblad1998
d$trt <- as.character(d$trt)
d$x <- d$study / 10   # a moderator for the sake of the numbers
treatments <- sort(unique(d$trt))
pieces <- lapply(unique(d$study), function(s) {
   one <- d[d$study == s,]; one <- one[order(one$trt),]
   add <- if (any(one$xi == 0 | one$xi == one$ni)) 0.5 else 0
   e <- one$xi + add; f <- one$ni - one$xi + add
   a <- length(e)
   X <- t(sapply(2:a, function(j) (treatments == one$trt[j]) - (treatments == one$trt[1])))
   list(y=(log(e / f))[-1] - log(e / f)[1], V=diag(1 / e[-1] + 1 / f[-1], a - 1) + 1 / e[1] + 1 / f[1],
        X=matrix(X, nrow=a - 1), x=rep(one$x[1], a - 1), s=rep(s, a - 1), arm=seq_len(a - 1))
})
y <- unlist(lapply(pieces, `[[`, "y")); V <- bldiag(lapply(pieces, `[[`, "V")); X <- do.call(rbind, lapply(pieces, `[[`, "X"))
x <- unlist(lapply(pieces, `[[`, "x")); s <- unlist(lapply(pieces, `[[`, "s")); arm <- unlist(lapply(pieces, `[[`, "arm"))
colnames(X) <- treatments
reference <- "no_contact"
B <- X[, treatments != reference]
components <- cbind(advice=(treatments %in% c("ind_counseling", "grp_counseling")) + 0,
                    own=(treatments %in% c("ind_counseling", "self_help")) + 0)
fit <- function(M, method) {
   if (method == "CE") return(rma.mv(y, V, mods=~ 0 + M, method="EE"))
   rma.mv(y, V, mods=~ 0 + M, random=~ arm | s, struct="CS", rho=0.5, method=method,
          control=list(optimizer="BFGS", reltol=1e-14))
}
number <- 0
case <- function(stratum, M, method, extra=list()) {
   f <- fit(M, method); number <<- number + 1
   list(id=sprintf("network_more-%04d", number), feature="network_more", stratum=stratum, dataset="dat.hasselblad1998",
        r_call=sprintf("rma.mv(y, V, mods=~0 + M, random=~arm | s, struct=\"CS\", rho=0.5, method=\"%s\")", method),
        inputs=list(study=as.character(d$study), arm=d$trt, events=d$xi, total=d$ni, x=d$x), options=c(list(method=method), extra),
        outputs=list(names=I(sub("^M", "", rownames(f$beta))), beta=I(c(f$beta)), se=I(f$se), tau2=if (method == "CE") 0 else f$tau2,
                     QE=f$QE, QE_df=f$k - f$p, ll=if (method == "CE") NA else c(logLik(f))),
        error=NA, warnings=I(character()), tol=list(rtol=1e-6, atol=1e-8), engine="metafor", metafor_version=as.character(packageVersion("metafor")))
}
slopes <- cbind(B, x=rowSums(B) * x)
own <- cbind(B, B * x); colnames(own) <- c(colnames(B), paste0(colnames(B), ":x"))
cases <- list(case("network", B, "REML"), case("network", B, "ML"), case("network", B, "CE"),
              case("common slope", slopes, "REML"), case("common slope", slopes, "CE"),
              case("independent slopes", own, "ML"), case("independent slopes", own, "CE"),
              case("components", X %*% components, "REML"), case("components", X %*% components, "CE"))
one <- function(case) toJSON(case, auto_unbox=TRUE, digits=I(17), null="null", na="null")
cat("[\n", paste(sapply(cases, one), collapse=",\n"), "\n]\n", sep="")
