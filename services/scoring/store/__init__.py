"""Scoring's tables: migrations and named queries, one per use of the database."""

from collections.abc import Mapping
from pathlib import Path

from services.kit.postgres import load_queries
from services.scoring import projections
from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.services.columns import CONTRIBUTED, CREDITED
from services.scoring.projections.unit_day.columns import UNIT_DAY


def _fragments(name: str, columns: Mapping[str, str]) -> dict[str, str]:
    """What queries say of all columns of a projection, which their declaration alone lists: `<<unit_day.columns>>`."""
    said = {
        "columns": columns,
        "arrays": [f":{column}::{kind}[]" for column, kind in columns.items()],
        "arrays_as_texts": [f":{column}::text::{kind}[]" for column, kind in columns.items()],
        "sums": [f"sum({column})::bigint AS {column}" for column in columns],
        "nulls": ["NULL"] * len(columns),
        "signed": [f"sum(m.sign * u.{column})::bigint AS {column}" for column in columns],
        "added": [f"{column} = kept.{column} + excluded.{column}" for column in columns],
        "returned": [f"new.{column}, old.{column} AS old_{column}" for column in columns],
        "taken_away": [f"-old_{column}" for column in columns],
        "of_unit": [f"COALESCE(u.{column}, 0)" for column in columns],
        "of_people": [f"COALESCE(d.{column}, 0)" for column in columns],
        "replaced": [f"{column} = excluded.{column}" for column in columns],
    }
    listed = {f"{name}.{what}": ", ".join(each) for what, each in said.items()}
    return listed | {f"{name}.is_empty": " AND ".join(f"{column} = 0" for column in columns)}


DECLARED = {"unit_day": UNIT_DAY, "attendance": ATTENDANCE, "credited": CREDITED, "contributed": CONTRIBUTED}
queries = load_queries(
    __file__,
    {said: text for name, columns in DECLARED.items() for said, text in _fragments(name, columns).items()},
    Path(projections.__file__).parent.glob("*/*.sql"),
)

BY_KEY = {"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off"}
"""
Server settings of connections that fold: every lookup of theirs is by key.

Before the first ANALYZE, and in plans kept from when the journal was small, PostgreSQL would rather read it whole.
"""
