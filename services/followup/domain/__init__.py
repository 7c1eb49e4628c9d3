"""The ledger of what is owed to a plan or a person: what, when, and what became of it. Pure."""
