"""Report: a measured recording as one page that needs nothing beside itself."""
