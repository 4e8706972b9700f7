"""One file a page; each has `show(day)`, which asks app.marts and draws with app.charts."""
