"""Notifications of a run: the message (message.py), what each service received (memory.py), services (services.py)."""
