#!/usr/bin/env python3
"""Check Sigma documents against the specification's JSON schemas.

    sigma_schema.py SCHEMAS PATH...

SCHEMAS is the folder `json-schema` of SigmaHQ/sigma-specification; a PATH is a `.yml` file or a folder that is searched for
them. Needs PyYAML and jsonschema. Prints one JSON object a fault and exits 1 if there is any, 2 if nothing was checked.

Beyond the schemas: no key twice, file names as the specification asks, and every search identifier that the condition names
exists, and the other way round.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.1 as pySigma reads it, but for dates, which the schemas want as text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def unique_keys(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise yaml.YAMLError(f"keys that stand twice: {sorted(map(str, twice))}")
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: unique_keys(loader, node, True))

WORDS = {"and", "or", "not", "of", "all", "them", "1", "any"}


def condition_faults(detection):
    """Names in the condition without a search, and searches that no name reaches."""
    names = set(detection) - {"condition", "rules"}
    reached = set()
    for word in re.findall(r"[A-Za-z0-9_*]+", detection["condition"]):
        if word in WORDS:
            continue
        pattern = re.compile(re.escape(word).replace(r"\*", ".*") + r"\Z")
        found = {name for name in names if pattern.match(name)}
        if not found:
            yield f"the condition names `{word}`, which is no search"
        reached |= found
    for name in sorted(names - reached):
        yield f"the condition does not reach `{name}`"


def faults(path, schemas):
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError as error:
        yield f"cannot be read: {error}"
        return
    kind = "filter" if "filter" in document else "correlation" if "correlation" in document else "detection"
    for error in schemas[kind].iter_errors(document):
        yield f"{'/'.join(map(str, error.path))}: {error.message}"
    if kind != "correlation":
        yield from condition_faults(document[kind])
    if not re.fullmatch(r"[a-z0-9_]{6,}\.yml", path.name):
        yield "the file's name has other characters than a-z, 0-9 and _"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    schemas = {}
    for kind, name in [
        ("detection", "sigma-detection-rule-schema.json"),
        ("filter", "sigma-filters-schema.json"),
        ("correlation", "sigma-correlation-rules-schema.json"),
    ]:
        schema = json.loads((folder / name).read_text(encoding="utf-8"))
        # The published `$schema` ends in `#`, which the library does not know as draft 2020-12.
        schemas[kind] = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    checked = wrong = 0
    for path in map(pathlib.Path, sys.argv[2:]):
        for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
            checked += 1
            for fault in faults(file, schemas):
                wrong += 1
                print(json.dumps({"file": str(file), "fault": fault}, ensure_ascii=False))
    print(f"{checked} documents, {wrong} faults", file=sys.stderr)
    sys.exit(2 if checked == 0 else 1 if wrong else 0)


if __name__ == "__main__":
    main()
