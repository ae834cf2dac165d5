import pandas as pd

from crack_pipeline.ingestion.grouping import LINK_COLUMNS, Chain, find_chains


def links(*entries) -> pd.DataFrame:
    return pd.DataFrame(entries, columns=LINK_COLUMNS).astype("string")


def test_the_nearest_end_is_named_with_the_links_on_the_way():
    table = links(
        ("a", "b", "copy"), ("b", "c", "overlap"), ("c", "t1", "overlap"), ("b", "t2", "flipped")
    )
    assert find_chains(table, ["a", "c"], ["t1", "t2"]) == {
        "a": Chain("t2", ("copy", "flipped")),
        "c": Chain("t1", ("overlap",)),
    }


def test_of_equally_near_ends_the_least_is_named():
    table = links(("a", "t2", "copy"), ("t1", "a", "overlap"))
    assert find_chains(table, ["a"], ["t2", "t1"])["a"].partner == "t1"


def test_what_reaches_no_end_has_no_chain():
    assert find_chains(links(("a", "b", "copy")), ["a", "z"], ["t"]) == {}


def test_one_group_of_many_thousands_is_searched_once():
    photos = [f"p{number:05d}" for number in range(20_000)]
    table = links(*(("first", photo, "file name") for photo in photos), ("first", "t", "copy"))
    chains = find_chains(table, photos, ["t"])
    assert len(chains) == 20_000
    assert chains["p00007"].kinds == ("file name", "copy")
