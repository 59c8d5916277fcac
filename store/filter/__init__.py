"""The filter language of tracetui.

A filter finds traces: a trace is listed when ONE of its spans satisfies the whole filter. The same text
marks or hides spans in the view of one trace, and is what `search_traces` and `-f/--filter` take.

    llm.ttft_ms > 500                      a span whose first token took more than 500 ms
    kind = LLM model = gpt-4o* cost > $0.05     conditions side by side: all of them, on the same span
    (model = claude* or model = gpt*) and not is:error
    timeout "rate limit" -kind:tool        words and phrases anywhere in a span; - and ! mean not
    {kind = AGENT} >> {kind = TOOL and is:error}  a failed tool anywhere below an agent
    {is:error} and {kind = TOOL}           two spans, perhaps different ones; not {is:error}: no span failed
    trace.duration between 200ms and 0.8s  trace. is about the whole trace
    session = s-42 and start > -15m        one conversation, the last quarter of an hour
    kind = LLM | count() > 10              traces with more than ten model calls
    kind = LLM | by(model) | p95(ttft) > 800ms    models, each with its percentiles, tokens and cost

Fields of a span
    name kind status error message         text; kind and status never heed case
    error is the type of the failure, or its message: by(error) counts types, message is the message alone
    duration self age start end            self: duration minus children; age: time since the start
    model response_model provider tool     the model that was asked for, the version that answered; name of the tool
    prompt prompt_version                  name and version of the prompt
    ttft tpot tps chunks                   time to first token, time per token, tokens per second, chunks
    tokens input_tokens output_tokens cached_tokens cache_write_tokens reasoning_tokens cost
    depth children events thread service host pid id parent_id trace_id session user
    input output                           the payloads; input.messages.0.content is a part of one
Other fields
    anything.else  attr.x  attributes.`a b`     raw attribute; llm.ttft_ms is ttft
    trace.name .duration .status .spans .errors .tokens .cost .unpriced .request .response ...
                                           unpriced: model calls whose price is not known, which the cost lacks
    tag.x  metadata.x  resource.service    of the trace, of the process
    feedback.x  expectation.x  issue.id    what people, programs and models said of the trace
    event.name  event.x                    any event of the span: its name, an attribute
    root.x  parent.x  parent.parent.x      any field x of the root or the parent of the span
Operators
    =  !=  >  >=  <  <=                    == is =, <> is !=, key:value is =, key:>5 is >
    ~  !~                                  contains, without regard to case
    =~  !=~                                regular expression anywhere in it; a capital makes case count
    in (a, b)   between a and b   like 'x%'   ilike   rlike      each also with not
    is null   is not null   has:x   has(x) is x there at all; x = null is the same
    and or not, && || !, parentheses       side by side means and, which binds tighter than or
    {a} >> {b}  {a} > {b}       the b that have an a above them, as their parent
    {a} << {b}  {a} < {b}       the b that have an a below them, as their child; {a} ~ {b}: as a sibling
    !>> !> !<< !< !~            the b that have none: {is:error} !< {is:error} is where an error began
Flags
    is:running done ok error cancelled lost root leaf orphan stream llm tool agent chain retriever ...
    is:starred is of a trace with a star; is:liked and is:disliked of one with a thumb up or down
    is:slow is 5 s or longer, or 2 s or more to the first token; lost: open, but its process is gone
Values
    500 1e3 4k 2M $0.05   2s 500ms 1m30s (a bare duration is ms)   40% (of the trace's duration)
    2026-11-22 "2026-11-22 14:30" 14:30 today yesterday now -15m   (local time, or UTC where times are shown in UTC;
        = a day means within it, from midnight to midnight: 23, 24 or 25 hours; -1d is 24 hours)
    key:value, model = gpt-4o*, w?rd       unquoted: case does not count, * and ? are wildcards
    "text" 'text'                          quoted: exact; \\\\ and \\" or a doubled quote inside
Stages, each behind a |
    count() sum(f) avg(f) min(f) max(f) p50(f) p90(f) p95(f) p99(f), compared with =  !=  >  >=  <  <=
        over the matching spans of each trace: kind = LLM | p95(ttft) > 800ms | sum(cost) > $0.10
    by(f, g, ...)       groups in place of traces, each with its count, errors, p50 and p95 of duration and ttft,
                        tokens, cost and newest time; aggregates behind it choose among the groups; by() is one group
    sort(f) sort(-f)    order of the traces by their own field, or by the smallest (with - the largest) value among
                        their matching spans; order of the groups by a field of by() or an aggregate: sort(-p95(ttft))
    limit n             the first n; the last stage
    In the explorer Enter goes into a group, and Escape back; `tracetui ls -f` prints groups, with --json as data.

What may surprise
    A missing value fails every comparison, != too; `not (x = 1)` and `x is null` match it.
    A running span's duration goes up to now; its status is null.
    An array attribute matches =, ~ and =~ when one element does, and a negation when none does.
    A number compares with text that is a number ("612"); true and false with yes/no attributes.
    A unit of time on a raw attribute needs a name that says its own (x_ms, x_seconds).
    start > 2026-11-22 and start <= 2026-11-22 include that day, < does not; tps and tpot count from the first token.
    status has no value for running: say is:running. is:root has no parent at all; is:orphan lost it.
    attributes.status, attributes.name and MLflow's others mean the trace; attr.status is the attribute.
    A regular expression sees the first 20,000 characters of a text. One that takes too long is given up by name; a
    program that searches its own traces runs none whose repeats could make it take for ever.
    A leading `where` is no word to find, and last 10m is start > -10m; `order by x` is refused, and told as | sort(x).
    A word is always text: is:error, not error. Text is looked for per span: not {word} is nowhere in the trace.
    Feedback of one name counts when one of them matches; what was overridden does not count.
    A percentile is a value that occurs: the smallest that so many percent of the values do not exceed.
    Groups are of spans: those that match, as they are marked in the view of a trace. Where the filter and all
    fields speak of traces (session = s-42 | by(user), | by(tag.env)) groups are of traces, and so are duration,
    ttft, tokens and cost; `trace.x` is always the trace's.
    Tokens and cost of a group, and sum() of them, count no usage twice: a span counts for what it says itself or for
    what the spans of the group below it add up to, whichever is larger. Two groups may show one usage: the agent's,
    and that of its calls. A cost that lacks calls without a price is shown as a lower bound, like \u2265$0.30.
    A stage sees only traces in which something matches: count() = 0 finds nothing, not {kind = LLM} does.
    by(x) puts spans without x in a group of their own; 4 and "4" are one group, an array is one as it stands.
    {a} >> {b} >> {c} is read from the left: the c below a b that is below an a.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .assist.completion import Completion, completions
    from .assist.suggestions import hints
    from .sql.compile import Plan, compile_query
    from .sql.functions import register
    from .syntax.parser import parse
    from .tree.errors import FilterError
    from .tree.nodes import Query
    from .tree.spelling import unparse
else:

    def __getattr__(name: str) -> object:
        """A public name, out of its module (PEP 562): the explorer's first frame needs none of them."""
        from importlib import import_module

        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f".{home}", __name__), name)
        return found


__all__ = [
    "Completion",
    "FilterError",
    "Plan",
    "Query",
    "compile_query",
    "completions",
    "hints",
    "parse",
    "register",
    "unparse",
]

_HOMES = {
    "Completion": "assist.completion",
    "FilterError": "tree.errors",
    "Plan": "sql.compile",
    "Query": "tree.nodes",
    "compile_query": "sql.compile",
    "completions": "assist.completion",
    "hints": "assist.suggestions",
    "parse": "syntax.parser",
    "register": "sql.functions",
    "unparse": "tree.spelling",
}
"""The module of each public name. No room is called as one of them, which would hide it once the room is imported."""
