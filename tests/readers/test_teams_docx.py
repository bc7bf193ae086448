import gzip
import io
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from evenhand.readers.teams_docx import READER, as_docx
from tests.readers.shared import check_example, flagged, refused, rows, said

WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(xml: bytes | str, name: str = "word/document.xml") -> bytes:
    """A zip with one deflated member."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), xml, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def document(body: str, before: str = "") -> bytes:
    return packed(
        f'<?xml version="1.0"?>{before}<w:document {WORD}><w:body>{body}</w:body></w:document>'
    )


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_the_older_form_has_ends(tmp_path: Path) -> None:
    data = as_docx(
        [
            "0:0:5.100 --> 0:0:8.250\nDana Lee\nWhere shall we",
            "0:0:8.300 --> 0:0:9.0\nDana Lee\nstart?\nAnywhere.",
            "0:0:10.5 --> 1:2:3.4567890\nSam\nWith the job: mine.",
        ]
    )
    found = [
        (r["speaker"], r["text"], r["start_s"], r["end_s"], r["source_line"])
        for r in rows(tmp_path, data)
    ]
    assert found == [
        ("Dana Lee", "Where shall we start? Anywhere.", 5.1, 9.0, 1),
        ("Sam", "With the job: mine.", 10.5, 3723.457, 8),
    ]


def test_header_and_words_may_be_paragraphs_of_their_own(tmp_path: Path) -> None:
    newer = as_docx(["Title", "Dana Lee   0:05", "Where?", "", "Sam\t0:09", "The job."])
    older = as_docx(
        [
            "Title",
            "0:0:5.1 --> 0:0:8.2",
            "Dana Lee",
            "Where?",
            "0:0:9.1 --> 0:0:10.0",
            "Sam",
            "The job.",
        ]
    )
    assert (
        said(tmp_path, newer)
        == said(tmp_path, older)
        == [("Dana Lee", "Where?"), ("Sam", "The job.")]
    )


def test_a_break_may_come_before_the_header_in_its_paragraph(tmp_path: Path) -> None:
    assert said(tmp_path, as_docx(["\nDana Lee   0:05\nWhere?"])) == [("Dana Lee", "Where?")]


def test_several_parts_in_one_paragraph_are_apart(tmp_path: Path) -> None:
    data = as_docx(
        ["Dana   0:05\nWhere?\nSam   0:07\nThe job.", "Sam   0:09\nAs ever.\nDana   0:11\nAh."]
    )
    assert said(tmp_path, data) == [
        ("Dana", "Where?"),
        ("Sam", "The job. As ever."),
        ("Dana", "Ah."),
    ]


def test_a_time_within_what_is_said_is_no_header(tmp_path: Path) -> None:
    data = as_docx(["Dana   0:05\nI came\nat about  10:30\nor so"])
    assert said(tmp_path, data) == [("Dana", "I came at about 10:30 or so")]


def test_who_started_and_stopped_the_transcription_is_no_speech(tmp_path: Path) -> None:
    data = as_docx(
        [
            "Dana Lee started transcription",
            "Dana Lee   0:05\nHe started transcription",
            "Dana Lee   stopped transcription",
            "Sam   0:09\nYes.",
        ]
    )
    assert said(tmp_path, data) == [("Dana Lee", "He started transcription"), ("Sam", "Yes.")]


def test_an_unknown_speaker_is_nobody_and_flagged(tmp_path: Path) -> None:
    data = as_docx(["Dana   0:05\nWhere?", "Unknown   0:07\nThe job.", "0:09\nMine."])
    assert said(tmp_path, data) == [("Dana", "Where?"), (None, "The job."), (None, "Mine.")]
    assert "2 of 3 parts have no known speaker" in flagged(tmp_path, data)[0]


def test_a_document_typed_with_labels_is_read(tmp_path: Path) -> None:
    data = as_docx(["Intake", "T: Where?", "C: The job.\nI thought: maybe", "T: Ah."])
    assert said(tmp_path, data) == [
        ("T", "Where?"),
        ("C", "The job. I thought: maybe"),
        ("T", "Ah."),
    ]


def test_runs_tabs_and_deletions_are_read_as_word_shows_them(tmp_path: Path) -> None:
    data = document(
        "<w:p><w:r><w:t>Dana</w:t></w:r><w:r><w:tab/><w:t>0:05</w:t><w:br/></w:r>"
        "<w:r><w:t>It is </w:t></w:r><w:del><w:r><w:delText>not </w:delText></w:r></w:del>"
        "<w:r><w:t>so &amp; so</w:t><w:noBreakHyphen/><w:t>so</w:t></w:r></w:p>"
    )
    assert said(tmp_path, data) == [("Dana", "It is so & so-so")]


def test_a_gzip_of_a_document_is_the_document(tmp_path: Path) -> None:
    assert said(tmp_path, gzip.compress(READER.example))[0] == ("Dana Lee", "Where shall we start?")


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["Dana   0:09\nYes.", "Sam   0:05\nNo."],
        ["0:0:9.1 --> 0:0:9.5\nDana\nYes.", "0:0:5.1 --> 0:0:6.0\nSam\nNo."],
    ],
)
def test_times_that_run_backwards_are_refused(tmp_path: Path, paragraphs: list[str]) -> None:
    error = refused(tmp_path, as_docx(paragraphs))
    assert error.what == "The times run backwards."
    assert "line" in error.where


def test_an_end_before_its_start_is_refused(tmp_path: Path) -> None:
    data = as_docx(["0:0:9.1 --> 0:0:8.5\nDana\nYes."])
    assert refused(tmp_path, data).what == "A cue ends before it starts."


@pytest.mark.parametrize("paragraphs", [[], ["Title", "45m 3s"], ["Just words.", "More."]])
def test_a_document_without_a_transcript_is_refused(tmp_path: Path, paragraphs: list[str]) -> None:
    assert "holds no transcript" in refused(tmp_path, as_docx(paragraphs)).what


def test_a_transcript_without_a_word_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, as_docx(["Dana   0:05", "Sam   0:07"]))


def test_a_zip_that_is_no_document_is_refused(tmp_path: Path) -> None:
    assert "no word/document.xml" in refused(tmp_path, packed("x", "other.xml")).what
    assert "no word/document.xml" in refused(tmp_path, b"PK\x05\x06" + bytes(18)).what


def test_a_zip_bomb_is_refused_in_bounded_time_and_memory(tmp_path: Path) -> None:
    body = f"<w:p><w:r><w:t>{'a' * (64 << 20)}</w:t></w:r></w:p>"
    data = document(body)
    del body
    tracemalloc.start()
    begun = time.process_time()
    assert "far too much" in refused(tmp_path, data).what
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 << 20
    assert time.process_time() - begun < 5


def test_a_bomb_of_many_elements_is_refused(tmp_path: Path) -> None:
    assert "far too much" in refused(tmp_path, document("<w:p/>" * 400_000)).what


def test_elements_too_deep_are_refused(tmp_path: Path) -> None:
    data = document("<w:p>" * 5000 + "</w:p>" * 5000)
    assert "too deep or too large" in refused(tmp_path, data).what


def test_an_external_entity_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    before = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    error = refused(tmp_path, document("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>", before))
    assert "entities" in error.what
    assert "hidden" not in str(error)


def test_a_billion_laughs_are_refused(tmp_path: Path) -> None:
    grown = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    before = f'<!DOCTYPE d [<!ENTITY l0 "ha">{grown}]>'
    error = refused(tmp_path, document("<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", before))
    assert "entities" in error.what


def test_an_outside_document_type_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, document("", '<!DOCTYPE d SYSTEM "outside.dtd">'))
    assert "document type" in error.what


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml",
        b"<w:document",
        b'<?xml version="1.0" encoding="utf-8"?><d>\xff\xfe</d>',
        b'<?xml version="1.0" encoding="utf-16"?><d>a</d>',
        b'<?xml version="1.0" encoding="shift_jis"?><d>a</d>',
        b'<?xml version="1.0" encoding="made-up"?><d>a</d>',
    ],
)
def test_damaged_xml_and_false_encodings_are_refused(tmp_path: Path, xml: bytes) -> None:
    refused(tmp_path, packed(xml))


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed("<d/>"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(tmp_path, bytes(data)).what == "The document is encrypted."


def test_a_document_with_a_password_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "password" in error.what


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_document_is_refused(tmp_path: Path, part: float) -> None:
    data = READER.example
    assert "damaged" in refused(tmp_path, data[: int(len(data) * part)]).what


def test_a_document_with_flipped_bytes_is_refused(tmp_path: Path) -> None:
    data = bytearray(document("<w:p><w:r><w:t>Dana   0:05</w:t></w:r></w:p>" * 50))
    middle = len(data) // 3
    data[middle : middle + 8] = b"\xff" * 8
    refused(tmp_path, bytes(data))


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    data = bytearray(packed("<d/>"))
    data[8] = 97
    data[data.index(b"PK\x01\x02") + 10] = 97
    assert "damaged" in refused(tmp_path, bytes(data)).what


def test_a_zip_of_many_thousand_files_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for n in range(6000):
            archive.writestr(zipfile.ZipInfo(str(n)), b"")
    assert "far too many files" in refused(tmp_path, made.getvalue()).what
