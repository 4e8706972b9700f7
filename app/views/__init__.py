"""One file a page: `show(day)` queries app.published and draws with app.pictures; page.py is the furniture of all."""
