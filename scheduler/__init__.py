"""When: reads schedules.yaml and runs crawls, rechecks, sweeps and deliveries in one long-lived process."""
