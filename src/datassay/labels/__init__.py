"""Labels: out-of-sample predictions, how many given labels are wrong, which ones, and what reviews say of that."""
