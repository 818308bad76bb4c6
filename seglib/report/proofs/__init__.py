"""Pages of proof: what a classification is worth, how steady it is, and the scorecard of all methods."""
