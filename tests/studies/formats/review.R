# The stored results in review.py: metafor 3.8-1. Run: Rscript review.R
options(digits = 17)
suppressMessages(library(metafor))
d <- data.frame(a=c(4,6,3,62),n1=c(123,306,231,13598),c=c(11,29,11,248),n2=c(139,303,220,12867), y=c(1948,1949,1960,1977))
f <- function(x) cat(paste(names(x), format(unlist(x),digits=17), collapse="\n"),"\n")
m <- rma.mh(ai=a,n1i=n1,ci=c,n2i=n2,measure="OR",data=d,correct=FALSE)
cat("MH OR\n"); f(list(est=exp(m$beta[1]),lo=exp(m$ci.lb),hi=exp(m$ci.ub),z=m$zval,p=m$pval,Q=m$QE,Qp=m$QEp)); print(100*weights(m)/100)
e <- escalc("OR",ai=a,n1i=n1,ci=c,n2i=n2,data=d); print(exp(e$yi)); print(sqrt(e$vi)); print(exp(e$yi-qnorm(.975)*sqrt(e$vi))); print(exp(e$yi+qnorm(.975)*sqrt(e$vi)))
# RevMan random: DL about MH, RR
m <- rma.mh(ai=a,n1i=n1,ci=c,n2i=n2,measure="RR",data=d); e <- escalc("RR",ai=a,n1i=n1,ci=c,n2i=n2,data=d)
w <- 1/e$vi; Q <- sum(w*(e$yi-m$beta[1])^2); t2 <- max(0,(Q-3)/(sum(w)-sum(w^2)/sum(w)))
r <- rma(yi,vi,data=e,tau2=t2); cat("RR random\n"); f(list(t2=t2,Q=Q,Qp=pchisq(Q,3,lower=FALSE),I2=100*(Q-3)/Q,est=exp(r$beta[1]),lo=exp(r$ci.lb),hi=exp(r$ci.ub),z=abs(r$zval),p=r$pval)); print(weights(r))
# SMD RevMan
x <- data.frame(m1=c(5.2,12.1,7.4),s1=c(1.9,3.3,2.2),n1=c(20,31,15),m2=c(6.1,14.9,7.1),s2=c(2.1,3.9,2.0),n2=c(21,29,16))
N <- x$n1+x$n2; sp <- sqrt(((x$n1-1)*x$s1^2+(x$n2-1)*x$s2^2)/(N-2)); g <- (x$m1-x$m2)/sp*(1-3/(4*N-9)); v <- N/(x$n1*x$n2)+g^2/(2*(N-3.94))
r <- rma(g,v,method="EE"); cat("SMD common\n"); print(g); f(list(est=r$beta[1],lo=r$ci.lb,hi=r$ci.ub,z=abs(r$zval),p=r$pval,Q=r$QE,I2=max(0,100*(r$QE-2)/r$QE))); print(weights(r))
# HR generic, DL random
y <- log(c(.8,.65,1.1)); s <- c(.2,.15,.3); r <- rma(y,sei=s,method="DL"); cat("HR DL\n"); f(list(est=exp(r$beta[1]),lo=exp(r$ci.lb),hi=exp(r$ci.ub),t2=r$tau2,Q=r$QE,I2=max(0,100*(r$QE-2)/r$QE),z=abs(r$zval),p=r$pval)); print(weights(r)); cat(log10(exp(r$beta[1])),"\n"); cat(y,"\n")
d <- data.frame(a=c(4,6,62,33,505),n1=c(123,306,13598,5069,88391),c=c(11,29,248,47,499),n2=c(139,303,12867,5808,88391))
# RevMan random: DL about MH, RR
m <- rma.mh(ai=a,n1i=n1,ci=c,n2i=n2,measure="RR",data=d); e <- escalc("RR",ai=a,n1i=n1,ci=c,n2i=n2,data=d)
w <- 1/e$vi; Q <- sum(w*(e$yi-m$beta[1])^2); t2 <- max(0,(Q-4)/(sum(w)-sum(w^2)/sum(w)))
r <- rma(yi,vi,data=e,tau2=t2); cat("RR random\n"); f(list(t2=t2,Q=Q,Qp=pchisq(Q,4,lower=FALSE),I2=100*(Q-4)/Q,est=exp(r$beta[1]),lo=exp(r$ci.lb),hi=exp(r$ci.ub),z=abs(r$zval),p=r$pval)); print(weights(r))
print(exp(e$yi));print(exp(e$yi-qnorm(.975)*sqrt(e$vi)));print(exp(e$yi+qnorm(.975)*sqrt(e$vi))); m<-rma.peto(ai=a,n1i=n1,ci=c,n2i=n2,data=d); cat("PETO
");f(list(est=exp(m$beta[1]),lo=exp(m$ci.lb),hi=exp(m$ci.ub),Q=m$QE,z=m$zval)); m <- rma.mh(ai=n1-a,n1i=n1,ci=n2-c,n2i=n2,measure="RR",data=d); cat("swapped MH RR
"); f(list(est=exp(m$beta[1]),lo=exp(m$ci.lb),hi=exp(m$ci.ub),Q=m$QE,z=abs(m$zval)))