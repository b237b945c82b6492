"""docs/PROTOCOL.md read by an implementation of MessagePack that is not ours.

The unit tests hold our decoder and encoder to the bytes of the page's examples; here Debian's
python3-msgpack says whether the bytes mean what stands beside them. The tables of the page are
compared with include/zsnmp.h.
"""
import ast
import re

import msgpack
import pytest

import harness

PAGE = (harness.TOP / "docs" / "PROTOCOL.md").read_text(encoding="utf-8")
HEADER = (harness.TOP / "include" / "zsnmp.h").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```text\n(.*?)\n```\n+```hex\n(.*?)\n```$", PAGE, re.M | re.S)


def value(notation):
    """The notation of the page as Python values; strings of bin and ext are marked first."""
    text = re.sub(r"\bx'([0-9a-f]*)'", r"('bin', '\1')", notation)
    text = re.sub(r"\be'([0-9a-f]*)'", r"('ext', '\1')", text)
    for name, python in (("nil", "None"), ("true", "True"), ("false", "False")):
        text = re.sub(rf"(?<![\w'])({name})(?![\w'])", python, text)
    return resolve(ast.literal_eval(text))


def resolve(thing):
    if isinstance(thing, tuple):
        data = bytes.fromhex(thing[1])
        return data if thing[0] == "bin" else msgpack.ExtType(1, data)
    if isinstance(thing, list):
        return [resolve(one) for one in thing]
    if isinstance(thing, dict):
        return {key: resolve(one) for key, one in thing.items()}
    return thing


def test_there_are_examples():
    assert len(EXAMPLES) == PAGE.count("```hex") >= 16


@pytest.mark.parametrize("notation, digits", EXAMPLES, ids=lambda v: v[:24])
def test_bytes_mean_what_stands_beside_them(notation, digits):
    data = bytes.fromhex(digits)
    assert msgpack.unpackb(data) == value(notation)
    assert msgpack.packb(value(notation)) == data, "not the shortest form"


def test_the_table_of_errors_is_the_one_of_the_header():
    page = {(int(code), name, word == "yes")
            for code, name, word in re.findall(r"^\| (\d+) \| `(\w+)` \| (yes|no) \|", PAGE, re.M)}
    header = {(int(code), name, word == "true") for code, name, word in
              re.findall(r'X\(\w+, (\d+), "(\w+)", (true|false),', HEADER)}
    assert page == header - {(0, "ok", False)}
    assert len(page) == 45


def test_the_table_of_stops_is_the_one_of_the_header():
    block = HEADER.split("#define ZSNMP_STOPS(X)")[1].split("typedef")[0]
    header = set(re.findall(r'X\(\w+, "(\w+)"\)', block))
    walks = PAGE.split("## Walks")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", walks, re.M)) - {"stop"} == header


def test_the_table_of_quirks_is_the_one_of_the_header():
    block = HEADER.split("#define ZSNMP_QUIRKS(X)")[1].split("typedef")[0]
    header = set(re.findall(r'X\(\w+, "(\w+)"\)', block))
    quirks = PAGE.split("## Quirks")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", quirks, re.M)) == header


def test_every_counter_of_the_pool_is_on_the_page():
    block = HEADER.split("#define ZSNMP_STATS(X)")[1].split("typedef struct")[0]
    for name in re.findall(r"X\((\w+),", block):
        assert f"| `{name}` |" in PAGE


def test_links_inside_the_page_lead_somewhere():
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
               for title in re.findall(r"^#+ (.*)$", PAGE, re.M)}
    for target in re.findall(r"\]\(#([^)]+)\)", PAGE):
        assert target in anchors, target
