"""The generic tests themselves: each has a table that it must pass and tables that it must fail."""

import duckdb
import pytest

SESSIONS = (
    "(values (1, date '2024-01-02'), (2, date '2024-01-03'), (3, date '2024-01-04')) as t(session_number, session_date)"
)

CASES = {
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


#: Rules of `sound_rows`: its arguments, a table that it must pass, and tables that it must fail with the row it names.
SOUND = {
    "a key": (
        "['k', 'd']",
        "(values (1, 1), (1, 2)) as t(k, d)",
        {
            "(values (1, 1), (1, 1)) as t(k, d)": ("k, d is no key", "1, 1"),
            "(values (1, null), (1, 2)) as t(k, d)": ("k, d is no key", "1"),
        },
    ),
    "a second key": (
        "['k'], ['d']",
        "(values (1, 1), (2, 2)) as t(k, d)",
        {"(values (1, 1), (2, 1)) as t(k, d)": ("d is no key", "1")},
    ),
    "bounds": (
        "['k'], within={'x': [0, 1], 'y': [0, none], 'z': [none, 'x']}",
        "(values (1, 0.5, 9.0, 0.5), (2, 1.0, null, null)) as t(k, x, y, z)",
        {
            "(values (1, 1.1, 0.0, 0)) as t(k, x, y, z)": ("x is above 1", "1"),
            "(values (2, 0.5, -1.0, 0)) as t(k, x, y, z)": ("y is below 0", "2"),
            "(values (3, -0.1, 1.0, 0)) as t(k, x, y, z)": ("x is below 0", "3"),
            "(values (4, 0.5, 1.0, 0.6)) as t(k, x, y, z)": ("z is above x", "4"),
        },
    ),
    "a list": (
        "['k', 'n'], one_of={'k': ['a', \"b's\"], 'n': [1, 2]}",
        "(values ('a', 1), ('b''s', 2)) as t(k, n)",
        {
            "(values ('c', 1)) as t(k, n)": ("k has another value than those listed", "c, 1"),
            "(values ('a', 3)) as t(k, n)": ("n has another value than those listed", "a, 3"),
        },
    ),
    "numbers": (
        "['k']",
        "(values (1, 1.5::double), (2, null)) as t(k, x)",
        {
            "(values (1, 'inf'::double)) as t(k, x)": ("x is not finite", "1"),
            "(values (1, 'nan'::double)) as t(k, x)": ("x is not finite", "1"),
        },
    ),
    "numbers elsewhere": ("['k'], doubles=false", "(values (1, 'inf'::double)) as t(k, x)", {}),
    "rows that are read": ("['k'], rows='k > 1'", "(values (1, 'inf'::double), (1, 0.0)) as t(k, x)", {}),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_rows_passes_its_good_table_and_names_rule_and_row_of_its_bad_ones(name, tmp_path, compiled):
    arguments, good, bad = SOUND[name]
    path = tmp_path / "rows.duckdb"
    relation = "api.Relation.create(database='rows', schema='main', identifier='here')"
    for table, expected in [(good, []), *((table, [found]) for table, found in bad.items())]:
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create or replace table here as select * from {table}")
        text = compiled(f"{{% set here = {relation} %}}{{{{ test_sound_rows(here, {arguments}) }}}}", path)
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.execute(text).fetchall() == expected, table
