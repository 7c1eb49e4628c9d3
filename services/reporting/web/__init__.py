"""Pages of the reporting service: start, a case's timeline, the year's report."""
