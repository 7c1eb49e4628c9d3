"""The rules and dashboards that Prometheus and Grafana are given."""
