"""Ways of running the system. Nothing here decides anything about a case."""
