"""Prometheus Alertmanager's API v2: DingBell in place of an Alertmanager (docs/alertmanager.md)."""
