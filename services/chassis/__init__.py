"""What every service needs and no domain: events out, events in, time, people, pages, and the truth about health."""
