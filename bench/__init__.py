"""`make bench`: what the product does in a second, beside Alertmanager, on this machine (docs/performance.md)."""
