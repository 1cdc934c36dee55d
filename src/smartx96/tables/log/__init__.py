"""Log: what meters were polled for, a row for each meter and moment, in files and databases.

A log has one row at most for a meter and a moment that it was due; a row whose `fault` says why
there is no answer has no values. What `add` has returned for outlives the process and, where the
disk keeps its word, the power.
"""
