"""Runs the whole system on one machine: PostgreSQL, Apache Kafka, the services and one gateway."""
