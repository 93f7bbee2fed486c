"""Faults on purpose: kills, bad receivers, jumping clocks. `make faults` prints the counts."""
