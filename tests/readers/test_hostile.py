"""Files that are broken, or made to do harm: one clear error each, in bounded time and memory."""

import gzip
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.roles import apply_roles, check_names, heard_labels
from evenhand.readers import read_turns
from evenhand.readers._bytes import MOST_LINE, decode
from tests.readers.shared import refused, written

SECRET = "xylophone"
"""A word that is said in every file, and must never stand in an error."""
ALL = sorted(discover("reader"))
READERS = discover("reader")


def eaf(inside: str, encoding: str = "UTF-8", before: str = "") -> str:
    head = f'<?xml version="1.0" encoding="{encoding}"?>\n{before}'
    return f"{head}<ANNOTATION_DOCUMENT>\n{inside}</ANNOTATION_DOCUMENT>\n"


def tier(name: str, value: str, parent: str = "", reference: str = "") -> str:
    """A tier with one annotation, which refers to `reference` where it is given."""
    above = f' PARENT_REF="{parent}"' if parent else ""
    kind = "REF_ANNOTATION" if reference else "ALIGNABLE_ANNOTATION"
    to = f'ANNOTATION_REF="{reference}"' if reference else 'TIME_SLOT_REF1="t" TIME_SLOT_REF2="t"'
    return (
        f'<TIER TIER_ID="{name}"{above}><ANNOTATION><{kind} ANNOTATION_ID="a{name}" {to}>'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></{kind}></ANNOTATION></TIER>\n"
    )


def segments(inside: str) -> str:
    return f'{{"segments":[\n{{"start":0,"end":1,"text":"{SECRET}","speaker":"A"}},\n{inside}]}}'


BOMB = '<!DOCTYPE a [<!ENTITY a "xylophone"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
EXTERNAL = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n'
TEXTGRID = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'

