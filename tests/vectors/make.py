#!/usr/bin/python3
"""Writes the vectors: *.json beside this file, of what cases/ says. With --check it only looks."""
import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import cases  # noqa: E402


def texts():
    """What each file should hold, by its name."""
    features = []
    for module in pkgutil.iter_modules(cases.__path__):
        features += getattr(importlib.import_module(f"cases.{module.name}"), "FEATURES", [])
    numbers = [feature.number for feature in features]
    assert len(numbers) == len(set(numbers)), "two features have the same number"
    names = [case["name"] for feature in features for case in feature.cases]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    return {f"{feature.name}.json": feature.text() for feature in features}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="tell what is not up to date")
    check = parser.parse_args().check
    wanted, there = texts(), {path.name: path for path in HERE.glob("*.json")}
    stale = [name for name in {**wanted, **there}
             if name not in there or name not in wanted or there[name].read_text("utf-8") != wanted[name]]
    for name in sorted(stale):
        if check:
            print(f"tests/vectors/{name} is not what make.py makes", file=sys.stderr)
        elif name in wanted:
            (HERE / name).write_text(wanted[name], "utf-8")
        else:
            there[name].unlink()
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
