"""Time stamps: what a column of times says of the sample clock."""