HOSTILE: dict[str, tuple[bytes | str, str, int | None]] = {
    "XML bomb": (eaf("&b;", before=BOMB), "entities", 2),
    "external entity": (eaf("&a;", before=EXTERNAL), "entities", 2),
    "outer document type": (eaf("", before='<!DOCTYPE a SYSTEM "a.dtd">\n'), "entities", 2),
    "declared UTF-8, is Latin-1": (eaf(tier("é", SECRET)).encode("latin-1"), "encoding", 3),
    "declared Latin-1, is UTF-8": (eaf(tier("é", SECRET), "ISO-8859-1"), "encoding", 1),
    "declared UTF-16, is UTF-8": (eaf(tier("é", SECRET), "UTF-16"), "encoding", 1),
    "declared UTF-8, is UTF-16": (eaf(tier("é", SECRET)).encode("utf-16"), "encoding", 1),
    "declared nonsense": (eaf(tier("T", SECRET), "klingon"), "encoding", 1),
    "declared no text encoding": (eaf(tier("T", SECRET), "base64"), "encoding", 1),
    "XML that breaks off": (eaf(tier("T", SECRET))[:-40], "breaks off", 3),
    "deep XML": (eaf("<a>" * 50_000), "deep", 3),
    "wide XML": (eaf("<a/>" * 1_100_000), "far more than one session", None),
    "tiers in a ring": (eaf(tier("a", SECRET, "b") + tier("b", SECRET, "a")), "ring", 3),
    "a tier below itself": (eaf(tier("a", SECRET, "a")), "ring", 3),
    "annotations in a ring": (
        eaf(tier("a", SECRET, "", "ab") + tier("b", SECRET, "", "aa")),
        "ring",
        3,
    ),
    "an annotation of nothing": (eaf(tier("a", SECRET, "", "ax")), "not there", 3),
    "a tier of nothing": (eaf(tier("a", SECRET, "x")), "not there", 3),
    "a time slot of nothing": (eaf(tier("a", SECRET)), "slot is not there", 3),
    "truncated JSON": (segments("{}")[:-1], "breaks off", 3),
    "deep JSON lists": (segments("[" * 100_000), "deep", 3),
    "deep JSON objects": (segments('{"a":' * 100_000), "deep", 3),
    "JSON of numbers": ('{"segments":[1,2]}', "not a list of objects", 1),
    "JSON of no list": ('{"segments":"xylophone"}', "not a list of objects", 1),
    "JSON text that is none": (segments('{"text":{"a":1}}'), "text is not a text", 3),
    "JSON time that is none": (segments('{"start":"xylophone"}'), "not a time", 3),
    "JSON time without end": (segments('{"start":1e999}'), "not a time", 3),
    "JSON number without end": (segments('{"start":' + "9" * 6000 + "}"), "without end", 3),
    "JSON with NaN": (segments('{"start":NaN}'), "NaN", 3),
    "JSON with a name twice": (segments('{"text":"a",\n"text":"xylophone"}'), "twice", 3),
    "JSON not in UTF-8": (segments('{"text":"é"}').encode("latin-1"), "UTF-8", 3),
    "half UTF-16 JSON": (segments("{}").encode("utf-16")[:-1], "UTF-8", 3),
    "JSON of too many values": (
        '{"segments":[' + "{}," * 2_100_000 + "{}]}",
        "too many values",
        None,
    ),
    "JSON backwards": (segments('{"start":9,"end":5,"text":"xylophone"}'), "before it starts", 3),
    "JSON out of order": (
        segments('{"start":9,"end":9.5,"text":"a"},{"start":5,"end":6,"text":"xylophone"}'),
        "backwards",
        3,
    ),
    "AWS without results": ('{"results":{"transcripts":[{"transcript":"xylophone"}]', "breaks", 1),
    "AWS of another shape": ('{"results":{"items":{"a":"xylophone"}}}', "list of objects", 1),
    "Deepgram of another shape": ('{"results":{"channels":[["xylophone"]]}}', "list of", 1),
    "Rev of another shape": ('{"monologues":{"speaker":"xylophone"}}', "list of objects", 1),
    "Rev with an odd speaker": ('{"monologues":[\n{"speaker":[1]}]}', "speaker's label", 2),
    "TextGrid that breaks off": (TEXTGRID + "0 1 <exists> 2\n", "breaks off", 4),
    "TextGrid with an open quote": (
        TEXTGRID + '0 1 <exists> 1\n"IntervalTier" "A" 0 1 1 0 1\n"xylophone',
        "never closes",
        6,
    ),
    "TextGrid backwards": (
        TEXTGRID + '0 1 <exists> 1\n"IntervalTier" "A" 0 1 1\n1 0 "xylophone"',
        "before it starts",
        6,
    ),
    "TextGrid of impossible size": (TEXTGRID + "0 1 <exists> 1e300", "impossible", 4),
    "half UTF-16 TextGrid": ((TEXTGRID + "0 1").encode("utf-16")[:-1], "UTF-16", 4),
    "CHAT of headers only": ("@UTF8\n@Begin\n@Participants:\tT Therapist\n@End\n", "no line", None),
    "CHAT backwards": (
        "@Begin\n@Participants:\tT Therapist\n*T:\txylophone . \x159_5\x15\n",
        "before it starts",
        3,
    ),
    "CHAT out of order": (
        "@Begin\n@Participants:\tT Therapist\n*T:\ta . \x159000_9500\x15\n"
        "*C:\txylophone . \x155000_6000\x15\n",
        "backwards",
        4,
    ),
    "CSV of headings only": ("speaker,text\n", "no rows", 1),
    "CSV without text": (f"speaker,said\nT,{SECRET}\n", "no column of text", 1),
    "CSV without speakers": (f"start,text\n1,{SECRET}\n", "who speaks", 1),
    "CSV backwards": (f"speaker,start,end,text\nT,0,1,a\nC,5,2,{SECRET}\n", "before it starts", 3),
    "CSV times that are none": (f"speaker,start,text\nT,0,a\nC,{SECRET},b\n", "no time", 3),
    "CSV with an open quote": (f'speaker,text\nT,a\nC,"{SECRET}\nT,b\nC,c\n', "never closes", 3),
    "CSV with an open quote first": (f'speaker,text\nT,"{SECRET}\nC,b\n', "never closes", 2),
    "CSV with two open quotes": (
        f'speaker,text\nT,a\nC,"{SECRET}\nT,"b\nC,c\n',
        "never closes",
        3,
    ),
    "CSV with a quote within": (f'speaker,text\nT,a\nC,5" {SECRET}\n', "within a field", 3),
    "CSV with a bare comma": (f"speaker,text\nT,a\nC,well, {SECRET}\n", "3 fields", 3),
    "half UTF-16 CSV": (f"speaker,text\nT,{SECRET}".encode("utf-16")[:-1], "UTF-16", 2),
    "binary in CSV": (f"speaker,text\nT,{SECRET}\nT,\0\n".encode(), "binary", 3),
    "damaged Parquet": (b"PAR1" + SECRET.encode() * 9, "damaged", None),
    "empty": (b"", "empty", None),
    "only white space": (b" \n" * 50_000, "empty", None),
    "binary": (bytes(range(256)) * 300, "not one that we know", None),
    "damaged gzip": (gzip.compress(b"speaker,text\nT,a\n" * 9)[:-20], "gzip is damaged", None),
    "gzip bomb": (
        gzip.compress(b"speaker,text\n" + b"T,xylophone\n" * 5_000_000, 6),
        "far too much",
        None,
    ),
}
"""A name to the bytes, what the error says, and the line that it names."""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_one_clear_error(name: str, tmp_path: Path) -> None:
    data, what, line = HOSTILE[name]
    begun = time.process_time()
    error = refused(tmp_path, data)
    assert what in error.what
    assert error.where == ("session.bin" if line is None else f"session.bin, line {line}")
    assert SECRET not in str(error)
    assert error.code == Exit.INPUT
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("name", [n for n in ALL if n != "parquet"])
def test_a_bomb_of_a_gzip_is_refused_in_every_format(name: str, tmp_path: Path) -> None:
    data = gzip.compress(READERS[name].example + b"\n" * 60_000_000, 9)
    assert "far too much" in refused(tmp_path, data, READERS[name]).what


