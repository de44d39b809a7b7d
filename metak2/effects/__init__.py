"""What a study found, as an effect size with its variance, and where each number came from."""
