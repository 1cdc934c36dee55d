"""Many recordings measured into one table: found, shared out, resumed, put in order.

A recording is the unit of work: whoever measures it writes its rows into a part beside the table,
whole or not at all. When all are done the parts are put in the order of time, recordings that
continue one another share running energies, and the parts become the table.
"""