MOST_MB = 450

# ru_maxrss would carry over what the parent held when it forked; the kernel's own mark does not.
CHILD = """
import resource, sys
from pathlib import Path
from evenhand.core.errors import EvenhandError
from evenhand.readers import read_turns
try:
    print(read_turns(Path(sys.argv[1])).height)
except EvenhandError as error:
    print(error)
status = Path("/proc/self/status")
if status.exists():
    lines = status.read_text().splitlines()
    print(next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""

LONG: dict[str, bytes] = {
    "csv": b"speaker,text\nT,",
    "open quote": b'speaker,text\nT,"',
    "json": b'{"segments":[{"text":"',
    "xml": b'<?xml version="1.0"?><ANNOTATION_DOCUMENT><TIER TIER_ID="',
    "textgrid": TEXTGRID.encode() + b'0 1 <exists> 1 "IntervalTier" "',
    "chat": b"@Begin\n@Participants:\tT Therapist\n*T:\t",
    "labels": b"T: a\nC: b\nT: ",
    "vtt": b"WEBVTT\n\n00:00.000 --> 00:01.000\nDana: ",
    "srt": b"1\n00:00:00,000 --> 00:00:01,000\nDana: ",
    "nothing known": b"",
}


@pytest.mark.parametrize("name", LONG)
def test_a_line_of_100_mb_is_one_error_in_bounded_memory(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, LONG[name] + b"xylophone " * 10_000_000)
    told = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=120
    )
    said, size_mb = told.stdout.strip().splitlines()
    assert said.startswith("session.bin")
    assert SECRET not in said
    assert int(size_mb) < MOST_MB


def test_formats_are_told_apart_by_semicolons_since_a_title_has_a_comma(tmp_path: Path) -> None:
    told = refused(tmp_path, bytes(range(256)) * 300).remedy
    titles = told.removeprefix("We read: ").removesuffix(".").split("; ")
    assert titles == [reader.title for reader in READERS.values()]
    assert "CSV, a row a turn" in titles


TINY_MB = 250


@pytest.mark.parametrize("encoding", ["utf-8", pytest.param("utf-16", marks=pytest.mark.slow)])
def test_20_mb_of_tiny_lines_take_no_list_of_lines(encoding: str, tmp_path: Path) -> None:
    head = TEXTGRID + '0 1 <exists> 1 "IntervalTier" "A" 0 1 1 '
    path = written(tmp_path, (head + "ab\n" * 7_000_000 + '0 1 "Yes."').encode(encoding))
    told = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=120
    )
    said, size_mb = told.stdout.strip().splitlines()
    assert said == "1"
    assert int(size_mb) < TINY_MB


@pytest.mark.parametrize(
    ("before", "length", "line"),
    [
        ("", MOST_LINE, None),
        ("", MOST_LINE + 1, 1),
        ("\n", MOST_LINE, None),
        ("a\n" * 3, MOST_LINE + 1, 4),
        ("a" * MOST_LINE + "\n\n", MOST_LINE + 1, 3),
        ("a" * (MOST_LINE - 1) + "\n", MOST_LINE, None),
    ],
)
@pytest.mark.parametrize("after", ["", "\nb\n", "\n" + "b" * MOST_LINE])
def test_a_line_that_is_too_long_is_named(
    before: str, length: int, line: int | None, after: str, tmp_path: Path
) -> None:
    path, data = tmp_path / "session.bin", (before + "x" * length + after).encode()
    if line is None:
        assert decode(path, data) == data.decode()
    else:
        with pytest.raises(EvenhandError, match="2 million") as caught:
            decode(path, data)
        assert caught.value.where == f"session.bin, line {line}"


def test_a_file_of_one_speaker_asks_who_it_is(tmp_path: Path) -> None:
    turns = read_turns(written(tmp_path, f"speaker,text\nDana,{SECRET}\nDana,again\n"))
    with pytest.raises(EvenhandError, match="Dana") as caught:
        apply_roles(turns)
    assert caught.value.code == Exit.QUESTION
    assert SECRET not in str(caught.value)


def test_a_slip_in_a_speakers_name_is_said_where_roles_are_asked(tmp_path: Path) -> None:
    turns = read_turns(written(tmp_path, "Dana: So?\nSam: Yes.\nDana: And?\nSam: No.\n"))
    with pytest.raises(EvenhandError) as caught:
        apply_roles(turns, {"Dnaa": "therapist", "Sam": "client"})
    assert "Dana (2 turns, 2 words)" in caught.value.remedy
    assert caught.value.remedy.endswith("Nobody in it is called Dnaa.")


@pytest.mark.parametrize("name", ALL)
def test_speakers_that_are_not_in_the_file_are_named(name: str, tmp_path: Path) -> None:
    there = heard_labels(READERS[name].read(written(tmp_path, READERS[name].example)))
    with pytest.raises(EvenhandError, match="Nobody At All") as caught:
        check_names({"Nobody At All": "therapist"}, there)
    assert all(label in caught.value.remedy for label in there)
    assert caught.value.code == Exit.USAGE


@pytest.mark.parametrize("name", ["elan", "whisperx", "chat", "textgrid", "csv"])
def test_the_message_does_not_hold_what_was_said(name: str, tmp_path: Path) -> None:
    example = READERS[name].example.replace(b"job", SECRET.encode())
    for at in range(len(example) // 2, len(example), 7):
        path = written(tmp_path, example[:at])
        try:
            read_turns(path)
        except EvenhandError as error:
            told = str(error)
        else:
            told = ""
        assert SECRET not in told
