"""Families of e-mail addresses: their parts."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def domain_of(d: Draw) -> Problem:
    """The part of an address after a sign, or before it."""
    back = d.chance(0.6)
    d.let(
        i=-1 if back else 0,
        j=0 if back else -1,
        part="domain" if back else "name",
        side="after" if back else "before",
        eg="example.org" if back else "ana",
    )
    d.names(m="email address mail")
    return d.problem(
        name="${part}_of email_$part get_$part",
        params="$m: str",
        returns="str",
        ways=['return $m.split("@")[$i]', 'return $m.partition("@")[$k]'.replace("$k", "2" if back else "0")],
        summary='Return the part of an e-mail address $side the "@".',
        gives='the part of the e-mail address `$m` $side the "@", such as "$eg" for "ana@example.org"',
        asks=[
            'Return what stands $side the "@" of an e-mail address: "$eg" for "ana@example.org".',
            'We sort our customers by mail address, and only what is $side the "@" counts. Cut it out of `$m`.',
        ],
        rules=['There is always exactly one "@".'],
        calls=[("ana@example.org",), (f"{d.person().lower()}@{d.pick(pools.DOMAINS)}",), ("x@y",),
               (f"{d.person().lower()}.{d.pick(pools.WORDS)}@{d.pick(pools.DOMAINS)}",), (f"info@{d.pick(pools.DOMAINS)}",)],
        slips=[("[$i]", "[$j]", "The wrong side is returned")],
        words=["part | side | $side", "e-mail | address"],
    )  # fmt: skip
