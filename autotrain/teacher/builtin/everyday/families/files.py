"""Families of files and paths: names, extensions, folders, sizes."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def files_of_type(d: Draw) -> Problem:
    """The file names with one extension."""
    ext = d.pick(pools.EXTENSIONS)
    d.let(ext=ext, kind=d.pick("files documents uploads attachments"))
    d.names(names="names filenames paths")
    other = d.pick([e for e in pools.EXTENSIONS if e != ext])
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name="${ext}_files only_$ext ${ext}_${kind}",
        params="$names: list[str]",
        returns="list[str]",
        ways=[
            'return [name for name in $names if name.endswith(".$ext")]',
            """
            result = []
            for name in $names:
                if name.endswith(".$ext"):
                    result.append(name)
            return result
            """,
        ],
        summary="Keep the names that end in .$ext.",
        gives='the list of those of `$names` that end in ".$ext"',
        asks=[
            'Pick the .$ext $kind out of a list of file names: those that end in ".$ext".',
            "The folder is full of all kinds of $kind. Give me only the names that end with `.$ext`.",
        ],
        rules=["The order stays the same."],
        settings=["This is part of a backup script."],
        calls=[([],), ([f"{a}.{ext}"],), ([f"{a}.{other}"],), ([f"{a}.{ext}", f"{b}.{other}", f"{c}.{ext}"],),
               ([f"{ext}.{other}", f"{a}{ext}", f"{b}.{ext}"],), ([f"{a}.{ext}.{other}", f"{c}.{ext}"],),
               ([f"{b}.{other}", a],)],
        slips=[('name.endswith(".$ext")', '".$ext" in name', "A name that holds the extension in the middle is taken too"),
               ('".$ext"', '"$ext"', "The dot is missing, so that a name without an extension may be taken")],
        words=["end | extension | suffix", "keep | only | names"],
    )  # fmt: skip


@family(level=4)
def change_suffix(d: Draw) -> Problem:
    """Another extension for a path, with pathlib."""
    old, new = d.some(pools.EXTENSIONS, 2)
    d.let(old=old, new=new)
    d.names(path="path source file")
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name="as_$new to_$new ${new}_path",
        params="$path: str",
        returns="str",
        ways=[
            """
            from pathlib import PurePosixPath

            return str(PurePosixPath($path).with_suffix(".$new"))
            """,
            """
            from pathlib import PurePosixPath

            old = PurePosixPath($path)
            return str(old.parent / f"{old.stem}.$new")
            """,
        ],
        summary="Return the path with .$new as its extension.",
        gives='`$path` with its extension replaced by ".$new"',
        asks=[
            'Change the extension of a path to ".$new"; the folder and the name stay.',
            'We convert files and need the name of the result: the same path, but ending in ".$new". Use pathlib.',
        ],
        rules=['A name without an extension gets ".$new" added, and of several extensions only the last one changes.'],
        settings=["Paths are written with forward slashes."],
        calls=[(f"{a}.{old}",), (f"{a}/{b}.{old}",), (a,), (f"/{a}/{b}/{c}.{old}",), (f"{a}.{b}.{old}",), (f"{b}/{c}",),
               (f"{c}.{new}",)],
        slips=[('with_suffix(".$new")', 'with_name("$new")', "The whole name is replaced, not only its extension")],
        words=["extension | suffix | ending", "path | file"],
    )  # fmt: skip


@family(level=2)
def human_size(d: Draw) -> Problem:
    """A number of bytes as people read it."""
    step = d.pick([1000, 1024])
    d.let(step=step, units=d.pick(['["B", "KB", "MB", "GB"]', '["B", "kB", "MB", "GB"]']))
    d.let(last="GB", kilo=d["units"].split('"')[3])
    d.names(size="size count total byte_count")
    return d.problem(
        name="human_size format_size readable_size",
        params="$size: int",
        returns="str",
        ways=[
            """
            for unit in ["B", "$kilo", "MB"]:
                if $size < $step:
                    return f"{$size} {unit}"
                $size //= $step
            return f"{$size} GB"
            """,
            """
            units = $units
            position = 0
            while $size >= $step and position < 3:
                $size //= $step
                position += 1
            return f"{$size} {units[position]}"
            """,
        ],
        summary="Format a number of bytes as whole B, $kilo, MB or GB (steps of $step).",
        gives='the number of bytes `$size` as text such as "5 MB": in B, $kilo, MB or GB, each $step times the one before',
        asks=[
            'Write a number of bytes `$size` the short way, for example "512 B" or "3 MB". The units are B, $kilo, MB '
            "and GB; each is $step of the one before.",
            "Nobody wants to read 48234496 bytes. Use the largest of the units B, $kilo, MB and GB in which the number "
            'is at least 1; a unit is $step times the one before it. The result looks like "3 MB".',
        ],
        rules=["Round down to whole numbers; GB is the largest unit."],
        calls=[(0,), (step - 1,), (step,), (step * 5 + 3,), (step**2,), (step**3 * 2,), (step**4 * 3,), (d.number(2, 900),),
               (d.number(2, 90) * step**2 + 7,)],
        slips=[("< $step", "<= $step", "Exactly $step of a unit is not turned into the next one"),
               ("//= $step", "/= $step", "The number is not rounded down to a whole one")],
        words=["bytes", "whole | unit | format"],
    )  # fmt: skip
