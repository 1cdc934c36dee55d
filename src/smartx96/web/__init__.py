"""The page of meters that run, and its small server."""
