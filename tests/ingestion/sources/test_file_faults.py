"""Every way in which Cboe, FRED, the CFTC, Wikipedia and the fund houses may misbehave: what the user is told, and that
nothing stored is lost."""

import json
import re
from datetime import date

import pytest

from ingestion.sources.base import SourceError, SourceRefused, SourceUnavailable
from tests.ingestion.live_market import FRIDAY, MONDAY
from tests.ingestion.stand_in import edited, empty, half, hanging, page, status

#: table: where one of its files is asked for, and what its errors begin with
ONE_FILE = {
    "index_levels": ("/cboe/VVIX", "cboe: VVIX"),
    "macro_observations": ("id=DGS10", "fred: DGS10"),
    "positioning": ("fut_fin_txt_2024", "cftc: year 2024"),
    "index_membership": ("/wiki", "membership: the list of S&P 500 companies"),
    "index_weights": ("/ishares", "weights: holdings of IVV"),
}


#: One line of the stand-in's holdings of IVV.
APPLE = b'"AAPL","X","Y","Equity","41,700,670.44","0.1986"'


def replaced(old: bytes, new: bytes):
    return edited(lambda body: body.replace(old, new))


#: fault, status of the account, what the message says; where the answer is judged by its content, per table
NETWORK = {
    "429": (status(429), "unavailable", r"answered too many requests \(429\)$"),
    "429 with a wait": (status(429, retry_after="600"), "unavailable", "asked to wait 600 s"),
    "500": (status(500), "unavailable", "answered error 500"),
    "time-out": (hanging, "unavailable", "no answer within 1 s"),
    "half a body": (half, "unavailable", "the answer broke off"),
    "404": (status(404), "unknown", r"no such file or symbol \(answered 404\)"),
    "403": (status(403), "refused", "expected an answer; came status 403"),
}
#: Faults that are the host's and not of one file: no other of its files is requested on that evening.
OF_HOST = ("429", "429 with a wait", "time-out", "half a body", "403", "a web page", "a web page with its end")
CONTENT = {
    "index_levels": {
        "a web page": (page, "refused", "came a web page: <!DOCTYPE html>"),
        "an empty answer": (empty, "refused", "came an empty answer"),
        "cut in a line": (edited(lambda body: body[:-4]), "unavailable", "broke off within a line: '12/23/2024,17'"),
        "a renamed column": (replaced(b"DATE,VVIX", b"DATE,Close price"), "refused", "came with DATE, CLOSE PRICE"),
        "a missing column": (replaced(b"DATE,VVIX", b"VVIX"), "refused", "more cells than the header"),
    },
    "macro_observations": {
        "a web page with its end": (edited(lambda _: b"<html>no</html>\n"), "refused", "came a web page: <html>no"),
        "a web page": (page, "refused", "came a web page: <!DOCTYPE html>"),
        "an empty answer": (empty, "refused", "expected observation_date,DGS10; came an empty answer"),
        "another series": (replaced(b"DGS10", b"DGS2"), "refused", "came with observation_date, DGS2"),
        "a renamed column": (replaced(b"observation_date", b"DATE"), "refused", "came with DATE, DGS10"),
    },
    "positioning": {
        "a web page": (page, "refused", "expected a zip with one FinFut text file; came a web page: <!DOCTYPE html>"),
        "an empty answer": (empty, "refused", "expected a zip"),
        "a damaged zip": (edited(lambda body: body[:200] + b"x" * 50 + body[250:]), "refused", "expected a zip"),
    },
    "index_membership": {
        "a web page": (page, "refused", "expected the tables 'constituents'"),
        "an empty answer": (empty, "refused", "expected the tables 'constituents'"),
        "a renamed column": (
            replaced(b"<th>Symbol</th>", b"<th>Name</th>"),
            "refused",
            "missing Symbol, came with Name",
        ),
        "without changes": (replaced(b'id="changes"', b'id="x"'), "refused", "expected the tables"),
        "no tickers": (replaced(b"<a>Q1", b"<a>1Q"), "refused", "expected a ticker; came '1Q00'"),
        "vandalised": (replaced(b"<a>Q007</a>", b"<a>Q008</a>"), "refused", "each member once; came Q008 more often"),
    },
}


def logged(live) -> list[dict]:
    """Accounts of the newest run of one table that are not simply received."""
    return json.loads(live.ask("select accounts from raw.ingestion_runs order by batch_id desc limit 1")[0][0])


CASES = [(table, name, *case) for table in ONE_FILE for name, case in NETWORK.items() if table != "macro_observations"]
CASES += [("macro_observations", "500", *NETWORK["500"])]
CASES += [(table, name, *case) for table, cases in CONTENT.items() for name, case in cases.items()]


