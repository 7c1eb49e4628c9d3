"""Planning's pages: the board of sessions, and the seat of a case."""
