"""Conditions of partial indexes, word for word: SQLite uses such an index for nothing less.

Where `state` is compared beside one, it stands in an expression (`state || ''`), or SQLite takes the index of the
state and reads everything that waits anywhere.
"""

from __future__ import annotations

# `delivery_of_send`
OF_SEND = "send_id = %s AND NOT (send_id = '')"
# `delivery_ended_of_…`, of the innermost query: Django gives the table of a subquery another name
ENDED = "NOT (state IN ('pending', 'sending'))"
