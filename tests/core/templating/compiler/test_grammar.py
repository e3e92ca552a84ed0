"""Random templates over what the compiler knows, each rendered both ways."""

from __future__ import annotations

from hypothesis import HealthCheck, event, given, reject, settings
from hypothesis import strategies as st

from eventum_core import ConfigError

NAMES = ("a", "b", "x", "params", "shared", "timestamp", "tags", "u", "nope", "module", "vars", "m")
ATTRIBUTES = ("a", "b", "name", "count", "items", "get", "word", "list", "map", "rows", "year", "x")
LITERALS = (
    "0",
    "1",
    "2.5",
    "true",
    "none",
    "'t'",
    "''",
    "[1, 2]",
    "{'a': 1, 'name': 'n'}",
    "(1, 2)",
)
DRAWS = (
    "module.rand.number.integer(1, 9)",
    "module.rand.weighted_choice(['a', 'b'], [1, 2])",
    "module.rand.string.hex(4)",
    "samples.users.pick()",
    "samples.users.pick().name",
    "samples.words | random",
    "samples.users | selectattr('role', 'equalto', 'user') | list",
    "params.rows | selectattr('k', 'equalto', 'x') | map(attribute='n') | list",
    "params.list | random",
    "shared.get('b')",
    "timestamp.isoformat()",
    "imported.add(1, b=2)",
    "imported.limit",
)
FILTERS = (
    "upper",
    "length",
    "tojson",
    "default('d')",
    "list",
    "string",
    "e",
    "first",
    "join(',')",
    "map(attribute='name') | list",
    "random",
    "trim",
    "safe",
    "sort",
    "attr('a')",
)
TESTS = ("defined", "none", "string", "mapping", "number", "equalto(1)", "in [1, 'a']", "odd")
OPERATORS = ("+", "~", "==", "<", "and", "or", "in", "*", "%", "!=", "not in")

LOOP = "{{% for {} in {} %}}{}{{% if {} %}}{}{{% endif %}}{}{{% else %}}{}{{% endfor %}}"

names, attributes = st.sampled_from(NAMES), st.sampled_from(ATTRIBUTES)
leaves = st.one_of(names, st.sampled_from(LITERALS), st.sampled_from(DRAWS))


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions made of others."""
    return st.one_of(
        st.builds("({})".format, inner),
        st.builds("{}.{}".format, st.one_of(names, inner.map("({})".format)), attributes),
        st.builds("{}['{}']".format, st.one_of(names, inner.map("({})".format)), attributes),
        st.builds("{}[{}]".format, names, inner),
        st.builds("({}) | {}".format, inner, st.sampled_from(FILTERS)),
        st.builds("({}) is {}".format, inner, st.sampled_from(TESTS)),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(OPERATORS), inner),
        st.builds("({}) if ({}) else ({})".format, inner, inner, inner),
        st.builds("({}) if ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'a': {}, 'name': {}}}".format, inner, inner),
        st.builds("{}({})".format, names, inner),
        st.builds("{}({}, b={})".format, names, inner, inner),
        st.builds("{}.{}({})".format, names, attributes, inner),
    )


expressions = st.recursive(leaves, _larger, max_leaves=5)
ends = st.sampled_from(["{% break %}", "{% continue %}", ""])


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return statements made of others."""
    return st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, expressions, inner, inner),
        st.builds("{{% if {} %}}{}{{% endif %}}".format, expressions, inner),
        st.builds(
            LOOP.format,
            names,
            expressions,
            inner,
            expressions,
            ends,
            inner,
            inner,
        ),
        st.builds(
            "{{% for {} in {} if {} %}}{}{{{{ loop.index }}}}{{% endfor %}}".format,
            names,
            expressions,
            expressions,
            inner,
        ),
        st.builds(
            "{{% macro {}({}, b={}) %}}{}{{% endmacro %}}".format, names, names, expressions, inner
        ),
        st.builds("{{% macro {}(a) %}}{}{{{{ caller(a) }}}}{{% endmacro %}}".format, names, inner),
        st.builds(
            "{{% call({}) {}({}) %}}{}{{% endcall %}}".format, names, names, expressions, inner
        ),
        st.builds("{{% set {} %}}{}{{% endset %}}".format, names, inner),
        st.builds("{{% with {} = {} %}}{}{{% endwith %}}".format, names, expressions, inner),
        st.builds("{{% filter upper %}}{}{{% endfilter %}}".format, inner),
    )


statements = st.recursive(
    st.one_of(
        st.builds("{{{{ {} }}}}".format, expressions),
        st.builds("{{% set {} = {} %}}".format, names, expressions),
        st.builds("{{% set {}, {} = {} %}}".format, names, names, expressions),
        st.builds("{{% do shared.set('{}', {}) %}}".format, attributes, leaves),
        st.builds("{{% do {}.update({{'{}': {}}}) %}}".format, names, attributes, leaves),
        st.sampled_from(["text", "\n", "{{ dispatch.drop() }}", "{{ loop.index }}"]),
    ),
    _blocks,
    max_leaves=10,
)
templates = st.builds("{{% import 'macros.jinja' as imported %}}{}".format, statements)


@given(template=templates)
@settings(
    deadline=None,
    max_examples=300,
    # Each example makes runs of its own in the same folder.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_template_gives_the_same_the_quick_way(both, template):
    try:
        stock, quick = both(template, count=3)
    except ConfigError:
        reject()  # a name is used in a way that Jinja2 itself does not take
    event(quick.refused.get("a", "quick"))
    if any("RecursionError" in moment for moment in stock.moments if isinstance(moment, tuple)):
        reject()  # how deep it gets depends on how it is rendered
    assert quick.moments == stock.moments
    assert quick.state == stock.state
    assert quick.drawn == stock.drawn
