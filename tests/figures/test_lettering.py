from crack_pipeline.figures.lettering import replace_missing_glyphs, shorten_lines


def test_letters_that_the_font_lacks_become_boxes():
    assert replace_missing_glyphs("mur été Größe\npont 🌉") == "mur été Größe\npont □"


def test_long_lines_keep_both_ends():
    short = shorten_lines("a" * 40 + "z" * 40 + "\nshort", width_in=2.4, font_size=9)
    first, second = short.split("\n")
    assert len(first) == 32
    assert first.startswith("aaa")
    assert "…" in first
    assert first.endswith("zzz")
    assert second == "short"
