"""The tariff calendar as registers: the active one, the passive one, and a draft of the next."""
