"""The numeric floor: arrays shaped `(batch, k)` in, arrays shaped `(batch,)` out; NumPy and `scipy.special` only.

The contract of every pooling kernel:

`yi`, `vi`, `mi` are shaped `(batch, k)` or broadcast to it. A row is one meta-analysis, a column one study. `mi` is the
**multiplicity** of a study: 0 leaves it out, 1 keeps it, 2 counts it twice. Where `mi = 0`, `yi = 0` and `vi = 1` are
stored. Results are shaped `(batch,)`. NaN goes in nowhere; it comes out where a row cannot be estimated, and only
there, and every kernel returns beside its values a `status` of bit flags that the models turn into notes. A kernel
never raises for one bad row; a row stops iterating when it has converged itself.
"""
