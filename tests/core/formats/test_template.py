from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles import generator, local
from pydantic import ValidationError

from eventum_core import Generator
from eventum_core.errors import ConfigError, FormatError
from eventum_core.formats.template import Template, TemplateBatch
from eventum_core.model import Event

DRAWING = "{{ event }}:{{ range(1000000) | random }}:{{ lipsum(1, html=False, min=1, max=9) }}"


def event(ordinal, text="x", index=0):
    return Event(datetime(2024, 1, 1, tzinfo=UTC), text, (), ordinal, index)


@pytest.fixture
def problem(tmp_path):
    def problem(formatter):
        with pytest.raises(ConfigError) as caught:
            formatter.check(tmp_path)
        (problem,) = caught.value.problems
        return problem.path, problem.message

    return problem


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        ("<{{ event }}>", "a", "<a>"),
        ("{{ event }}\n", "a", "a"),
        ("{{ event }}\n\n", "a", "a\n"),
        ("{{ event }}", "<&>", "<&>"),
        ("[{{ nope }}{{ event.nope }}]", "a", "[]"),
        ("{{ (event | fromjson).a.b }}", '{"a": {"b": 1e3}}', "1000.0"),
        ("{{ (event | fromjson) | tojson }}", '{"b":1,"a":"é"}', '{"a": "\\u00e9", "b": 1}'),
        ("{% set l = [] %}{% do l.append(event) %}{{ l }}", "a", "['a']"),
        ("{% for c in event %}{% if c == 'b' %}{% continue %}{% endif %}{{ c }}{% endfor %}",
         "abc", "ac"),
        ("{{ event | upper }} {{ event | length }}", "äb", "ÄB 2"),
    ],
)  # fmt: skip
def test_an_event_is_laid_out(encode, template, text, expected):
    assert encode(Template(template=template), text).texts == [expected]


def test_each_event_is_a_text_of_its_own(encode):
    chunk = encode(Template(template="{{ event }}!"), "a", "b", "")

    assert chunk.texts == ["a!", "b!", "!"]
    assert [event.text for event in chunk.events] == ["a", "b", ""]
    assert chunk.rejected == []


def test_a_batch_is_one_text(encode):
    text = "{{ events | length }}: {% for e in events %}{{ e }},{% endfor %}{{ events[0] }}"
    chunk = encode(TemplateBatch(template=text), "a", "b")

    assert chunk.texts == ["2: a,b,a"]
    assert chunk.carried(0) == chunk.events
    assert len(chunk.events) == 2


def test_no_events_are_no_text(encode):
    assert encode(Template(template="x")).texts == []
    assert encode(TemplateBatch(template="x")).texts == []


def test_nothing_set_by_one_event_is_seen_by_the_next(encode):
    text = "{{ x is defined }}{% set x = 1 %}"
    assert encode(Template(template=text), "a", "b").texts == ["False", "False"]


@pytest.mark.parametrize("formatter", [Template, TemplateBatch])
def test_a_file_lies_below_the_folder_and_may_include_others(encode, tmp_path, formatter):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "main.j2").write_text("{% include 't/part.txt' %}ü", "utf-8")
    (tmp_path / "t" / "part.txt").write_text("[{{ event or events | join }}]", "utf-8")
    made = formatter(template_path="t/main.j2")

    made.check(tmp_path)
    assert encode(made, "a").texts == ["[a]ü"]


@pytest.mark.parametrize("formatter", [Template, TemplateBatch])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Field required, or template in its place"),
        ({"template": None}, "Field required, or template in its place"),
        ({"template": "a", "template_path": "b"}, "give template or template_path, not both"),
        ({"template": ""}, "at least 1 character"),
        ({"template": 3}, "valid string"),
        ({"template_path": "/etc/passwd"}, "must be relative to the folder"),
        ({"template_path": "../x.jinja"}, "must lie below the folder"),
        ({"template_path": "a/../../x.jinja"}, "must lie below the folder"),
        ({"template": "a", "indent": 2}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_options_are_refused(formatter, options, says):
    with pytest.raises(ValidationError, match=says):
        formatter(**options)


@pytest.mark.parametrize("formatter", [Template, TemplateBatch])
def test_a_template_that_cannot_be_used_is_told_with_its_line(tmp_path, problem, formatter):
    (tmp_path / "bad.j2").write_text("fine\n{{ x | nope }}", "utf-8")

    assert problem(formatter(template="a\n{% if %}"))[0] == "template"
    assert problem(formatter(template="a\n{% if %}"))[1].startswith("<inline>, line 2: ")
    assert problem(formatter(template_path="bad.j2")) == (
        "template_path",
        "bad.j2, line 2: no filter named 'nope'",
    )
    assert problem(formatter(template_path="none.j2")) == (
        "template_path",
        "none.j2: no such file in the folder of the configuration",
    )


def test_an_event_on_which_the_template_fails_is_rejected_alone(encode):
    chunk = encode(Template(template="\n{{ 1 / (event | int) }}"), "1", "0", "2")

    assert chunk.texts == ["\n1.0", "\n0.5"]
    assert [event.ordinal for event in chunk.events] == [0, 2]
    (rejected,) = chunk.rejected
    assert rejected.event.text == "0"
    assert rejected.reason == "ZeroDivisionError: division by zero (<inline>, line 2)"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ event | fromjson }}", "JSONDecodeError: Expecting value"),
        ("{{ nope.a }}", "UndefinedError: 'nope' is undefined"),
        ("{% include 'none.txt' %}", "TemplateNotFound: "),
        ("{{ event.a.b }}", "UndefinedError: 'str object' has no attribute 'a'"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "RecursionError: "),
    ],
)
def test_the_reason_says_what_failed(encode, template, reason):
    (rejected,) = encode(Template(template=template), "x").rejected
    assert rejected.reason.startswith(reason)
    assert rejected.reason.endswith("(<inline>, line 1)")


