"""From rows to a picture: every chart of the viewer; nothing is read, computed or worded here."""
