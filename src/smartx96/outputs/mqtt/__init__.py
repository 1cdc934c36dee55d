"""MQTT: meters published to a broker, and found there by Home Assistant."""
