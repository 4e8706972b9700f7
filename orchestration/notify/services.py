"""Sending one message to one service: apprise for every address it knows, the shell for a command.

No error here repeats an address or a command: either may contain a password.
"""

import logging
import subprocess

#: What an address begins with that is a shell command.
SHELL = "sh:"

#: Seconds that a command gets.
PATIENCE = 60


class NotSent(Exception):
    """A service did not take a message: mend the address; the next run tries again."""


def send(address: str, title: str, text: str) -> None:
    """Send a message to the service at `address`; raises NotSent.

    `sh:COMMAND` runs the command with the title as its first argument and the text on its standard input.
    """
    if address.startswith(SHELL):
        _run(address.removeprefix(SHELL), title, text)
    else:
        _notify(address, title, text)


def _run(command: str, title: str, text: str) -> None:
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command, "sh", title],
            input=text,
            text=True,
            encoding="utf-8",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotSent(f"the command did not end within {PATIENCE} seconds") from None
    except OSError as error:
        raise NotSent(f"the command cannot be started: {error.strerror}") from None
    if done.returncode:
        raise NotSent(f"the command ended with {done.returncode}")


def _notify(address: str, title: str, text: str) -> None:
    # loading its hundred services takes 2 s of CPU, which a run that reports nothing saves
    import apprise

    # apprise logs addresses
    logging.getLogger("apprise").disabled = True
    service = apprise.Apprise()
    if not service.add(address):
        raise NotSent("apprise knows no such service, or the address is incomplete")
    if not service.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT):
        raise NotSent("the service did not take the message")
