"""The door: `podium …`, one module a command group."""