def test_a_batch_on_which_the_template_fails_is_lost_as_a_whole(encode):
    with pytest.raises(FormatError, match=r"ZeroDivisionError: .* \(<inline>, line 1\)"):
        encode(TemplateBatch(template="{{ 1 / (events[1] | int) }}"), "1", "0")


@pytest.mark.parametrize(
    ("formatter", "written", "failed"),
    [({"format": "template", "template": "{{ 1 // (event | fromjson).n }}"}, 9, 1),
     ({"format": "template-batch", "template": "{{ 1 // (events[0] | fromjson).n }}"}, 5, 5)],
)  # fmt: skip
def test_what_is_lost_is_counted_and_told(tmp_path, formatter, written, failed):
    _, output = local(formatter=formatter)
    report = generator(tmp_path, output, batch={"size": 5}).run_sync()
    (told,) = report.outputs

    assert (told.written, told.format_failed) == (written, failed)
    assert "ZeroDivisionError: integer division or modulo by zero" in report.errors[0]


def test_what_is_drawn_depends_on_the_event_alone(run):
    whole = Template(template=DRAWING).encoder(run)([event(n) for n in range(6)])
    encode = Template(template=DRAWING).encoder(run)
    pieces = [encode([event(n)]).texts for n in (3, 0, 1 << 41, 2)]

    assert len(set(whole.texts)) == 6
    assert pieces == [[whole.texts[3]], [whole.texts[0]], pieces[2], [whole.texts[2]]]


def test_events_of_one_timestamp_draw_differently(run):
    texts = Template(template=DRAWING).encoder(run)([event(0, index=i) for i in range(9)]).texts
    assert len(set(texts)) == 9


def test_another_seed_draws_otherwise_and_the_event_stage_is_left_alone(run):
    before = run.random.getstate()
    texts = Template(template=DRAWING).encoder(run)([event(0)]).texts
    other = replace(run, seeds=replace(run.seeds, seed=8))

    assert run.random.getstate() == before
    assert Template(template=DRAWING).encoder(run)([event(0)]).texts == texts
    assert Template(template=DRAWING).encoder(other)([event(0)]).texts != texts


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_run_is_the_same_however_it_is_batched(tmp_path, size):
    def ran(size):
        texts, output = local(formatter={"format": "template", "template": DRAWING})
        plain, other = local()
        generator(tmp_path, output, other, count=40, batch={"size": size}).run_sync()
        return texts, plain

    assert ran(size) == ran(40)


def test_a_drawing_format_does_not_change_the_events(tmp_path):
    def plain(*more):
        texts, output = local()
        generator(tmp_path, *more, output, count=40).run_sync()
        return texts

    _, drawing = local(formatter={"format": "template", "template": DRAWING})
    assert plain(drawing) == plain()


def test_the_restricted_policy_reaches_nothing_inside(run):
    restricted = replace(run, policy="restricted")
    text = "{{ ''.__class__.__mro__ }}"
    (rejected,) = Template(template=text).encoder(restricted)([event(0)]).rejected

    assert "object" in Template(template=text).encoder(run)([event(0)]).texts[0]
    assert rejected.reason.startswith("SecurityError: ")
    with pytest.raises(FormatError, match="SecurityError"):
        TemplateBatch(template=text).encoder(restricted)([event(0)])


def test_the_restricted_policy_follows_no_link_outside(run, tmp_path_factory):
    secret = tmp_path_factory.mktemp("other") / "secret.txt"
    secret.write_text("secret", "utf-8")
    (run.base / "link.txt").symlink_to(secret)
    made = Template(template_path=Path("link.txt"))

    assert made.encoder(run)([event(0)]).texts == ["secret"]
    with pytest.raises(ConfigError, match="no such file"):
        made.encoder(replace(run, policy="restricted"))


FILE = """
input: [{linspace: {start: now, end: +10s, count: 2}}]
event: {template: {mode: all, templates: [{a: {inline: "${params.word}"}}]}}
output:
  - file:
      path: out.txt
      separator: "|"
      formatter:
        format: template-batch
        template: "%s"
"""


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("${params.word}={{ events | join }}", "hi=hihi|"),
        ("{% if params.word %}{{ events | length }}{% endif %}{# gone #}", "2|"),
        ("{% raw %}{% for e in events %}{{ loop.index }}{{ e }}{% endfor %}{% endraw %}",
         "1hi2hi|"),
    ],
)  # fmt: skip
def test_an_inline_template_passes_the_substitution_first(tmp_path, template, written):
    path = tmp_path / "generator.yml"
    path.write_text(FILE % template, "utf-8")
    Generator.from_file(path, live_mode=False, params={"word": "hi"}).run_sync()

    assert (tmp_path / "out.txt").read_text() == written


def test_a_problem_stands_at_its_place_in_the_file(tmp_path):
    path = tmp_path / "generator.yml"
    path.write_text(FILE % "{{ 1 + }}", "utf-8")
    with pytest.raises(ConfigError) as caught:
        Generator.from_file(path, params={"word": "hi"})

    (problem,) = caught.value.problems
    assert problem.path == "output[0].file.formatter.template"


def test_the_batching_format_says_so():
    assert (Template.batching, TemplateBatch.batching) == (False, True)
    assert (Template.name, TemplateBatch.name) == ("template", "template-batch")
