"""The CFTC's own bundle of 2006 to 2016 is read like its yearly files."""

from pathlib import Path

from tests.cases.own_files import stored

BUNDLE = """\
"Market_and_Exchange_Names","As_of_Date_In_Form_YYMMDD","Report_Date_as_YYYY-MM-DD","CFTC_Contract_Market_Code",\
"Open_Interest_All","Asset_Mgr_Positions_Long_All","Asset_Mgr_Positions_Short_All","FutOnly_or_Combined"
"E-MINI S&P 500 STOCK INDEX",100105,1/5/2010 12:00:00 AM,13874A,2600000,900,300,FutOnly
"E-MINI S&P 500 STOCK INDEX",100112,1/12/2010 12:00:00 AM,13874A,2600100,901,301,FutOnly
"E-MINI S&P 500 STOCK INDEX",161220,12/20/2016 12:00:00 AM,13874A,2600200,902,302,FutOnly
"E-MINI S&P 500 STOCK INDEX",161227,12/27/2016 12:00:00 AM,13874A,2600300,903,303,FutOnly
"""


def test_the_bundle_of_past_reports_is_stored(tmp_path: Path) -> None:
    (tmp_path / "cftc").mkdir()
    (tmp_path / "cftc" / "F_TFF_2006_2016.txt").write_text(BUNDLE)
    assert stored(tmp_path, "positioning", "contract_code", "open_interest", "asset_manager_short") == [
        ("2010-01-05", "13874A", 2_600_000.0, 300.0),
        ("2010-01-12", "13874A", 2_600_100.0, 301.0),
        ("2016-12-20", "13874A", 2_600_200.0, 302.0),
        ("2016-12-27", "13874A", 2_600_300.0, 303.0),
    ]
