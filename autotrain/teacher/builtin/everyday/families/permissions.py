"""Families of permissions: who may do what."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def may(d: Draw) -> Problem:
    """Whether somebody may do something: the owner or a role."""
    d.scene(
        dict(thing="document", verb="edit", role="admin"),
        dict(thing="comment", verb="delete", role="moderator"),
        dict(thing="booking", verb="cancel", role="manager"),
        dict(thing="photo", verb="rename", role="editor"),
        dict(thing="channel", verb="close", role="host"),
    )
    p, q = d.people(2)
    role = d["role"]
    return d.problem(
        name="may_$verb can_$verb is_allowed_to_$verb",
        params="user: str, owner: str, roles: list[str]",
        returns="bool",
        ways=['return user == owner or "$role" in roles',
              'if user == owner:\n    return True\nreturn "$role" in roles'],
        summary='Tell whether a user may $verb a $thing: its owner, or somebody with the role "$role".',
        gives='whether `user` may $verb a $thing: either `user` is its `owner`, or "$role" is among the `roles`',
        asks=[
            'A $thing may be touched by its `owner` and by anybody with "$role" among their `roles`. May `user` $verb it? '
            "Answer with True or False.",
            'Check a permission: to $verb a $thing one must be its owner (`user` equals `owner`) or have "$role" in '
            "the list `roles`. Return a bool.",
        ],
        settings=["The button is shown only to those who are allowed."],
        calls=[(p, p, []), (p, q, []), (p, q, [role]), (p, p, [role]), (q, p, ["guest"]), (q, p, ["guest", role]),
               (p, q, [f"{role}s"])],
        slips=[(" or ", " and ", "Both are demanded where one is enough"),
               ("user == owner", "user in owner", "A name that is only part of the owner's name is let through")],
        words=["may | allowed | can | whether | permission", "owner | role"],
    )  # fmt: skip


@family(level=2)
def granted(d: Draw) -> Problem:
    """All rights of a person's roles together."""
    d.names(rights="rights permissions grants", roles="roles groups teams")
    rs = d.some("read write delete share invite export".split(), 4)
    table = {"guest": [rs[0]], "editor": [rs[0], rs[1]], "boss": [rs[2], rs[1]]}
    return d.problem(
        name="all_$rights collect_$rights ${rights}_of",
        params="$roles: list[str], $rights: dict[str, list[str]]",
        returns="list[str]",
        ways=[
            """
            found = set()
            for role in $roles:
                found.update($rights.get(role, []))
            return sorted(found)
            """,
            "return sorted({right for role in $roles for right in $rights.get(role, [])})",
        ],
        summary="List all $rights that some $roles give, sorted and each once.",
        gives="the sorted list of everything that `$rights` lists for any of `$roles`, each only once",
        asks=[
            "`$rights` maps a role to what it allows. Collect what the `$roles` allow together, sorted, each only once.",
            "A person has several roles. Look each of `$roles` up in the dict `$rights` and put what they allow into one "
            "sorted list without repetitions.",
        ],
        rules=["A role that is not in the dict allows nothing."],
        calls=[([], table), (["guest"], table), (["boss", "guest"], table), (["editor", "boss"], table), (["nobody"], table),
               (["editor", "guest", "cook"], table), (["boss"], {})],
        slips=[("found.update($rights.get(role, []))", "found = set($rights.get(role, []))", "Only the last role counts")],
        words=["sorted | order", "all | together | any | each"],
    )  # fmt: skip
