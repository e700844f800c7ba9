"""Runs many SPL queries over rows with the interpreter that stands beside the checkout, and prints which rows each selects.

usage: spl_cases.py FOLDER_OF_RUN_SPL < cases.json > answers.jsonl

A case is {"query": text, "macros": {name: definition}, "rows": [row, ...]}, with "lookups": {file: text} where it asks lookup files
(`transforms.conf` among them). An answer is {"rows": [index, ...]} or
{"error": text}: a syntax error, or anything about which the interpreter has a doubt or a warning."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import run_spl as spl  # noqa: E402


def run(case):
    """Where the documentation leaves two readings, both must select the same rows."""
    found = []
    for null, several in (("null", "any"), ("true", "all")):
        spl.Opt.where_not_null, spl.Opt.mv_ne = null, several
        found.append(run_once(case))
    if found[0] != found[1]:
        raise spl.SplError("two readings differ: %s and %s" % tuple(found))
    return found[0]


def run_once(case):
    spl.DOUBTS.clear()
    spl.WARN.clear()
    macros = {name: {"definition": text} for name, text in case["macros"].items()}
    text, pipeline = spl.compile_query(case["query"], macros)
    if pipeline[-1]["cmd"] != "table":
        raise spl.SplError("the last command is not table")
    rows = []
    for number, row in enumerate(case["rows"]):
        if isinstance(row.get("_time"), str):
            row = {**row, "_time": spl.parse_time(row["_time"])}
        rows.append({**{name: spl.norm(value) for name, value in row.items() if value is not None}, "_row": number})
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case.get("lookups", {}).items():
            with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        return select(case, pipeline, rows, spl.Lookups([folder]))


def select(case, pipeline, rows, lookups):
    context = {"events": rows, "subs": {}, "lookups": lookups, "datamodel": {}}
    # `table` would drop the numbers; it selects nothing.
    found = spl.run_pipeline(pipeline[:-1], context)
    spl.run_pipeline(pipeline, context)
    if spl.DOUBTS or spl.WARN:
        raise spl.SplError("doubts: %s; warnings: %s" % (sorted(spl.DOUBTS), spl.WARN))
    return sorted(row["_row"] for row in found)


if not spl.HAVE_REGEX:
    sys.exit(3)  # the Python package `regex` is absent
for case in json.load(sys.stdin):
    try:
        answer = {"rows": run(case)}
    except (spl.SplError, spl.Unsupported, spl.DataError) as fault:
        answer = {"error": "%s: %s" % (type(fault).__name__, fault)}
    print(json.dumps(answer))
