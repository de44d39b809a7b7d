# The teaching sets of datasets/teaching, as R's package metadat holds them. Run: Rscript teaching.R FOLDER
library(metadat)
folder <- commandArgs(TRUE)[1]
save <- function(data, name) write.csv(data, file.path(folder, paste0(name, ".csv")), row.names=FALSE, quote=TRUE, na="")

d <- dat.kearon1998[complete.cases(dat.kearon1998[c("tp", "np", "tn", "nn")]), ]
save(data.frame(study=make.unique(paste(d$study, d$year), sep=" "), year=d$year, patients=d$patients, tp=d$tp, fp=d$nn - d$tn,
                fn=d$np - d$tp, tn=d$tn), "kearon1998")
d <- dat.konstantopoulos2011
save(data.frame(study=paste0("School ", d$school, ", district ", d$district), district=d$district, school=d$school,
                year=d$year, estimate=d$yi, vi=d$vi), "konstantopoulos2011")
d <- dat.berkey1998
save(data.frame(study=paste(d$author, d$year), trial=d$trial, year=d$year, n=d$ni, outcome=d$outcome, estimate=d$yi,
                vi=d$vi, v1=d$v1i, v2=d$v2i), "berkey1998")
d <- dat.senn2013
save(data.frame(study=d$study, arm=d$treatment, statistic=d$comment, mean=d$mi, sd=d$sdi, n=d$ni), "senn2013")
d <- dat.hasselblad1998
save(data.frame(study=paste(d$authors, d$year), arm=d$trt, events=d$xi, total=d$ni), "hasselblad1998")
cat("metadat", as.character(packageVersion("metadat")), "\n")
