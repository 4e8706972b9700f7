"""Rules on sessions of which something is missing."""

from tests.marts.words.rule import Rule, day, line

RULES: tuple[Rule, ...] = (
    day(
        "no word of the day is found where advances and declines are not known",
        "(advances is null or declines is null) and (day_state is not null or not starts_with(day, 'Advances and'))",
        "true", advances="null", day_state="'buying'",
    ),
    day(
        "the close of the index is said where it is known, and only there",
        "contains(day, 'close not known') <> (index_close is null)",
        "index_close is not null", index_close="null",
    ),
    day(
        "the return of the index is said where it is known",
        r"index_return is not null and not regexp_matches(day, 'S&P 500 ([+−]|barely|unchanged)')",
        "index_return is not null", day="'Selling: 300 of 500 members fell, S&P 500 close not known.'",
    ),
    day(
        "a VIX of an earlier session is said with its date and as missing",
        "vix is not null and (vix_obs_date < session_date) <> contains(vix_line, ' (of ' || vix_obs_date || ')')"
        " or coalesce(vix_obs_date < session_date, false) <> contains(missing, 'VIX of the session')",
        "vix_obs_date = session_date", vix_obs_date="session_date - 1",
    ),
    day(
        "a COR1M of an earlier session is said with its date and as missing",
        "cor1m is not null"
        " and (cor1m_obs_date < session_date) <> contains(cor1m_line, ' (of ' || cor1m_obs_date || ')')"
        " or coalesce(cor1m_obs_date < session_date, false) <> contains(missing, 'COR1M of the session')",
        "cor1m_obs_date = session_date", cor1m_obs_date="session_date - 1",
    ),
    line(
        "they and them are said only after the move of five sessions",
        "section = 'why' and regexp_matches(sentence, '^They|of them') and week_line is null",
        "section = 'why' and position > 5", sentence="'They moved with rates (−12 bp).'", week_line="null",
    ),
    line(
        "of two parts that read the same none is the larger",
        r"contains(sentence, 'throughout') and regexp_extract(sentence, ', [+−]?([\d,]+) was', 1)"
        r" = regexp_extract(sentence, ' and [+−]?([\d,]+) (growth|discount)', 1)",
        "section = 'why' and position = 1",
        sentence="'Of +2 bp on the day, +40 was growth news and −40 discount-rate news; growth is larger throughout.'",
    ),
)  # fmt: skip
