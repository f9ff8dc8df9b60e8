"""Families of links: schemes, hosts, paths, queries."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def has_scheme(d: Draw) -> Problem:
    """Whether a link begins in a certain way."""
    d.scene(
        dict(start="https://", what="secure link", fn="is_secure uses_https"),
        dict(start="mailto:", what="mail link", fn="is_mail_link opens_mail"),
        dict(start="tel:", what="phone link", fn="is_phone_link dials"),
        dict(start="ftp://", what="download link", fn="is_ftp uses_ftp"),
        dict(start="#", what="link to a place on the same page", fn="is_anchor stays_on_page"),
    )
    d.names(u="url link address href")
    start, site = d["start"], d.pick(pools.DOMAINS)
    d.let(size=len(start))
    return d.problem(
        name=d["fn"],
        params="$u: str",
        returns="bool",
        ways=['return $u.startswith("$start")', 'return $u[:$size] == "$start"'],
        summary='Tell whether a link is a/an $what, that is, begins with "$start".',
        gives='whether `$u` is a/an $what, that is, begins with "$start"',
        asks=[
            'Is `$u` a/an $what? Those begin with "$start". Return True or False.',
            'In a list of links I want to mark every $what. Tell me for one of them whether it begins with "$start".',
        ],
        settings=["We go through the links of a web page."],
        calls=[
            ("",),
            (start,),
            (f"{start}{site}",),
            (site,),
            (f"see {start}{site}",),
            (f"{site}/{start}",),
            (start[:-1],),
            (f"{start}contact",),
        ],
        slips=[
            (".startswith(", ".endswith(", "It looks at the end of the link"),
            ('$u.startswith("$start")', '"$start" in $u', "The sign may stand anywhere in the link, not only in front"),
        ],
    )


@family(level=0)
def page_address(d: Draw) -> Problem:
    """The address of a page, put together from parts."""
    d.scene(
        dict(path="users", x="user login", what="profile page of a user", fn="profile_url user_page"),
        dict(path="articles", x="slug title_slug", what="page of an article", fn="article_url article_link"),
        dict(path="tags", x="tag topic", what="page of a tag", fn="tag_url tag_page"),
        dict(path="photos", x="photo photo_name", what="page of a photo", fn="photo_url photo_link"),
        dict(path="shop", x="product article", what="page of a product", fn="product_url product_page"),
    )
    d.names(x=d["x"], base="base site host")
    words = d.some(pools.WORDS, 4)
    sites = d.some(pools.DOMAINS, 4)
    return d.problem(
        name=d["fn"],
        params="$base: str, $x: str",
        returns="str",
        ways=['return f"{$base}/$path/{$x}"', 'return $base + "/$path/" + $x', 'return "/".join([$base, "$path", $x])'],
        summary='Return the address of the $what: the site, "/$path/" and the name.',
        gives='the address of the $what: `$base`, then "/$path/", then `$x`',
        asks=[
            'Put the address of the $what together from `$base`, "/$path/" and `$x`.',
            'Each $what has an address like "shop.test/$path/lamp". Build it from `$base` ("shop.test") and `$x` ("lamp").'
            ' Between the two stands "/$path/".',
        ],
        calls=[
            ("a", "b"),
            ("https://shop.test", "1"),
            *[(f"https://{s}", w) for s, w in zip(sites, words, strict=True)],
            (sites[0], "new"),
            ("localhost:8000", words[1]),
        ],
        slips=[
            ("/$path/{$x}", "/$path{$x}", "The slash before the last part is missing"),
            ("{$base}/$path/{$x}", "{$x}/$path/{$base}", "The two ends are swapped"),
        ],
    )


@family(level=1)
def part_of_link(d: Draw) -> Problem:
    """The host or the last part of a link."""
    host = d.chance(0.5)
    d.names(u="url link address")
    sites = d.some(pools.DOMAINS, 3)
    a, b, c = d.some(pools.WORDS, 3)
    calls = [
        (f"https://{sites[0]}/{a}",),
        (f"http://{sites[1]}/{a}/{b}",),
        (f"https://{sites[2]}/{c}",),
        (f"https://{sites[0]}/{a}/{b}/{c}",),
        (f"http://x/{b}",),
        (f"https://localhost/{c}/1",),
        (f"https://{sites[1]}/{b}/{b}",),
    ]
    if host:
        d.let(what="host", where="that is, what stands between the two slashes and the next one")
        ways = [
            'return $u.split("/")[2]',
            "from urllib.parse import urlsplit\n\nreturn urlsplit($u).netloc",
            'return $u.split("://")[1].split("/")[0]',
        ]
        slips = [
            ('split("/")[2]', 'split("/")[1]', "Between the two slashes there is an empty piece, so it is one off")
        ]
        rule = "Every link begins with a scheme such as https://."
    else:
        d.let(what="last part", where="that is, everything after the last slash")
        ways = [
            'return $u.split("/")[-1]',
            'return $u.rpartition("/")[2]',
            'return $u[$u.rindex("/") + 1 :]',
        ]
        slips = [('split("/")[-1]', 'split("/")[0]', "The first piece is taken and not the last")]
        rule = "Every link has at least one slash."
        calls.append((f"https://{sites[1]}/{a}/",))
    return d.problem(
        name="host_of get_host site_of" if host else "last_part page_of page_name",
        params="$u: str",
        returns="str",
        ways=ways,
        summary="Return the $what of a link, $where.",
        gives="the $what of the link `$u`, $where",
        asks=[
            "Take the $what out of a link, $where.",
            "A statistic of our visitors needs the $what of each link, $where. `$u` is one such link.",
        ],
        rules=[rule],
        calls=calls,
        slips=slips,
    )


@family(level=2)
def read_pairs(d: Draw) -> Problem:
    """A text of names and values, as a dict."""
    d.scene(
        dict(
            t="query", what="query of a link", a="&", b="=", shown="page=2&sort=price", fn="parse_query query_to_dict"
        ),
        dict(
            t="cookies", what="cookie line", a="; ", b="=", shown="lang=en; theme=dark", fn="parse_cookies read_cookies"
        ),
        dict(
            t="options", what="list of options", a=",", b=":", shown="size:10,paper:A4", fn="parse_options read_options"
        ),
        dict(
            t="labels", what="line of labels", a=" ", b="=", shown="room=kitchen lamp=on", fn="parse_labels read_labels"
        ),
    )
    a, b = d["a"], d["b"]
    k = d.some(pools.WORDS, 5)

    def line(*pairs: tuple[str, str]) -> str:
        return a.join(f"{key}{b}{value}" for key, value in pairs)

    return d.problem(
        name=d["fn"],
        params="$t: str",
        returns="dict[str, str]",
        ways=[
            """
            result = {}
            if $t:
                for pair in $t.split("$a"):
                    key, value = pair.split("$b")
                    result[key] = value
            return result
            """,
            'return dict(pair.split("$b") for pair in $t.split("$a")) if $t else {}',
            """
            if not $t:
                return {}
            result = {}
            for pair in $t.split("$a"):
                key, _, value = pair.partition("$b")
                result[key] = value
            return result
            """,
        ],
        summary='Turn a/an $what like "$shown" into a dict.',
        gives='the dict of the names and values in `$t`, a/an $what like "$shown"',
        asks=[
            'Read a/an $what such as "$shown" into a dict from name to value.',
            '`$t` is a/an $what, for instance "$shown". I would like to look the values up by name, so make a dict of it.',
        ],
        rules=["Values stay texts; an empty text gives an empty dict."],
        calls=[
            ("",),
            (line((k[0], "1")),),
            (line((k[0], "1"), (k[1], "two")),),
            (line((k[2], ""), (k[1], "x")),),
            (d["shown"],),
            (line((k[3], "a"), (k[3], "b")),),
            (line((k[4], "on"), (k[0], "off"), (k[1], "7")),),
        ],
        slips=[
            ("result[key] = value", "result[value] = key", "Names and values are swapped"),
            ("key, value = pair", "value, key = pair", "Names and values are swapped"),
        ],
    )


@family(level=2)
def write_pairs(d: Draw) -> Problem:
    """A dict written as a text of names and values."""
    d.scene(
        dict(x="params", what="query", a="&", b="=", shown="page=2&sort=price", fn="build_query to_query"),
        dict(
            x="headers",
            what="text of headers",
            a="; ",
            b=": ",
            shown="lang: en; mode: dark",
            fn="join_headers headers_line",
        ),
        dict(x="settings", what="line of settings", a=",", b="=", shown="size=10,paper=A4", fn="settings_line as_line"),
        dict(
            x="labels",
            what="label text",
            a=" | ",
            b=": ",
            shown="room: kitchen | lamp: on",
            fn="label_text labels_line",
        ),
    )
    order = d.chance(0.4)
    d.let(src="sorted($x.items())" if order else "$x.items()")
    k = d.some(pools.WORDS, 4)
    return d.problem(
        name=d["fn"],
        params="$x: dict[str, str]",
        returns="str",
        ways=[
            """
            parts = []
            for key, value in $src:
                parts.append(f"{key}$b{value}")
            return "$a".join(parts)
            """,
            'return "$a".join(f"{key}$b{value}" for key, value in $src)',
            'return "$a".join([key + "$b" + value for key, value in $src])',
        ],
        summary='Write a dict as a $what like "$shown".',
        gives='the dict `$x` as a $what like "$shown"',
        asks=[
            'Make a $what like "$shown" out of the dict `$x`.',
            'We have the dict `$x` with texts as values and must send it as one text: "$shown" is how it should look.',
        ],
        rules=["The names are in alphabetical order." if order else "Keep the order of the dict."],
        calls=[
            ({},),
            ({k[0]: "1"},),
            ({k[1]: "a", k[0]: "b"},),
            ({"b": "1", "a": "2"},),
            ({"z": "", "y": "x", "x": "0"},),
            ({key: str(d.number(1, 30)) for key in k},),
            ({k[2]: ""},),
        ],
        slips=[
            ("{key}$b{value}", "{value}$b{key}", "Name and value are swapped"),
            ('"$a".join', '"".join', "The signs between the parts are missing"),
        ],
        clumsy="""
        result = ""
        for key, value in $src:
            if result != "":
                result = result + "$a"
            result = result + key + "$b" + value
        return result
        """,
    )


@family(level=3)
def same_page(d: Draw) -> Problem:
    """Links in one spelling, so that they can be compared."""
    d.names(u="url link address")
    d.let(www=d.chance(0.6), lower=d.chance(0.6))
    www, lower = d["www"], d["lower"]
    site, page = d.pick(pools.DOMAINS), d.pick(pools.WORDS)
    steps = ["result = $u.strip()" + (".lower()" if lower else "")]
    steps += ['for start in ("https://", "http://"):', "    result = result.removeprefix(start)"]
    other = [
        "text = $u.strip()" + (".lower()" if lower else ""),
        'if text.startswith("https://"):',
        "    text = text[8:]",
        'if text.startswith("http://"):',
        "    text = text[7:]",
    ]
    if www:
        steps.append('result = result.removeprefix("www.")')
        other += ['if text.startswith("www."):', "    text = text[4:]"]
    steps.append('return result.rstrip("/")')
    other += ['while text.endswith("/"):', "    text = text[:-1]", "return text"]
    said = ["blanks at both ends", '"http://" or "https://" in front']
    if www:
        said.append('then "www." in front')
    said.append("slashes at the end")
    d.let(said=", ".join(said[:-1]) + " and " + said[-1], case=", all in small letters" if lower else "")
    return d.problem(
        name="clean_$u bare_$u simple_$u",
        params="$u: str",
        returns="str",
        ways=["\n".join(steps), "\n".join(other)],
        summary="Simplify a link for comparing: without $said$case.",
        gives="the link `$u` without $said$case",
        asks=[
            "People write the same link in several ways. Simplify `$u` so that we can compare: take away $said$case.",
            "Remove from `$u` what makes no difference: $said$case. Return what is left.",
        ],
        calls=[
            ("",),
            (site,),
            (f"https://{site}/",),
            (f"http://www.{site}",),
            (f" HTTPS://WWW.{site}/{page} ",),
            (f"{site}//",),
            (f"www.{site}/www.",),
            (f"http://{site}/{page}/",),
            (f"{site}/x",),
            (f"{site}/{page.title()}",),
        ],
        slips=[('"https://", ', "", "Links with https:// keep it"), ('.rstrip("/")', "", "The slash at the end stays")],
    )


@family(level=4)
def with_parameter(d: Draw) -> Problem:
    """A link with one parameter set, with urllib.parse."""
    d.scene(
        dict(key="page", v="page number", hint="int"),
        dict(key="lang", v="language", hint="str"),
        dict(key="sort", v="order column", hint="str"),
        dict(key="limit", v="limit size", hint="int"),
    )
    d.names(u="url link", v=d["v"])
    one, two = (
        (d.number(1, 9), d.number(10, 40)) if d["hint"] == "int" else d.some("en de name date size price".split(), 2)
    )
    site = d.pick(pools.DOMAINS)
    key = d["key"]
    return d.problem(
        name="with_$key set_$key link_with_$key",
        params="$u: str, $v: $hint",
        returns="str",
        ways=[
            """
            from urllib.parse import parse_qsl, urlencode, urlsplit

            parts = urlsplit($u)
            query = dict(parse_qsl(parts.query))
            query["$key"] = $v
            return parts._replace(query=urlencode(query)).geturl()
            """,
            """
            from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

            scheme, host, path, query, fragment = urlsplit($u)
            values = {name: found[-1] for name, found in parse_qs(query).items()}
            values["$key"] = str($v)
            return urlunsplit((scheme, host, path, urlencode(values), fragment))
            """,
        ],
        summary='Set the parameter "$key" in the query of a link.',
        gives='the link `$u` with its parameter "$key" set to `$v`',
        asks=[
            'Set the parameter "$key" of the link `$u` to `$v`, with urllib.parse.',
            'I have a link such as "https://shop.test/list?a=1" and want the same link with "$key" set to `$v` in its query.',
        ],
        rules=[
            "A value that is there already is replaced in its place; otherwise the parameter comes last.",
            "All other parts stay.",
        ],
        calls=[
            (f"https://{site}/list", one),
            (f"https://{site}/list?a=1", one),
            (f"https://{site}/list?{key}=7", two),
            (f"https://{site}/?{key}=7&a=2", one),
            (f"https://{site}/list?a=1#top", two),
            (f"/list?b=x&{key}=0&c=y", two),
            (f"http://{site}/", two),
            (f"https://{site}/a/b?c=3&d=4", one),
        ],
        slips=[
            ('query["$key"] = $v', 'query.setdefault("$key", $v)', "A value that is there already stays"),
            ("dict(parse_qsl(parts.query))", "{}", "The other parameters get lost"),
        ],
    )
