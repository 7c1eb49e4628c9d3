"""What operations see: the counts in the metrics, and the alerts on them."""
