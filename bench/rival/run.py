"""The rival's script through DuckDB's Python client, which may be of another version than Node's.

    python bench/rival/run.py ROOT OUT
"""

import concurrent.futures
import pathlib
import re
import sys

import duckdb

raw = pathlib.Path(sys.argv[1]).resolve() / "raw"
out = pathlib.Path(sys.argv[2]).resolve()
here = pathlib.Path(__file__).parent


def script(name):
    text = (here / name).read_text(encoding="utf-8")
    return text.replace("{raw}", str(raw)).replace("{out}", str(out))


def write_partitions(connection, years):
    """Takes years until none is left; runs on two threads, as bench/rival/run.mjs does it."""
    while years:
        try:
            year = years.pop()
        except IndexError:
            return
        name = "__HIVE_DEFAULT_PARTITION__" if year is None else year
        folder = out / "movies_enriched" / f"release_year={name}"
        folder.mkdir(parents=True)
        condition = "is null" if year is None else f"= {year}"
        connection.execute(
            "copy (select * exclude (release_year) from movies_enriched"
            f" where release_year {condition}) to '{folder}/part-0.parquet' (format parquet)"
        )


publish = script("5-publish.sql")
for name in re.findall(r"aggregates/(\w+)/", publish):
    (out / "aggregates" / name).mkdir(parents=True, exist_ok=True)
connection = duckdb.connect(":memory:", config={"preserve_insertion_order": False})
for name in ["1-read.sql", "2-match.sql", "3-enrich.sql", "4-aggregate.sql"]:
    connection.execute(script(name))
years = [year for (year,) in connection.execute("select distinct release_year from enriched").fetchall()]
connection.execute("set threads = 1")
with concurrent.futures.ThreadPoolExecutor() as pool:
    list(pool.map(lambda writer: write_partitions(writer, years), [connection.cursor(), connection.cursor()]))
connection.execute("set threads = 2")
connection.execute(publish)
