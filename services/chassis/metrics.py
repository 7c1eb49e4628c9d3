"""What Prometheus may ask of a service. One registry a process; labels never hold an identity or a case."""

from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from contracts.events import AnyEvent
from services.chassis.database import Pool


class Metrics:
    """The chassis' metrics; a service adds its own to :attr:`registry`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.appended = Counter(
            "samspel_events_appended", "Events written to the event store", ["type"], registry=self.registry
        )
        self.relay_held = Gauge(
            "samspel_relay_partitions_held", "Outbox partitions this worker sends", registry=self.registry
        )
        self.relay_sent = Counter("samspel_relay_sent", "Events Kafka acknowledged", registry=self.registry)
        self.relay_errors = Counter(
            "samspel_relay_errors",
            "Rounds of sending that failed and will be repeated",
            registry=self.registry,
        )
        self.assigned = Gauge(
            "samspel_consumer_assigned_partitions", "Partitions this worker reads", registry=self.registry
        )
        self.applied = Counter(
            "samspel_records_applied", "Records applied and accounted for", ["topic"], registry=self.registry
        )
        self.duplicates = Counter(
            "samspel_records_duplicate",
            "Events seen before and passed over",
            ["topic"],
            registry=self.registry,
        )
        self.parked = Counter(
            "samspel_records_parked",
            "Events that came before their predecessor",
            ["topic"],
            registry=self.registry,
        )
        self.not_learnt = Counter(
            "samspel_events_not_learnt",
            "Events kept for a version that knows their type or code",
            ["topic"],
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "samspel_dead_letters", "Records that could not be used", ["topic"], registry=self.registry
        )
        self.retries = Counter(
            "samspel_consumer_retries", "Batches that failed and are read again", registry=self.registry
        )
        self.blocked = Gauge(
            "samspel_consumer_blocked",
            "Partitions whose reading is retried, by the class of the error",
            ["topic", "partition", "error"],
            registry=self.registry,
        )
        self.overtaken = Counter(
            "samspel_consumer_overtaken",
            "Batches given up because another worker had the partition",
            registry=self.registry,
        )
        self.stalls = Counter(
            "samspel_consumer_stalls", "Times reading stood still and was begun anew", registry=self.registry
        )
        self.skipped = Counter(
            "samspel_consumer_offsets_missing",
            "Offsets passed over because the broker said that they hold no record",
            ["topic"],
            registry=self.registry,
        )
        self.lag = Gauge(
            "samspel_consumer_lag", "Records not yet applied", ["topic", "partition"], registry=self.registry
        )
        self.record_delay = Histogram(
            "samspel_record_delay_seconds",
            "From when a record was sent, by its own timestamp, until it was applied",
            ["topic"],
            registry=self.registry,
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 600, 3600),
        )
        self.batch_seconds = Histogram(
            "samspel_batch_seconds", "Time to apply one batch of one partition", registry=self.registry
        )
        self.timer_fired = Counter("samspel_timers_fired", "Timers fired", ["kind"], registry=self.registry)
        self.timer_failed = Counter(
            "samspel_timers_failed",
            "Timers that failed and will be tried again",
            ["kind"],
            registry=self.registry,
        )
        self.timer_delay = Histogram(
            "samspel_timer_delay_seconds",
            "How late timers fired",
            registry=self.registry,
            buckets=(0.1, 1, 10, 60, 600, 3600, 86400, 604800),
        )
        self.calendar_delay = Histogram(
            "samspel_calendar_event_delay_seconds",
            "How late events that a day brings about were appended: from the Swedish midnight at which it began",
            ["type"],
            registry=self.registry,
            buckets=(60, 600, 3600, 21600, 86400, 604800),
        )
        self.pool_wait = Histogram(
            "samspel_pool_wait_seconds",
            "Time that work waited for a connection to the database",
            registry=self.registry,
            buckets=(0.001, 0.01, 0.1, 0.5, 1, 5, 10),
        )
        self.pool_connections = Gauge(
            "samspel_pool_connections",
            "Connections to the database that this process has, busy and idle",
            ["state"],
            registry=self.registry,
        )
        self.pool_limit = Gauge(
            "samspel_pool_connections_limit", "Connections it may have at most", registry=self.registry
        )
        self.http = Histogram(
            "samspel_http_request_seconds",
            "Requests by route",
            ["method", "route", "status"],
            registry=self.registry,
        )

    def watch_pool(self, pool: Pool) -> None:
        """Shows how many connections a pool has at the moment of each scrape."""
        self.pool_connections.labels("idle").set_function(pool.get_idle_size)
        self.pool_connections.labels("busy").set_function(lambda: pool.get_size() - pool.get_idle_size())
        self.pool_limit.set(pool.get_max_size())

    def count_of_the_calendar(self, events: Iterable[AnyEvent]) -> None:
        """Counts events that fired timers appended, with how late they were; their transaction has committed."""
        for event in events:
            delay = (event.recordedtime - event.time).total_seconds()
            self.calendar_delay.labels(event.type).observe(max(0.0, delay))

    def count_appended(self, events: Iterable[AnyEvent]) -> None:
        """Counts events whose transaction has committed."""
        for event in events:
            self.appended.labels(event.type).inc()
