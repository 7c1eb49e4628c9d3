"""What reporting counts and shows, and how. Pure."""
