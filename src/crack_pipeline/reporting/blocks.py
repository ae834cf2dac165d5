"""What a report is built from; the template draws these and decides nothing."""

from dataclasses import dataclass

from crack_pipeline.reporting.pictures import Picture


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What it says.
        small: A second, smaller line; empty for none.
    """

    text: str
    small: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its header.

    Attributes:
        caption: What it shows, also for those who do not see it.
        header: Names of the columns.
        rows: Cells, as many a row as there are columns.
        is_collapsible: Whether readers may fold it away; it prints open.
        is_folded: Whether it is folded away at first.
        is_prose: Whether the cells hold sentences rather than numbers.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_collapsible: bool = False
    is_folded: bool = False
    is_prose: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what there is to say of it.

    Attributes:
        label: Its name in words.
        text: The value, with its unit.
    """

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under its own heading.

    Attributes:
        key: Its anchor, unique in a report.
        title: Its heading.
        paragraphs: Sentences at the top.
        points: A list of short statements.
        facts: Names and values.
        tables: Tables.
        remarks: Sentences below the tables.
        pictures: Pictures.
        notes: What is missing here, and why.
        parts: Sections below it.
    """

    key: str
    title: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple["Section", ...] = ()

    @property
    def has_results(self) -> bool:
        """Whether there is more to it than a heading and an introduction."""
        return bool(self.points or self.facts or self.tables or self.pictures or self.parts)
