"""Tariff calendars of meters, read and set through their registers, always as a whole."""
