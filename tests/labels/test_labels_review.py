from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from labels_support import planted

from datassay.errors import DataError, SpecError
from datassay.labels.posterior import apply, recalibrate
from datassay.labels.reviewers import certain, rate_from_reviews
from datassay.labels.votes import Vote, count_votes
from datassay.results import Interval


@pytest.fixture(scope="module")
def data():
    """Digits with a tenth of the labels flipped, with an id."""
    made = planted("digits", "even", 0.1, n=500)
    made.frame = made.frame.with_columns(key=pl.Series([f"k{i}" for i in range(500)]))
    return made


def write(tmp_path, data, rows, *, drawn="random", name="reviews.parquet", labels=None):
    """Write reviews of rows as a careful reviewer would."""
    table = pl.DataFrame(
        {
            "id": [f"k{i}" for i in rows],
            "true_label": data.true[rows] if labels is None else labels,
            "drawn": [drawn] * len(rows),
        }
    )
    if name.endswith(".csv"):
        table.write_csv(tmp_path / name)
    else:
        table.write_parquet(tmp_path / name)
    return {"id": "key", "trusted": {"reviews": name}, "root": tmp_path}


@pytest.mark.parametrize("name", ["reviews.parquet", "reviews.csv"])
def test_random_reviews_give_the_rate(audit, data, tmp_path, name):
    """With randomly drawn reviews the rate is theirs, near the truth, and its interval is narrower."""
    rows = np.random.default_rng(0).permutation(500)[:120]
    done = audit(data.frame, **write(tmp_path, data, rows, name=name))
    model = audit(data.frame.drop("key"))
    rate = done.labels.noise_rate

    assert done.labels.noise_rate_source == "review"
    assert done.labels.n_reviews == 120
    assert rate.low <= data.is_wrong.mean() <= rate.high
    assert rate.high - rate.low < model.labels.noise_rate.high - model.labels.noise_rate.low


def test_reviews_of_the_worklist_correct_its_precision(audit, data, tmp_path):
    """Reviewing part of the top narrows the precision of the rest; the rate stays the model's."""
    before = audit(data.frame, id="key")
    rows = before.worklist["row"].to_numpy()[:60:2]
    done = audit(data.frame, **write(tmp_path, data, rows, drawn="worklist"))
    width = {p.k: p.precision.high - p.precision.low for p in done.labels.detector_precision}
    left = done.worklist.filter(~pl.col("is_reviewed"))["row"].to_numpy()
    truth = data.is_wrong[left[:30]].mean()
    point = next(p.precision for p in done.labels.detector_precision if p.k == 30)

    assert done.labels.noise_rate_source == "model"
    assert width[30] < 0.4
    assert abs(point.estimate - truth) < 0.2


def test_harsh_reviews_lower_the_claims(audit, data, tmp_path):
    """Where a reviewer finds the top of the list right, the detector is no longer believed."""
    before = audit(data.frame, id="key")
    rows = before.worklist["row"].to_numpy()[:40]
    given = data.frame["label"].to_numpy()[rows]
    done = audit(data.frame, **write(tmp_path, data, rows, drawn="worklist", labels=given))
    claim = {p.k: p.precision for p in before.labels.detector_precision}[30]
    now = {p.k: p.precision for p in done.labels.detector_precision}[30]

    assert now.estimate < 0.5 * claim.estimate
    assert now.high < claim.estimate


def test_reviewed_rows_are_settled_and_last(audit, data, tmp_path):
    """A reviewed row is certain, keeps its true label as the suggestion, and is not offered again."""
    rows = np.arange(100, 160)
    done = audit(data.frame, **write(tmp_path, data, rows))
    last = done.worklist.tail(60)
    wrong = data.is_wrong[last["row"].to_numpy()]

    assert last["is_reviewed"].all()
    assert set(last["row"]) == set(rows.tolist())
    assert (last["p_wrong"].to_numpy() == wrong).all()
    assert (last["is_issue"].to_numpy() == wrong).all()
    assert (last["suggested_label"].to_numpy() == data.true[last["row"].to_numpy()]).all()
    assert any(f"{wrong.sum()} reviewed labels are known to be wrong" in note for note in done.labels.notes)


def test_an_unfinished_worklist_is_a_valid_review(audit, data, tmp_path):
    """Rows whose true label has not been filled in yet are no reviews."""
    labels = [data.true[i] if i % 2 else None for i in range(40)]
    done = audit(data.frame, **write(tmp_path, data, np.arange(40), labels=labels))

    assert done.labels.n_reviews == 20


