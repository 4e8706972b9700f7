"""The check in front of both servers: which requests pass, which are refused, for HTTP and for websockets."""

from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.loopback import OwnPagesOnly

BASE = "http://127.0.0.1:3000"
MUTATION = "mutation { launchRun { __typename } }"


async def answer(request):
    return PlainTextResponse("answered")


async def talk(socket):
    await socket.accept()
    await socket.send_text("answered")
    await socket.close()


@pytest.fixture
def client():
    routes = [
        Route("/", answer),
        Route("/graphql", answer, methods=["GET", "POST"]),
        WebSocketRoute("/_stcore/stream", talk),
    ]
    return TestClient(OwnPagesOnly(Starlette(routes=routes)), base_url=BASE)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/", {}, 200),
        ("GET", "/", {"host": "localhost:3000"}, 200),
        ("GET", "/", {"host": "[::1]:3000"}, 200),
        ("GET", "/", {"host": "evil.example"}, 403),
        ("GET", "/", {"host": "127.0.0.1.evil.example:3000"}, 403),
        ("GET", "/", {"host": ""}, 403),
        ("POST", "/graphql", {"origin": BASE}, 200),
        ("POST", "/graphql", {"origin": "https://evil.example"}, 403),
        ("POST", "/graphql", {"origin": "http://127.0.0.1:3001"}, 403),
        ("POST", "/graphql", {"origin": "http://localhost:3000"}, 403),
        ("POST", "/graphql", {"origin": "null"}, 403),
        ("POST", "/graphql", {"sec-fetch-site": "same-site"}, 403),
        ("GET", "/graphql", {"sec-fetch-site": "cross-site"}, 403),
        ("GET", "/graphql", {"sec-fetch-site": "same-origin"}, 200),
        # a link that somebody follows opens a page, an image or a frame of another site does not
        ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 200),
        ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
        ("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
        ("GET", "/graphql", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
    ],
)  # fmt: skip
def test_a_request_passes_only_from_this_machine_s_own_pages(client, method, path, headers, status):
    assert client.request(method, path, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("{ version }", 200),
        ("query named { version }", 200),
        (MUTATION, 405),
        ("query a { version } " + MUTATION, 405),
        ("subscription { logs }", 405),
        ("not graphql {", 200),  # executes nothing
    ],
)
def test_a_get_executes_no_mutation(client, query, status):
    assert client.get("/graphql", params={"query": query}).status_code == status


def test_a_second_query_parameter_hides_no_mutation(client):
    query = urlencode([("query", "{ version }"), ("query", MUTATION)])
    assert client.get(f"/graphql?{query}").status_code == 405


def test_a_post_with_a_mutation_passes(client):
    assert client.post("/graphql", json={"query": MUTATION}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://127.0.0.1:9"}, {"origin": "null"}, {"host": "evil.example"}, {"sec-fetch-site": "same-site"}],
)
def test_a_websocket_of_another_page_is_closed(client, headers):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers) as socket:
        socket.receive_text()


def test_a_websocket_of_its_own_page_talks(client):
    with client.websocket_connect("/_stcore/stream", headers={"host": "127.0.0.1:3000", "origin": BASE}) as socket:
        assert socket.receive_text() == "answered"
