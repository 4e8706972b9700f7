"""Who may talk to a server on this machine: its own pages and programs, no page of another site. An ASGI middleware.

A browser sends the requests of any web page to 127.0.0.1. The viewer and Dagster's pages (orchestration/webserver.py)
serve without a password, so both check where a request comes from before anything else reads it.
"""

from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: Names under which this machine reaches itself. A name that some DNS server points here is not among them.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

#: What a browser says of a request that a page of the same origin, or the person at the address bar, made.
OWN_SITES = frozenset({"same-origin", "none"})


class OwnPagesOnly:
    """Refuse with 403 what another site's page sent; with 405 a GET that would execute a GraphQL mutation.

    Programs that send neither Origin nor Sec-Fetch-Site (curl, a script) pass when they address the loopback by name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif reason := refusal(scope):
            await _refuse(scope, receive, send, 403, reason)
        elif scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and _mutates(scope):
            await _refuse(scope, receive, send, 405, "a mutation needs POST")
        else:
            await self._app(scope, receive, send)


def refusal(scope: Scope) -> str | None:
    """Why a request is refused, in a few words; None if it is this machine's own."""
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if _hostname(f"//{host}") not in LOOPBACK:
        return f"this server answers at 127.0.0.1 and localhost, not at {host!r}"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return f"this server takes nothing from pages of {origin}"
    site = headers.get("sec-fetch-site", "none")
    if site not in OWN_SITES and not _is_followed_link(scope, headers):
        return "this server takes nothing from pages of another site"
    return None


def _is_followed_link(scope: Scope, headers: Headers) -> bool:
    """A link on another page that a person followed: it opens a page here and executes nothing."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and not scope["path"].startswith("/graphql")
    )


def _mutates(scope: Scope) -> bool:
    """Whether a query in the address is anything but GraphQL queries."""
    texts = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("query", [])
    return scope["path"].startswith("/graphql") and not all(_only_queries(text) for text in texts)


def _only_queries(text: str) -> bool:
    try:
        definitions = parse(text).definitions
    except GraphQLError:
        return True  # executes nothing; the server reports what is wrong with it
    return all(
        definition.operation is OperationType.QUERY
        for definition in definitions
        if isinstance(definition, OperationDefinitionNode)
    )


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
    else:
        await PlainTextResponse(reason, status)(scope, receive, send)