def test_a_trusted_column_corrects_but_sets_no_rate(audit, data):
    """Verified labels in a column recalibrate; only where all rows are verified is the rate theirs."""
    some = pl.Series("gold", [data.true[i] if i % 4 == 0 else None for i in range(500)], dtype=pl.String)
    part = audit(data.frame.with_columns(some), id="key", trusted={"column": "gold"})
    full = audit(data.frame.with_columns(gold=pl.Series(data.true)), id="key", trusted={"column": "gold"})

    assert part.labels.noise_rate_source == "model"
    assert part.labels.n_reviews == 125
    assert any("does not say how its rows were drawn" in note for note in part.labels.notes)
    assert "gold" not in part.predictions.feature_columns
    assert full.labels.noise_rate_source == "review"
    assert full.labels.noise_rate.estimate == pytest.approx(data.is_wrong.mean())


def test_a_trusted_column_with_nan_has_gaps(audit):
    """NaN in a column of verified numbers is a row that nobody has verified."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    frame = pl.DataFrame({"x": x, "label": 3 * x + rng.normal(size=300)})
    gold = pl.when(pl.int_range(300) < 80).then("label")
    gaps, nans = (
        audit(frame.with_columns(gold=values), trusted={"column": "gold"}) for values in (gold, gold.fill_null(np.nan))
    )

    assert nans.labels.n_reviews == gaps.labels.n_reviews == 80
    assert nans.labels.noise_rate == gaps.labels.noise_rate


def test_a_trusted_column_stays_certain_where_reviewers_guess(audit, data, tmp_path):
    """What people say who contradict each other throughout takes nothing from labels that somebody vouches for."""
    rows, gold = np.arange(100), pl.Series("gold", [*data.true[:100], *[None] * 400], dtype=pl.String)
    other = np.array([f"class {(int(name[-1]) + 1) % 10}" for name in data.true[rows]])
    said = pl.concat(
        pl.DataFrame({"id": [f"k{i}" for i in rows], "true_label": labels, "drawn": "random", "reviewer": who})
        for who, labels in (("ann", data.true[rows]), ("bob", other))
    )
    pl.concat([said, said[:1].with_columns(id=pl.lit("k200"))]).write_parquet(tmp_path / "r.parquet")
    frame = data.frame.with_columns(gold)
    both = audit(frame, id="key", trusted={"column": "gold", "reviews": "r.parquet"}, root=tmp_path)
    alone = audit(frame, id="key", trusted={"column": "gold"})

    assert both.labels.n_reviews == 100
    assert both.labels.is_verified_certain
    assert both.labels.noise_rate == alone.labels.noise_rate
    assert both.labels.reviewer_accuracy.low == 0


def test_a_census_stays_one_where_the_worklist_was_reviewed_too(audit, data, tmp_path):
    """Rows of a trusted column that all rows have are a random sample, whatever else was reviewed among them."""
    frame = data.frame.with_columns(gold=pl.Series(data.true))
    rows = audit(data.frame, id="key").worklist["row"].to_numpy()[:60]
    parts = write(tmp_path, data, rows, drawn="worklist")
    parts["trusted"]["column"] = "gold"

    done = audit(frame, **parts)

    assert done.labels.noise_rate_source == "review"
    assert done.labels.noise_rate.estimate == pytest.approx(data.is_wrong.mean())


@pytest.mark.parametrize("n", [500, 475, 474])
def test_reviews_of_nearly_all_rows_are_a_census(audit, data, tmp_path, n):
    """From 95 % of the rows on the rate is what was found, with an interval, and `drawn` changes nothing."""
    rows = np.random.default_rng(0).permutation(500)[:n]
    listed, drawn = (
        audit(data.frame, cleaning={"reviewer_accuracy": 0.97}, **write(tmp_path, data, rows, drawn=drawn)).labels
        for drawn in ("worklist", "random")
    )

    assert drawn.noise_rate_source == "review"
    assert (listed.noise_rate_source == "review") is (n >= 475)
    assert (listed.noise_rate == drawn.noise_rate) is (n >= 475)
    assert listed.noise_rate.low < listed.noise_rate.estimate < listed.noise_rate.high


def test_a_column_and_reviews_that_cover_all_rows_together_are_a_census(audit, data, tmp_path):
    """Where the one verifies what the other leaves out nobody has chosen, and no note says that it follows in part."""
    gold = pl.Series("gold", [data.true[i] if i < 300 else None for i in range(500)], dtype=pl.String)
    parts = write(tmp_path, data, np.arange(300, 500), drawn="worklist")
    parts["trusted"]["column"] = "gold"
    done = audit(data.frame.with_columns(gold), **parts)

    assert done.labels.noise_rate_source == "review"
    assert done.labels.noise_rate.estimate == pytest.approx(data.is_wrong.mean())
    assert not any("only in part" in note for note in done.labels.notes)


def test_what_reviews_speak_against_is_not_suggested(audit, tmp_path):
    """In a corner of wrong labels that the model believes, reviews make it suggest another class than the given one."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (500, 2))
    true = np.where(X[:, 0] > 0, "b", "a")
    given = np.where((X[:, 0] > 0) & (X[:, 1] > 0.2), "a", true)
    frame = pl.DataFrame({"x": X[:, 0], "z": X[:, 1], "label": given})
    rows = rng.permutation(500)[:120]
    pl.DataFrame({"id": rows, "true_label": true[rows], "drawn": ["random"] * 120}).write_csv(tmp_path / "r.csv")

    done = audit(frame, trusted={"reviews": "r.csv"}, root=tmp_path)

    doubted = done.worklist.filter(~pl.col("is_reviewed") & (pl.col("p_wrong") > 0.5))
    assert doubted.height > 50
    assert (doubted["suggested_label"] != doubted["given_label"]).all()


