"""What a paper does not print but follows from what it prints: SDs, means from medians, tables, effective sizes."""
