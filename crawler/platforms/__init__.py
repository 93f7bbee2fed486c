"""Platform bases: what offices on one site software, or with one kind of access, have in common (docs/platforms.md)."""
