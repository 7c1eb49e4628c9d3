"""Planning's decisions: what is known of a case and what is asked in, facts or a refusal out. Pure."""
