"""Ways out of the plant. Plain Python: no Django, no database, no clock of the product."""
