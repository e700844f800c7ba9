#!/usr/bin/env python3
"""Convert Sigma documents with pySigma's Splunk and Kusto backends.

    sigma_convert.py PATH...

A PATH is a `.yml` file or a folder that is searched for them; filters are applied to the rules beside them. Needs sigma-cli with
pysigma-backend-splunk and pysigma-backend-kusto. Prints one JSON object a rule and backend that is not converted, with
`"expected": true` where docs/sigma-converters.md lists the reason, and exits 1 if one is not expected, 2 if nothing was
converted. A conversion that gives no text is a failure: the rule would be lost in silence.
"""

import collections
import json
import pathlib
import re
import sys

import yaml
from sigma.backends.kusto import KustoBackend
from sigma.backends.splunk import SplunkBackend
from sigma.collection import SigmaCollection
from sigma.pipelines.splunk import splunk_windows_pipeline

BACKENDS = {
    "splunk": lambda: SplunkBackend(splunk_windows_pipeline()),
    "kusto": lambda: KustoBackend(),
}

# What the converters are known not to do: backend, what the document holds, and the error that they give for it. Each has its
# entry in docs/sigma-converters.md. A conversion without the error is always right.
KNOWN = [
    ("both", r"\|cased\b", r"[Cc]ase.?sensitive|NotImplementedError|cased"),
    ("both", r"\|fieldref\b", r"fieldref|[Ff]ield.*reference|ORing|OR-ing|NotImplementedError"),
    ("splunk", r"\|re\b", r"^nothing$|ORing|regular expression"),
]


def expected(backend, text, error):
    return any(
        which in (backend, "both") and re.search(holds, text, re.M) and re.search(says, error) for which, holds, says in KNOWN
    )


def collections_of(folder, files):
    """Each rule with the filters that name it, as one collection."""
    filters = collections.defaultdict(list)
    rules = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        document = yaml.safe_load(text)
        if "filter" in document:
            for rule in document["filter"]["rules"]:
                filters[rule].append(text)
        elif "detection" in document:
            rules.append((file, document.get("id"), text))
    for file, rule, text in rules:
        yield file, text, filters[rule]


def convert(backend, text, filters):
    documents = [yaml.safe_load(each) for each in [text, *filters]]
    collection = SigmaCollection.from_dicts(documents)
    queries = BACKENDS[backend]().convert(collection)
    return "\n".join(map(str, queries))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    done, failed, unexpected = collections.Counter(), collections.Counter(), 0
    for path in map(pathlib.Path, sys.argv[1:]):
        files = sorted(path.rglob("*.yml")) if path.is_dir() else [path]
        for file, text, filters in collections_of(path, files):
            for backend in BACKENDS:
                try:
                    query = convert(backend, text, filters)
                    error = None if query.strip() else "nothing"
                except Exception as fault:  # noqa: BLE001: the converters raise plain exceptions of every kind
                    error = f"{type(fault).__name__}: {fault}"
                if error is None:
                    done[backend] += 1
                    continue
                known = expected(backend, text, error)
                failed[backend] += 1
                unexpected += not known
                print(json.dumps({"file": str(file), "backend": backend, "error": error, "expected": known}, ensure_ascii=False))
    for backend in BACKENDS:
        print(f"{backend}: {done[backend]} converted, {failed[backend]} not", file=sys.stderr)
    print(f"{unexpected} failures that docs/sigma-converters.md does not list", file=sys.stderr)
    sys.exit(2 if not done else 1 if unexpected else 0)


if __name__ == "__main__":
    main()