def test_nearly_all_rows_reviewed_still_tells_of_the_rest(audit, data, tmp_path):
    """The few rows that are left have a precision, though an hour would review more than there are."""
    done = audit(data.frame, **write(tmp_path, data, np.arange(494)))

    assert [point.k for point in done.labels.detector_precision] == [6]


@pytest.mark.parametrize(
    ("n_bare", "told"),
    [
        (7, ["7 reviews are of rows without a given label", "7 rows without a label are left out"]),
        (1, ["1 review is of rows without a given label", "1 row without a label is left out"]),
    ],
)
def test_reviews_of_unlabelled_rows_are_counted_and_left(audit, data, tmp_path, n_bare, told):
    """A review of a row without a given label helps nobody, and is noted; of one row as of one."""
    is_bare = pl.int_range(pl.len()) < n_bare
    frame = data.frame.with_columns(label=pl.when(is_bare).then(None).otherwise(pl.col("label")))
    done = audit(frame, **write(tmp_path, data, np.arange(20)))

    assert done.labels.n_reviews == 20 - n_bare
    assert all(any(part in note for note in done.labels.notes) for part in told)


def test_reviews_match_integer_ids(audit, data, tmp_path):
    """Ids are matched as they are written, whatever their type."""
    pl.DataFrame({"id": [3, 4], "true_label": data.true[3:5], "drawn": ["random"] * 2}).write_csv(tmp_path / "r.csv")
    done = audit(data.frame.drop("key"), trusted={"reviews": "r.csv"}, root=tmp_path)

    assert set(done.worklist.filter("is_reviewed")["row"]) == {3, 4}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.with_columns(id=pl.lit("k9999")), "the id 'k9999' and 9 more is not in table"),
        (lambda t: t.with_columns(true_label=pl.lit("clas 3")), "'clas 3' is no class.*'class 3'"),
        (lambda t: t.with_columns(drawn=pl.lit("picked")), "10 rows say neither"),
        (lambda t: t.with_columns(drawn=pl.lit(None, pl.String)), "10 rows say neither"),
        (lambda t: t.drop("drawn"), "column 'drawn' is missing"),
    ],
)
def test_reviews_that_do_not_fit_are_refused(audit, data, tmp_path, change, message):
    """An unknown id, class or way of drawing is one line that names the file."""
    parts = write(tmp_path, data, np.arange(10))
    change(pl.read_parquet(tmp_path / "reviews.parquet")).write_parquet(tmp_path / "changed.parquet")
    parts["trusted"] = {"reviews": "changed.parquet"}
    with pytest.raises(DataError, match=message) as caught:
        audit(data.frame, **parts)

    assert "changed.parquet" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_majority_settles_a_row_and_a_tie_does_not(audit, data, tmp_path):
    """Of contradicting answers the majority counts, never the later one; a tie is no answer, and is told."""
    table = pl.DataFrame(
        {
            "id": ["k0", "k0", "k1", "k1", "k1"],
            "true_label": ["class 1", "class 2", "class 3", "class 4", "class 3"],
            "drawn": ["random"] * 5,
            "reviewer": ["ann", "bob", "ann", "bob", "cid"],
        }
    )
    table.write_csv(tmp_path / "two.csv")
    done = audit(data.frame, id="key", trusted={"reviews": "two.csv"}, root=tmp_path)
    settled = done.worklist.filter("is_reviewed")

    assert settled["id"].to_list() == ["k1"]
    assert settled["suggested_label"].to_list() == ["class 3"]
    assert any("1 reviewed row has answers that contradict" in note for note in done.labels.notes)
    assert done.labels.reviewer_accuracy.high < 0.95


