"""The tables of ``docs/http.md``, made from the code: ``python -m tests.service.http.tables`` prints them anew."""

from collections.abc import Iterable

from duetime.router import errors
from duetime.service.access import Role
from duetime.service.http.openapi import refusals
from duetime.service.http.problem import STATUS, status_of
from duetime.service.http.route import AnyRoute
from duetime.service.http.routes import ROUTES


def access_table() -> str:
    head = ["Route", *(role.value for role in Role)]
    rows = ([f"`{route.method} {route.path}`", *(mark(route, role) for role in Role)] for route in ROUTES)
    return table(head, rows)


def mark(route: AnyRoute, role: Role) -> str:
    if role not in route.roles:
        return ""
    return f"`{route.scope}`" if role is Role.INTEGRATION and route.scope else "yes"


def error_table() -> str:
    """Every refusal that the API knows; what only a socket says has no row."""
    met = {refusal for route in ROUTES for refusal in refusals(route)} | set(STATUS)
    met.discard(errors.Refusal)
    ordered = sorted(met, key=lambda refusal: (status_of(refusal), refusal.code))
    rows = ([str(int(status_of(refusal))), f"`{refusal.code}`", refusal.title] for refusal in ordered)
    return table(["Status", "Code", "Meaning"], rows)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    print(access_table(), error_table(), sep="\n\n")
