"""The page that finds, sets, checks and records meters, and its server."""