def test_answers_of_one_reviewer_to_the_same_row_say_nothing_of_accuracy(audit, data, tmp_path):
    """Only two people's answers to one row are a repeat."""
    rows = np.repeat(np.arange(12), 2)
    table = pl.DataFrame(
        {"id": [f"k{i}" for i in rows], "true_label": data.true[rows], "drawn": "random", "reviewer": "ann"}
    )
    table.write_csv(tmp_path / "own.csv")
    done = audit(data.frame, id="key", trusted={"reviews": "own.csv"}, root=tmp_path)

    assert done.labels.reviewer_accuracy is None
    assert any("12 repeats were answered by the same reviewer" in note for note in done.labels.notes)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["class 1", "class 2"] * 12, "12 reviewed rows have answers that contradict .* they verify no label"),
        ([None] * 24, "The table of reviews holds no answer yet: true_label is blank in 24 rows"),
    ],
)
def test_a_review_of_which_nothing_is_left_is_told(audit, data, tmp_path, labels, told):
    """Where a reviewer contradicts every answer, or gives none, there are no verified labels, and a note says why."""
    ids = [f"k{i}" for i in np.repeat(np.arange(12), 2)]
    table = pl.DataFrame({"id": ids, "true_label": pl.Series(labels, dtype=pl.String), "drawn": "random"})
    table.with_columns(reviewer=pl.lit("ann")).write_parquet(tmp_path / "own.parquet")
    done = audit(data.frame, id="key", trusted={"reviews": "own.parquet"}, root=tmp_path)

    assert (done.labels.n_reviews, done.labels.reviewer_accuracy) == (0, None)
    assert sum(re.search(told, note) is not None for note in done.labels.notes) == 1


def test_rows_of_a_review_without_an_answer_are_counted(audit, data, tmp_path):
    """Of a review that is half filled in, one note says how many rows are still blank; of a full one there is none."""
    rows = np.arange(40)
    table = pl.DataFrame({"id": [f"k{i}" for i in rows], "true_label": data.true[rows], "drawn": "random"})
    blank = table.with_columns(true_label=pl.when(pl.int_range(40) >= 7).then("true_label"))
    blank.write_parquet(tmp_path / "blank.parquet")
    table.write_parquet(tmp_path / "full.parquet")
    half, full = (
        audit(data.frame, id="key", trusted={"reviews": f"{name}.parquet"}, root=tmp_path) for name in ("blank", "full")
    )

    told = "Left out, for true_label is blank: 7 rows of the table of reviews."
    assert [note for note in half.labels.notes if "blank" in note] == [told]
    assert (half.labels.n_reviews, full.labels.n_reviews) == (33, 40)
    assert not any("blank" in note for note in full.labels.notes)


def test_who_answers_twice_has_one_vote():
    """A reviewer's repeat outvotes nobody, and who contradicts themselves says nothing; nameless answers count each."""

    def settle(*said):
        settled = count_votes([Vote(0, label, True, reviewer) for reviewer, label in said]).settled
        return settled[0].label if settled else None

    assert settle(("ann", 1), ("ann", 1), ("bob", 0)) is None
    assert settle(("ann", 1), ("ann", 0), ("bob", 0)) == 0
    assert settle(("ann", 1), ("ann", 0)) is None
    assert settle((None, 1), (None, 1), ("bob", 0)) == 1


@pytest.mark.parametrize(
    ("answers", "pairs", "worth"),
    [
        ([(None, 1)] * 50, (1225, 1225), (49, 49)),
        ([(None, 1), (None, 1)], (1, 1), (1, 1)),
        ([("a", 1), ("b", 2)], (1, 0), (1, 0)),
        ([("a", 1), ("b", 1), ("c", 2)], (3, 1), (2, 2 / 3)),
        ([("a", 1), ("a", 1), ("b", 1)], (2, 2), (1, 1)),
        ([("a", 1), ("a", 1)], (0, 0), (0, 0)),
        ([("a", 1), (None, 1), (None, 2)], (3, 1), (2, 2 / 3)),
    ],
)
def test_answers_of_n_people_to_one_row_count_as_fewer_pairs_than_people(answers, pairs, worth):
    """All pairs are counted, but what they tell of reviewers is that of n - 1; two answers are one pair as ever."""
    tally = count_votes(Vote(0, label, True, who) for who, label in answers)
    twice = count_votes(Vote(row, label, True, who) for row in (0, 1) for who, label in answers)

    assert (tally.n_pairs, tally.n_agree) == pairs
    assert (tally.pairs_worth, tally.agree_worth) == pytest.approx(worth)
    assert (twice.pairs_worth, twice.agree_worth) == pytest.approx([2 * each for each in worth])


