"""Dagster's web pages behind the check of app/loopback.py; run as a process by orchestration/ui.py."""

import sys
from pathlib import Path

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context

from app.loopback import OwnPagesOnly

#: Milliseconds between two requests of an open page for new data, the value of `dagster dev`.
POLL = 2000


def main(workspace: Path, port: int) -> None:
    """Serve the code locations of the file `workspace` at 127.0.0.1 until stopped."""
    with (
        DagsterInstance.get() as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([str(workspace)])) as context,
    ):
        pages = create_app_from_workspace_process_context(context, "", POLL)
        uvicorn.run(OwnPagesOnly(pages), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
