"""What must be true of every table, worked out from the raw topics alone and nothing of the services' code.

The topics are read from their first record: what agencies sent, what the services sent, what was dead-lettered. From
them follows what each table of the four databases must hold, column by column; :func:`differences` says where it
does not.
"""

from tests.oracle.compare import differences, differences_of, first_difference
from tests.oracle.laws import broken_laws
from tests.oracle.story import Place, Story, read_story

__all__ = ["Place", "Story", "broken_laws", "differences", "differences_of", "first_difference", "read_story"]
