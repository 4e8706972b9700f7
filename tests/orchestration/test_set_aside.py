"""What a run says of rows that it set aside: nothing of a few, the reasons of more than one in a hundred."""

import pytest

from ingestion.loading import Loaded
from ingestion.sources.base import Account
from orchestration.assets.raw import incomplete


def loaded(received: int, *accounts: Account, **reasons: int) -> Loaded:
    rejected = sum(reasons.values())
    return Loaded("index_weights", "folder", 1, received, received - rejected, 0, 0, rejected, None, accounts, reasons)


@pytest.mark.parametrize("rejected", [0, 1, 2])
def test_one_row_in_a_hundred_may_be_set_aside_without_a_word(rejected: int) -> None:
    assert incomplete(loaded(200, negative=rejected)) == ""


def test_more_are_said_with_their_reasons() -> None:
    assert incomplete(loaded(1_000, negative=12, undated=3)) == (
        "15 of 1,000 rows of index weights were set aside: negative (12), undated (3)"
    )


def test_what_did_not_come_is_said_first() -> None:
    said = incomplete(loaded(10, Account("IVV", "refused", 0, "IVV: a web page"), negative=1))
    assert (
        said == "IVV: a web page (1 of 1 did not come: IVV); 1 of 10 rows of index weights were set aside: negative (1)"
    )