@pytest.mark.parametrize(
    ("table", "fault_name", "fault", "word", "sentence"),
    CASES,
    ids=[f"{c[0]}-{c[1]}" for c in CASES],
)
def test_a_fault_of_one_file_is_named_and_costs_nothing_stored(live, table, fault_name, fault, word, sentence):
    where, who = ONE_FILE[table]
    live.load(table, FRIDAY)
    before = live.rows(table)
    live.stand_in.spoil(where, fault)
    if table == "index_membership":
        with pytest.raises(SourceError) as raised:
            live.load(table, MONDAY)
        said = str(raised.value)
        assert live.rows(table) == before
    elif table == "index_weights":
        live.load(table, MONDAY)
        said = live.ask("select message from raw.ingestion_runs order by batch_id desc limit 1")[0][0]
        assert said.startswith("from SPY, because ")
        said = said.removeprefix("from SPY, because ")
    else:
        live.stand_in.asked.clear()
        if fault_name in OF_HOST:
            with pytest.raises(SourceUnavailable, match=f"^{who}: .*; the host is left alone until the next run, "):
                live.load(table, MONDAY)
            last = [path for path in live.stand_in.asked if where in path][-1]
            assert live.stand_in.asked[-1] == last, "nothing else was requested of the host"
        else:
            live.load(table, MONDAY)
        (account,) = [account for account in logged(live) if account["symbol"] in who]
        said = account["message"]
        assert account["status"] == word
    assert said.startswith(who), said
    assert re.search(sentence, said), said
    assert before <= live.rows(table)


def test_weights_of_neither_fund_say_what_the_first_one_sent(live):
    live.stand_in.spoil("/ishares", page)
    live.stand_in.spoil("/spdr", page)
    with pytest.raises(
        SourceRefused, match=r"weights: holdings of IVV: expected holdings .* came a web page: <!DOCTYPE"
    ):
        live.load("index_weights", FRIDAY)
    assert live.ask("select status from raw.ingestion_runs") == [("refused",)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"Dec 06, 2024", b"-", "no holdings of that day yet"),
        (b"Weight (%)", b"Share", r"missing Weight \(%\)"),
        (b'"Equity"', b'"Stock"', "expected 480 to 520 shares; came 0"),
        (b'"0.1986"', b'"0.0986"', "they sum to 49.6%"),
        (b'"Q', b'"=Q', "came 10, beside '=Q000', '=Q001', '=Q002'"),
    ],
)
def test_holdings_that_are_none_are_refused_by_their_content(live, old, new, said):
    live.stand_in.spoil("/ishares", replaced(old, new))
    live.load("index_weights", FRIDAY)
    assert re.search(said, live.ask("select message from raw.ingestion_runs")[0][0])
    assert live.ask("select distinct obs_date::varchar from raw.index_weights") == [("2024-12-09",)]


@pytest.mark.parametrize(
    ("old", "new", "reason", "symbol"),
    [
        (b'"AAPL"', b'"=cmd()"', "no ticker of a share: '=cmd()'", "=cmd()"),
        (b'"AAPL"', b'"2525861D"', "no ticker of a share: '2525861D'", "2525861D"),
        (b'"AAPL"', b'"-"', "no ticker of a share: '-'", "-"),
        (b'"AAPL"', b'""', "no symbol", ""),
        (APPLE, APPLE.replace(b"0.1986", b"n/a"), "no weight", "AAPL"),
        (APPLE, APPLE.replace(b"0.1986", b"0.00"), "weight outside 0 to 1 (a fraction)", "AAPL"),
    ],
)  # fmt: skip
def test_one_odd_row_of_the_holdings_is_set_aside_by_name_and_the_others_go_in(live, old, new, reason, symbol):
    live.stand_in.spoil("/ishares", replaced(old, new))
    loaded = live.load("index_weights", FRIDAY)
    assert (loaded.new, loaded.rejected) == (502, 1)
    assert live.ask("select message from raw.ingestion_runs") == [("from IVV",)]
    assert live.ask("select reason, symbol from raw.rejected_rows") == [(reason, symbol)]


def test_an_odd_row_of_the_workbook_is_set_aside_too(live):
    live.stand_in.spoil("/ishares", status(404))
    live.world.members[7] = "1/2 CVR"
    loaded = live.load("index_weights", FRIDAY)
    assert (loaded.new, loaded.rejected) == (502, 1)
    assert live.ask("select reason from raw.rejected_rows") == [("no ticker of a share: '1/2 CVR'",)]


def test_a_new_year_without_its_file_yet_is_no_fault(live):
    live.load("positioning", FRIDAY)
    loaded = live.load("positioning", date(2025, 1, 2))
    (year,) = [account for account in loaded.accounts if account.symbol == "year 2025"]
    assert year.status == "empty"


def test_a_row_that_breaks_its_contract_is_set_aside_and_the_rest_goes_in(live):
    live.stand_in.spoil("/cboe/COR1M", replaced(b"12/19/2024", b"13/45/2024"))
    live.stand_in.spoil("/cboe/COR3M", edited(lambda body: body + b"12/20/2024,1,600,1,526.02\n"))
    loaded = live.load("index_levels", FRIDAY)
    assert loaded.rejected == 2
    assert set(live.ask("select symbol, reason from raw.rejected_rows")) == {
        ("COR1M", "obs_date is not a date (YYYY-MM-DD): '2024-13-45'; no date"),
        ("COR3M", "close outside its bounds (COR 0 to 100, VIX above 0 to 200, others above 0)"),
    }
