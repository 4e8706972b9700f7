"""The viewer as a server that has imported everything its pages need before the first request.

Streamlit runs main.py only when a browser connects, so the first reader would wait for its imports. Run with
`python -m app.serve` and the options of `streamlit run`.
"""

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from streamlit.web import cli

from app import views

#: What is served: main.py behind a check of who asks.
GUARDED = Path(__file__).with_name("guarded.py")


def main() -> None:
    """Load every page, then serve until stopped."""
    for page in iter_modules(views.__path__, f"{views.__name__}."):
        import_module(page.name)
    cli.main(["run", str(GUARDED), *sys.argv[1:]], prog_name="streamlit")


if __name__ == "__main__":
    main()
