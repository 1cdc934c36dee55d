"""InfluxDB line protocol: readings and registers as they are measured, into whatever takes it."""
