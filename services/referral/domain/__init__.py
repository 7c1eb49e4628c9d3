"""Referral, decided purely: what a record says (:mod:`.reading`), whether it is in order (:mod:`.judging`),
and what may be done with a case (:mod:`.case`)."""
