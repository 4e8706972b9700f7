"""One file and one class a source, each behind the protocol of base.py."""
