"""Effects that are not independent: correlated sampling errors, and random effects nested, crossed or structured.

y ~ N(X beta, S + sum over terms of (Z G Z') * K): S is the covariance of the sampling errors, block-diagonal; a term
has loadings Z `(k, J)`, a small covariance G `(J, J)` that its parameters make (`structures`), and K, which says which
rows share a draw (1 where the groups are the same, or a known correlation between groups). Rows that share nothing are
independent: everything is summed over the blocks that remain (`blocks`), and never over a k x k matrix.
"""
