"""What was fitted: pooled effects, subgroups, absolute effects."""
