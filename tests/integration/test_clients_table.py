"""scripts/clients-table: the table in clients/README.md, made of result files."""
import json
import subprocess
import sys

import pytest

import harness

sys.path.insert(0, str(harness.TOP / "tests" / "vectors"))
import vectors  # noqa: E402

CASES = vectors.load()
README = "# Clients\n\n<!-- vectors: begin -->\n{}<!-- vectors: end -->\nThe end.\n"


@pytest.fixture
def world(tmp_path):
    """A page, and a directory for results."""
    (tmp_path / "results").mkdir()
    (tmp_path / "README.md").write_text(README.format("| old |\n"))
    return tmp_path


def run(world, *options):
    """The status and what was said; the page must not change where it is only looked at."""
    page = world / "README.md"
    before = page.read_text()
    done = subprocess.run([harness.TOP / "scripts" / "clients-table", "--readme", page,
                           *options, world / "results"], capture_output=True, text=True,
                          timeout=harness.PATIENCE, check=False)
    if "--check" in options or done.returncode:
        assert page.read_text() == before
    return done.returncode, done.stderr


def result(world, client, style, failed=(), **changes):
    cases = {case.name: "wrong" if case.name in failed else "ok" for case in CASES}
    cases = {name: said for name, said in {**cases, **changes}.items() if said is not None}
    path = world / "results" / f"{client}-{style}.json"
    path.write_text(json.dumps({"client": client, "style": style, "version": "1", "cases": cases}))
    return path


def cells(world):
    lines = (world / "README.md").read_text().split("begin -->\n")[1].split("<!--")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_features_by_clients(world):
    result(world, "C", "")
    result(world, "Rust", "tokio")
    result(world, "Python", "gevent", failed=("get-one", "get-several"))
    result(world, "Python", "asyncio", failed=("walk-column",))
    assert run(world) == (0, "")
    head, _, *rows = cells(world)
    assert head == ["", "Python asyncio", "Python gevent", "C", "Rust tokio"]
    features = sorted({case.feature for case in CASES})
    assert [row[0] for row in rows] == [*features, "all"]
    of = {feature: sum(case.feature == feature for case in CASES) for feature in features}
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["get"] == [f"{of['get'] - missing}/{of['get']}" for missing in (0, 2, 0, 0)]
    assert by_name["walk"] == [f"{of['walk'] - missing}/{of['walk']}" for missing in (1, 0, 0, 0)]
    assert by_name["all"] == [f"{len(CASES) - missing}/{len(CASES)}" for missing in (1, 2, 0, 0)]
    assert (world / "README.md").read_text().endswith("<!-- vectors: end -->\nThe end.\n")


def test_check(world):
    result(world, "Go", "")
    status, said = run(world, "--check")
    assert status == 1 and "not what the results give" in said
    assert run(world) == (0, "") and run(world, "--check") == (0, "")
    result(world, "Go", "", failed=("get-one",))
    assert run(world, "--check")[0] == 1


def test_the_same_results_make_the_same_table(world):
    for style in ("b", "a"):
        result(world, "Node", style)
    assert run(world) == (0, "")
    page = (world / "README.md").read_text()
    assert run(world) == (0, "") and (world / "README.md").read_text() == page


@pytest.mark.parametrize("changes, what", [({"get-one": None}, "lacks get-one"),
                                           ({"get-none": "ok"}, "there is no case get-none")],
                         ids=["missing", "unknown"])
def test_cases_have_to_be_those_that_there_are(world, changes, what):
    path = result(world, "Go", "", **changes)
    assert run(world) == (1, f"clients-table: {path}: {what}\n")


def test_what_is_no_result_file(world):
    path = world / "results" / "x.json"
    for text in ("", "[]", "{}", '{"client": "C", "style": "", "cases": []}',
                 '{"client": "C", "style": "", "cases": {"get-one": true}}'):
        path.write_text(text)
        assert run(world) == (1, f"clients-table: {path}: no result file\n")


def test_the_same_client_twice(world):
    result(world, "Go", "").rename(world / "results" / "other.json")
    result(world, "Go", "")
    status, said = run(world)
    assert status == 1 and "has another file as well" in said


def test_no_results_and_no_place(world):
    status, said = run(world)
    assert status == 1 and "no result files" in said
    result(world, "Go", "")
    (world / "README.md").write_text("nothing\n")
    status, said = run(world)
    assert status == 1 and "no place for the table" in said
