"""Words of the viewer and the report: labels, units, captions and sentences; nothing is computed here."""
