"""From what several reviewers said of a row to its verified label: the majority, or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from datassay.labels.likeness import EXACT, Likeness


@dataclass(frozen=True)
class Vote:
    """What one reviewer said of one row."""

    #: Position among the labelled rows.
    row: int
    #: Int code or float; None where the row is only marked as drawn at random.
    label: Any
    is_random: bool
    reviewer: str | None = None
    #: The given label at the time, as code or float; None where it is not known: as it is now.
    given: Any = None


@dataclass(frozen=True)
class Settled:
    """A row on whose label a majority agrees."""

    label: Any
    is_random: bool
    #: The given label that was reviewed; None where it is not known.
    given: Any
    #: Votes by which the label leads the next one, and those for it: two reviewers who agree are surer than one.
    votes: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class Tally:
    """What came of all votes."""

    settled: dict[int, Settled]
    n_undecided: int
    #: Pairs of answers to one row by two reviewers, and how many of them are the same.
    n_pairs: int
    n_agree: int
    #: Pairs of answers to one row by one and the same reviewer: they tell of memory, not of accuracy.
    n_own_pairs: int
    #: As how many independent pairs these count, and how many that are the same: n people who answer for a row say no
    #: more of all of them than n - 1 pairs do.
    pairs_worth: float
    agree_worth: float


def count_votes(votes: Iterable[Vote], alike: Likeness = EXACT) -> Tally:
    """Settle every row on the label that most reviewers name; rows where two labels are ahead alike stay undecided.

    `alike` tells which labels are the same. Who answers twice has one vote, and none after contradicting themselves;
    answers without a name count each. No vote weighs more for being later. A row counts as drawn at random where any of
    its votes or marks says so.
    """
    by_row: dict[int, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_row[vote.row].append(vote)
    settled: dict[int, Settled] = {}
    n_undecided = n_pairs = n_agree = n_own_pairs = 0
    pairs_worth = agree_worth = 0.0
    for row in sorted(by_row):
        given = [vote for vote in by_row[row] if vote.label is not None]
        if not given:
            continue
        pairs = [
            alike.is_same(one.label, other.label)
            for one, other in combinations(given, 2)
            if one.reviewer is None or one.reviewer != other.reviewer
        ]
        if pairs:
            n_pairs, n_agree = n_pairs + len(pairs), n_agree + sum(pairs)
            worth = float(min(len(pairs), _count_people(given) - 1))
            pairs_worth, agree_worth = pairs_worth + worth, agree_worth + worth * (sum(pairs) / len(pairs))
        n_own_pairs += len(given) * (len(given) - 1) // 2 - len(pairs)
        label, counted = _majority([vote.label for vote in _one_each(given, alike)], alike)
        if label is None:
            n_undecided += 1
            continue
        was = next((vote.given for vote in reversed(given) if vote.given is not None), None)
        settled[row] = Settled(label, any(vote.is_random for vote in by_row[row]), was, counted)
    return Tally(settled, n_undecided, n_pairs, n_agree, n_own_pairs, pairs_worth, agree_worth)


def _count_people(votes: list[Vote]) -> int:
    """Return how many people answered; each answer without a name is taken for one of another."""
    names = [vote.reviewer for vote in votes if vote.reviewer is not None]
    return len(set(names)) + len(votes) - len(names)


def _one_each(votes: list[Vote], alike: Likeness) -> list[Vote]:
    """Return one vote per named reviewer, none of those who contradict themselves, and all that bear no name."""
    said: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        if vote.reviewer is not None:
            said[vote.reviewer].append(vote)
    agreed = [own[0] for own in said.values() if all(alike.is_same(own[0].label, other.label) for other in own)]
    return [*(vote for vote in votes if vote.reviewer is None), *agreed]


def _majority(labels: list[Any], alike: Likeness) -> tuple[Any, tuple[int, int]]:
    """Return the label that most votes name, None where two are ahead alike, its lead in votes, and its votes."""
    groups: list[list[Any]] = []
    for label in labels:
        same = next((group for group in groups if alike.is_same(group[0], label)), None)
        if same is None:
            groups.append([label])
        else:
            same.append(label)
    groups.sort(key=len, reverse=True)
    most, second = ([*map(len, groups), 0, 0])[:2]
    return (None, (0, 0)) if most == second else (groups[0][0], (most - second, most))
