"""`market-internals ui` obeys no web page: Dagster's mutations only by POST, from its own pages, at a loopback name."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest

from ingestion.settings import Settings
from tests.orchestration.ui_server import serving

SELECTOR = 'repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions"'
STATUS = f"{{schedulesOrError(repositorySelector: {{{SELECTOR}}}) {{... on Schedules {{results {{id scheduleState \
{{id status}}}}}}}}}}"
START = f'mutation {{startSchedule(scheduleSelector: {{{SELECTOR}, scheduleName: "after_the_close"}}) {{__typename}}}}'
STOP = "mutation {{stopRunningSchedule(id: {id}) {{__typename}}}}"

FOREIGN = {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"}


class Pages:
    """Dagster's pages at an address, spoken to in plain HTTP."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.own = {"Origin": address}

    def send(self, method: str, query: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer to a GraphQL query sent with these headers."""
        body = json.dumps({"query": query}) if method == "POST" else None
        path = "/graphql" if method == "POST" else f"/graphql?{urlencode({'query': query})}"
        connection = http.client.HTTPConnection(self.host, timeout=120)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} | headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def schedule(self) -> dict[str, str]:
        """Id and status of the schedule, as Dagster's own pages read them."""
        status, body = self.send("POST", STATUS, self.own)
        assert status == 200, body
        (schedule,) = json.loads(body)["data"]["schedulesOrError"]["results"]
        return schedule["scheduleState"]

    def stop(self) -> None:
        """Switch the schedule off, as Dagster's own pages do."""
        self.send("POST", STOP.format(id=json.dumps(self.schedule()["id"])), self.own)
        if self.schedule()["status"] != "STOPPED":
            pytest.fail("the schedule cannot be switched off")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages of a market that nothing was built of: they have its jobs and its schedule."""
    with serving(Settings(data=tmp_path_factory.mktemp("ui"), market="sample", folder=None)) as address:
        yield Pages(address)


@pytest.fixture
def pages(served: Pages) -> Pages:
    """The pages with the schedule switched off."""
    if served.schedule()["status"] != "STOPPED":
        served.stop()
    return served


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        pytest.param("GET", FOREIGN, id="a foreign page by GET"),
        pytest.param("POST", FOREIGN, id="a foreign page by POST"),
        pytest.param("GET", {}, id="a link or a picture"),
        pytest.param("POST", {"Host": "evil.example", "Origin": "http://evil.example"}, id="a foreign host name"),
        pytest.param("POST", {"Host": "evil.example"}, id="a foreign host name without an origin"),
    ],
)
def test_no_foreign_page_switches_the_schedule_on(pages: Pages, method: str, headers: dict[str, str]) -> None:
    status, _ = pages.send(method, START, headers)
    assert pages.schedule()["status"] == "STOPPED"
    assert 400 <= status < 500


def test_a_foreign_host_name_reads_nothing(pages: Pages) -> None:
    status, body = pages.send("POST", STATUS, {"Host": "evil.example"})
    assert 400 <= status < 500
    assert b"scheduleState" not in body


def test_the_own_pages_switch_the_schedule_on_and_off(pages: Pages) -> None:
    assert pages.send("POST", START, pages.own)[0] == 200
    assert pages.schedule()["status"] == "RUNNING"
    pages.stop()