def test_one_row_that_many_answered_does_not_make_reviewers_certain(audit, data, tmp_path):
    """Fifty people who agree on one easy row are not right in 100.0 %; the note says for how many pairs they count."""
    done = audit(data.frame, **write(tmp_path, data, np.zeros(50, dtype=int)))

    assert done.labels.reviewer_accuracy.low < 0.999
    assert (done.labels.n_pairs, done.labels.pairs_worth) == (1225, 49)
    assert any(
        note.endswith("1,225 of 1,225 pairs of answers to one row agree, which count as 49.")
        for note in done.labels.notes
    )


def test_reviews_that_are_not_there_are_a_fault_of_the_definition(audit, data, tmp_path):
    """A reviews file that does not exist is told as such."""
    with pytest.raises(SpecError, match="does not exist"):
        audit(data.frame, root=tmp_path, trusted={"reviews": "no.parquet"})


def test_reviews_need_ids_that_are_different(audit, data, tmp_path):
    """Ids that repeat cannot be matched, and the column is named."""
    parts = write(tmp_path, data, np.arange(10))
    frame = data.frame.with_columns(key=pl.lit("k1"))
    with pytest.raises(DataError, match="'key' of table has nulls or repeats"):
        audit(frame, **parts)


def test_no_reviews_leave_the_claim_and_many_replace_it():
    """Recalibration moves with the evidence: a few answers a little, many all the way."""
    claims = np.full(200, 0.8)
    few = apply(recalibrate(claims[:2], np.zeros(2, dtype=bool), 0), claims)[0]
    many = apply(recalibrate(claims, np.arange(200) < 20, 0), claims)[0]

    assert 0.1 < few < 0.75
    assert many == pytest.approx(0.1, abs=0.03)


def test_one_answer_that_surprises_leaves_the_other_labels_nearly_as_they_were():
    """A wrong label where 3 % were expected says little of 199 others; twenty such answers say all of it."""
    claims = np.full(200, 0.03)

    one, twenty = (apply(recalibrate(claims[:m], np.ones(m, dtype=bool), 0), claims)[0] for m in (1, 20))

    assert one < 0.06
    assert twenty > 0.5


def test_answers_that_agree_perfectly_do_not_break_the_fit():
    """Separable answers give finite estimates and draws, and never turn the ranking over."""
    claims = np.linspace(0.05, 0.95, 60)
    for answers in (claims > 0.5, claims < 0.5, np.ones(60, dtype=bool)):
        found = recalibrate(claims, answers, 0)

        assert np.isfinite(found.draws).all()
        assert (found.draws[:, 1] >= 0).all()


@pytest.mark.parametrize("model", [(0.2, 0.05, 0.4), (0.02, 0.0, 0.08), (0.002, 0.0, 0.01), (0.0, 0.0, 0.09)])
@pytest.mark.parametrize(("n_wrong", "n"), [(0, 5), (0, 200), (10, 100), (100, 100)])
def test_the_posterior_rate_follows_the_reviews(n_wrong, n, model):
    """The rate moves from the model's to the reviewed share as reviews grow, and never past what may be unseen."""
    estimate, low, high = model
    rate = rate_from_reviews(Interval(estimate=estimate, low=low, high=high), n_wrong, n, 10_000, certain(2))

    assert 0 <= rate.low <= rate.estimate <= rate.high <= 1
    assert min(estimate, n_wrong / n) <= rate.estimate <= max(estimate, n_wrong / n, 0.03)
    assert abs(rate.estimate - n_wrong / n) < 0.2 * 10 / n + 0.1


def test_another_audit_leaves_the_worklist_alone(audit, data, tmp_path):
    """Worklists with and without reviews lie side by side in one cache."""
    plain = audit(data.frame, id="key")
    reviewed = audit(data.frame, **write(tmp_path, data, np.arange(30)))

    assert plain.labels.worklist_path != reviewed.labels.worklist_path
    assert pl.read_parquet(plain.labels.worklist_path).equals(plain.worklist)
    assert audit(data.frame, id="key").labels == plain.labels
