"""The generic tests themselves: each has one table that it must pass and one that it must fail."""

import duckdb
import pytest

SESSIONS = (
    "(values (1, date '2024-01-02'), (2, date '2024-01-03'), (3, date '2024-01-04')) as t(session_number, session_date)"
)

CASES = {
    "unique_combination": (
        "unique_combination('table_here', ['k', 'd'])",
        "(values (1, 1), (1, 2)) as t(k, d)",
        ["(values (1, 1), (1, 1)) as t(k, d)", "(values (1, null), (1, 2)) as t(k, d)"],
    ),
    "within": (
        "within('table_here', {'x': [0, 1], 'y': [0, none]})",
        "(values (0.0, 9.0), (1.0, null)) as t(x, y)",
        ["(values (1.1, 0.0)) as t(x, y)", "(values (0.5, -1.0)) as t(x, y)", "(values (-0.1, 1.0)) as t(x, y)"],
    ),
    "one_of": (
        "one_of('table_here', {'k': ['a', \"b's\"], 'n': [1, 2]})",
        "(values ('a', 1), ('b''s', 2), (null, null)) as t(k, n)",
        ["(values ('c', 1)) as t(k, n)", "(values ('a', 3)) as t(k, n)"],
    ),
    "refers_to": (
        "refers_to('table_here', {'k': ['sessions', 'session_number'], 'd': ['sessions', 'session_date']})",
        "(values (1, date '2024-01-04'), (null, null)) as t(k, d)",
        ["(values (4, date '2024-01-04')) as t(k, d)", "(values (1, date '2024-01-05')) as t(k, d)"],
    ),
    "no_overlap": (
        "no_overlap('table_here', ['k'], 'a', 'b')",
        "(values ('x', date '2020-01-01', date '2021-01-01'), ('x', date '2021-01-01', null)) as t(k, a, b)",
        [
            "(values ('x', date '2020-01-01', date '2021-01-02'), ('x', date '2021-01-01', null)) as t(k, a, b)",
            "(values ('x', date '2020-01-01', null), ('x', date '2021-01-01', null)) as t(k, a, b)",
            "(values ('x', date '2020-01-01', date '2020-01-01')) as t(k, a, b)",
        ],
    ),
    "word_within_interval": (
        "word_within_interval('table_here', 'word', [['a', 'b', 0], ['c', 'd', 'base']], {'c': 'is_share'})",
        "(values ('higher', 1, 2, 0.6, 0.7, 0.5, true), ('lower', -2, -1, 0.6, 0.7, 0.5, false), "
        "('insufficient', null, null, null, null, 0.5, true)) as t(word, a, b, c, d, base, is_share)",
        [
            "(values ('higher', -1, 2, 0.6, 0.7, 0.5, true)) as t(word, a, b, c, d, base, is_share)",
            "(values ('higher', 1, 2, 0.5, 0.7, 0.5, true)) as t(word, a, b, c, d, base, is_share)",
            "(values ('lower', -2, -1, 0.6, 0.7, 0.5, true)) as t(word, a, b, c, d, base, is_share)",
            "(values ('lower', null, null, 0.1, 0.2, 0.5, true)) as t(word, a, b, c, d, base, is_share)",
        ],
    ),
    "every_session_present": (
        "every_session_present('table_here', ['k'])",
        "(values ('x', date '2024-01-02'), ('x', date '2024-01-03'), ('y', date '2024-01-03')) as t(k, session_date)",
        ["(values ('x', date '2024-01-02'), ('x', date '2024-01-04')) as t(k, session_date)"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_generic_test_passes_its_good_table_and_fails_its_bad_ones(name, compiled):
    call, good, bad = CASES[name]
    compiled_call = compiled("{{ test_CALL }}".replace("CALL", call))
    text = compiled_call.replace('"warehouse"."intermediate"."int_sessions"', "sessions")
    with duckdb.connect() as connection:
        connection.execute(f"create table sessions as select * from {SESSIONS}")
        for table, expected in [(good, 0), *((table, None) for table in bad)]:
            connection.execute(f"create or replace table table_here as select * from {table}")
            failures = len(connection.execute(text).fetchall())
            assert failures == 0 if expected == 0 else failures > 0, table


def test_spells_without_a_key_are_one_history(compiled):
    text = compiled("{{ test_no_overlap('table_here', [], 'a', 'b') }}")
    with duckdb.connect() as connection:
        connection.execute("create table table_here (a date, b date)")
        connection.execute("insert into table_here values ('2020-01-01', '2021-01-01'), ('2021-01-01', null)")
        assert connection.execute(text).fetchall() == []
        connection.execute("update table_here set b = '2021-01-02' where b is not null")
        assert len(connection.execute(text).fetchall()) == 1


def test_finite_passes_numbers_and_nulls_and_fails_infinities(tmp_path, compiled):
    path = tmp_path / "numbers.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, value in {"good": "1.5", "infinite": "'inf'", "no_number": "'nan'"}.items():
            connection.execute(f"create table {name} as select 1 as k, null::double as y, {value}::double as x")
    for name, failures in {"good": 0, "infinite": 1, "no_number": 1}.items():
        relation = f"api.Relation.create(database='numbers', schema='main', identifier='{name}')"
        text = compiled("{% set here = RELATION %}{{ test_finite(here) }}".replace("RELATION", relation), path)
        with duckdb.connect(str(path), read_only=True) as connection:
            assert len(connection.execute(text).fetchall()) == failures, name
        text = compiled("{% set here = RELATION %}{{ test_finite(here, 'k = 2') }}".replace("RELATION", relation), path)
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.execute(text).fetchall() == [], "no row with k = 2 is there to be read"
