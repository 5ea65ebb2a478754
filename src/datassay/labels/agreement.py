"""What the definition and rows that two people reviewed say of reviewers, told to the reader."""

from __future__ import annotations

from datassay.labels.reviewers import Accuracy, estimate_accuracy
from datassay.labels.votes import Tally
from datassay.spec import AuditSpec
from datassay.words import plural


def tell_contradictions(tally: Tally, notes: list[str]) -> None:
    """Say which answers verify nothing: where none is left, a reader would look for the review in vain."""
    if tally.n_undecided:
        rows = plural(tally.n_undecided, "reviewed row has", "reviewed rows have")
        left = "they count for the reviewers' accuracy only" if tally.n_pairs else "they verify no label"
        notes.append(
            f"{rows} answers that contradict each other and no majority; {left}. "
            "Who contradicts themselves has no vote."
        )
    if tally.n_own_pairs:
        notes.append(
            f"{plural(tally.n_own_pairs, 'repeat was', 'repeats were')} answered by the same reviewer twice: that "
            "shows memory, not accuracy, and is left out of it."
        )


def tell_accuracy(tally: Tally, spec: AuditSpec, n_classes: int, notes: list[str]) -> Accuracy | None:
    """Return how often reviewers are right, None where nothing is known of them, and say in `notes` why."""
    prior = spec.cleaning.reviewer_accuracy
    if not tally.n_pairs and "reviewer_accuracy" not in spec.cleaning.model_fields_set:
        notes.append(
            "What reviewers said is taken to be right: no row was reviewed by two of them, and the definition does not "
            f"say how often they are (cleaning.reviewer_accuracy); for hours to come {100 * prior:.0f} % is assumed."
        )
        return None
    accuracy = estimate_accuracy(tally.agree_worth, tally.pairs_worth, n_classes=n_classes, prior=prior)
    if tally.n_pairs:
        found = accuracy.interval
        worth = f", which count as {tally.pairs_worth:,.0f}" if tally.pairs_worth < tally.n_pairs else ""
        notes.append(
            f"Reviewers are right in {found.estimate * 100:.1f} % [{found.low * 100:.1f}, {found.high * 100:.1f}] of "
            f"the rows: {tally.n_agree:,} of {tally.n_pairs:,} pairs of answers to one row agree{worth}."
        )
    if accuracy.is_below:
        why = (
            f"Reviewers are wrong more often than guesses, by the definition ({100 * prior:.0f} % right), and "
            "agreement cannot show the contrary"
        )
    elif accuracy.is_guess:
        why = "Reviewers agree no more often than guesses would"
    else:
        return accuracy
    rows = plural(len(tally.settled), "reviewed row counts", "reviewed rows count")
    # Where they contradict each other throughout, no row was left that could count.
    left = f", and {rows} as not reviewed" if tally.settled else ""
    notes.append(f"{why}: nothing is learned from what they said{left}.")
    return accuracy
