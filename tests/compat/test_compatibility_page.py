"""docs/compatibility.md has a row for every spelling of the tables."""

from __future__ import annotations

from tests.compat.compatibility_page import PAGE, page

from lamina.compat import additions, spellings


def test_the_page_is_in_step_with_the_tables():
    assert PAGE.read_text("utf-8") == page(), "run python tests/compat/compatibility_page.py"


def test_every_row_says_what_it_means():
    text = page()
    for of in spellings.ROWS.values():
        for row in of:
            assert f"`{row.old}=`" in text
    assert all(row.meaning for row in additions.ROWS)
    for name in ("nb_epoch", "lr", "border_mode", "fit_generator", "predict_classes", "maxnorm"):
        assert name in text
