"""Runs many KQL queries over rows in one process, on an interpreter that is written from the vendor's documentation.

    python3 kql_batch.py ORACLE_FOLDER TYPES.tsv [TYPES.tsv ...] < jobs.jsonl

A job is one line: {"dataset": name, "table": table, "rows": [{column: value}, ...]} declares rows; {"id": any, "dataset": name,
"query": text, "mark": column} runs a query and answers {"id": any, "marks": [values of the column in the result]}, or
{"id": any, "error": text}. The interpreter runs strictly: where the documentation leaves a result open, that is an error.

The interpreter lacks a few documented functions and operators that the compiler uses. They are added here, each from its page
(learn.microsoft.com/kusto/query/...), as new names: nothing that the interpreter does is changed.
"""
import json, os, re, sys, tempfile

oracle, types = sys.argv[1], sys.argv[2:]
sys.path.insert(0, oracle)
import run_kql as kql  # noqa: E402

kql.STRICT = True


def tohex(value, length=0):
    """tohex-function: lower case, two's complement, padded with zeros to the length; null stays empty."""
    value = kql.unwrap(value)
    if value is None:
        return ""
    return format(value & (2**64 - 1), "x").rjust(length, "0")


def dayofweek(moment):
    """dayofweek-function: the days since the preceding Sunday, as a timespan."""
    if moment is None:
        return None
    day = moment.t // kql.UNIT["d"]  # 0001-01-01 was a Monday
    return kql.TS((day + 1) % 7 * kql.UNIT["d"])


def ipv6_compare(left, right):
    """ipv6-compare-function: 0 where both are the same address, v4 taken as v4-mapped; null where one is no address."""
    same = kql.ip6_in(kql.s_(left), kql.s_(right))
    return None if same is None else 0 if same else 1


def gettype(value):
    """gettype-function: the runtime type of a value, of a dynamic value that of what it holds."""
    value = kql.unwrap(value)
    if isinstance(value, dict):
        return "dictionary"
    if isinstance(value, list):
        return "array"
    return kql.typename(value)


for name, function, kind in [
    ("gettype", gettype, "string"),
    ("tohex", tohex, "string"),
    ("dayofweek", dayofweek, "timespan"),
    ("ipv6_compare", ipv6_compare, "int"),
]:
    if name not in kql.F:
        kql.F[name] = (function, kind)

# where-operator: `* has "cow"` is true where some column is; here `contains` and `contains_cs` beside it.
read_tokens, evaluate, parse_operator = kql.lex, kql.ev, kql.P.operator
ANY = "any column"


def lex(source):
    tokens = read_tokens(source)
    for at, token in enumerate(tokens[:-1]):
        before = tokens[at - 1] if at else None
        starts = before is not None and (before.v in ("(", ",", "where", "and", "or"))
        if token.k == "op" and token.v == "*" and starts and tokens[at + 1].v in ("contains", "contains_cs"):
            tokens[at] = kql.Tok("id", ANY, token.p, token.e)
    return tokens


def ev(env, node, context):
    if node[0] == "strop" and node[2] == ("col", ANY):
        right = evaluate(env, node[3], context)
        values = (context.row[column] for column in context.cols)
        return any(kql.strop(node[1], kql.tostr(value), right) for value in values if kql.unwrap(value) is not None)
    return evaluate(env, node, context)


# mv-apply-operator: expands an array, passes each record's elements through a subquery, and joins the results to the record.
def operator(self):
    if not (self.at("mv") and self.peek().v == "-" and self.peek(2).v == "apply"):
        return parse_operator(self)
    self.opname()
    name = self.name()
    self.eat("=")
    array = self.expr()
    self.eat("on")
    self.eat("(")
    steps = [self.operator()]
    while self.opt("|"):
        steps.append(self.operator())
    self.eat(")")
    return ("mvapply", name, array, steps)


def op_mvapply(env, table, name, array, steps):
    rows, columns = [], dict(table.cols)
    for row in table.rows:
        value = kql.unwrap(ev(env, array, kql.Ctx(table.cols, row)))
        if not isinstance(value, list):
            raise kql.KqlError("mv-apply of what is no array")
        part = kql.Table({**table.cols, name: "dynamic"}, [{**row, name: kql.Dyn(each)} for each in value])
        for step in steps:
            part = getattr(kql, "op_" + step[0])(env, part, *step[1:])
        columns.update(part.cols)
        rows += [{**row, **result} for result in part.rows]
    return kql.Table(columns, rows)


kql.lex, kql.P.operator = lex, operator
kql.ev, kql.op_mvapply = ev, op_mvapply


def cells(table, column):
    return [kql.jsonable(row[column]) for row in table.rows]


def main():
    columns = kql.read_types(types)
    tables = {}
    for line in sys.stdin:
        job = json.loads(line)
        if "rows" in job:
            of = columns[job["table"]]
            rows = []
            for row in job["rows"]:
                unknown = [column for column in row if column not in of]
                if unknown:
                    raise SystemExit(f"{job['table']} has no column {unknown[0]}")
                rows.append({name: kql.coerce(row.get(name), kind, name) for name, kind in of.items()})
            tables[job["dataset"]] = (job["table"], kql.Table(of, rows))
            continue
        name, table = tables[job["dataset"]]
        kql.NOW = kql.parse_dt("2026-01-01")
        kql.NOTES.clear()
        env = kql.Env(columns, None)
        env.cache[name] = table
        answer = {"id": job["id"]}
        try:
            result = None
            for kind, *rest in kql.P(job["query"]).program():
                if kind == "let":
                    kql.bind(env, *rest)
                else:
                    result = kql.run(env, rest[0])
            answer["marks"] = cells(result, job["mark"])
        except (kql.KqlError, RecursionError) as error:
            answer["error"] = str(error)
        print(json.dumps(answer), flush=True)


main()
