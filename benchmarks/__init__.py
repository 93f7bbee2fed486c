"""What podium costs, as ratios within one run; `make bench` prints the table and writes it to benchmarks/results/."""
