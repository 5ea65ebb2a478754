"""Reviews end to end on a real Git and DVC project: export, answer, import, audit, apply."""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import subprocess
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from e2e_support import commit_data, dvc, git, make_flowers, script

from datassay.errors import DataError, DeliveryError, InconclusiveError, UsageError
from datassay.labels.content_hash import hash_rows
from datassay.labels.ledger import Question, append_questions, ledger_path, read_decisions, read_questions
from datassay.project import find_project
from datassay.reviewing.apply import apply_review
from datassay.reviewing.collect import import_review
from datassay.reviewing.export import export_review
from datassay.reviewing.status import review_status
from datassay.reviewing.subject import take_subject

pytestmark = pytest.mark.slow
DEFINITION = """\
dataset: {path: data/flowers.parquet, rev: HEAD}
label: kind
id: row
features: {exclude: [batch]}
cleaning: {labels_per_hour: 30, reviewer_accuracy: 0.98}
usage: {sources: []}
"""
N, N_WRONG = 300, 30


def make_table():
    """Flowers with hostile text in a feature."""
    table = make_flowers(N, n_wrong=N_WRONG)
    nasty = ["=1+1", 'a"b', "x\ny", "<b>"]
    return table.with_columns(site=pl.Series([nasty[i % 4] for i in range(N)]))


TRUTH = dict(zip(map(str, range(N)), make_flowers(N)["kind"].to_list(), strict=True))


@dataclass(frozen=True)
class Bench:
    """A project, and a reviewer who knows the truth."""

    root: Path

    @property
    def project(self):
        return find_project(self.root)

    def answer(self, path, *, change=lambda row: row):
        """Fill in a CSV with the truth."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row["true_label"] = TRUTH[row["id"]]
            row["reviewer"] = "bob" if row["is_repeat"] == "true" else "ann"
            change(row)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return path

    def export(self, **parts):
        return export_review(self.project, "flowers", **{"size": 40, **parts}).paths[0]

    def worklist(self):
        return pl.read_parquet(self.root / "reports" / "flowers" / "worklist.parquet")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A project that has been audited once, with the worklist that an audit writes; no model is fitted for it."""
    from datassay.api import audit

    root = tmp_path_factory.mktemp("reviewing") / "project"
    for name in ("data", "audits"):
        (root / name).mkdir(parents=True)
    git(root, "init", "-b", "main")
    dvc(root, "init")
    dvc(root, "remote", "add", "-d", "store", "../store")
    (root / "datassay.toml").touch()
    (root / ".gitignore").write_text(".datassay/\nreports/\n", encoding="utf-8")
    (root / "audits" / "flowers.yaml").write_text(DEFINITION, encoding="utf-8")
    commit_data(root, make_table(), "v1")
    audit(root / "audits" / "flowers.yaml").save(root / "reports" / "flowers")
    return root


@pytest.fixture
def bench(template, tmp_path):
    shutil.copytree(template, tmp_path / "project", symlinks=True)
    return Bench(tmp_path / "project")


def test_an_export_shows_rows_and_hides_what_would_sway(bench):
    """Ids, labels and features are there; no suggestion, no excluded column; the questions are noted."""
    path = bench.export(reviewer="ann")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    asked = read_questions(bench.root, "flowers")

    assert path.parent == bench.root / "reviews"
    assert len(rows) == 40
    assert [row["review_id"] for row in rows] == [one.review_id for one in asked]
    assert Counter(row["drawn"] for row in rows if row["is_repeat"] == "false") == {"random": 23, "worklist": 15}
    assert all(row["suggested_label"] == row["true_label"] == "" for row in rows)
    assert {row["reviewer"] for row in rows} == {"ann", ""}
    assert "batch" not in rows[0]
    assert {row["site"] for row in rows} <= {"'=1+1", 'a"b', "x\ny", "<b>"}
    assert subprocess.run(
        ["git", "check-ignore", "-q", path], cwd=bench.root, check=False
    ).returncode == 0  # fmt: skip


def test_an_export_is_never_written_over(bench):
    """A file that may hold answers stays; the same draw in another format asks the same questions."""
    path = bench.export()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="there already"):
        bench.export()
    bench.export(file_format="label-studio")
    bench.export(file_format="argilla")

    assert path.read_bytes() == before
    assert len(read_questions(bench.root, "flowers")) == 40


@contextmanager
def no_room(n_bytes):
    """Let no file grow beyond `n_bytes`, as a disk that is nearly full would not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_an_export_that_cannot_be_written_is_told_by_its_name(bench, file_format):
    """A full disk is exit code 5, whether the file or the note of what was asked has no room, and nothing is left."""
    with no_room(100), pytest.raises(DeliveryError, match=r"reviews: the disk is full\. Free some space and run again"):
        bench.export(file_format=file_format)
    path = bench.export(file_format=file_format)
    path.unlink()
    there = sorted(path.parent.iterdir())

    with no_room(100), pytest.raises(DeliveryError, match=rf"Cannot write {path.name} to .*reviews: File too large\."):
        bench.export(file_format=file_format)

    assert sorted(path.parent.iterdir()) == there


def test_a_damaged_worklist_is_made_again_by_an_audit(bench):
    """It is no table of the user's that DVC could get back."""
    (bench.root / "reports" / "flowers" / "worklist.parquet").write_bytes(b"PAR1 torn")

    with pytest.raises(DataError, match=r"worklist\.parquet") as caught:
        bench.export()

    assert caught.value.hint == "Run 'datassay audit flowers' again."


def test_columns_that_are_named_twice_are_shown_once(bench):
    """A list put together by hand may hold a name twice."""
    with bench.export(columns=["site", "site"]).open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))

    assert header.count("site") == 1


def test_an_export_spares_what_lies_beside_it(bench):
    """A format of two files is written only where neither is there; questions are noted before a file is handed out."""
    (bench.root / "k.xml").write_text("precious")
    with pytest.raises(UsageError, match=r"k\.xml is there already"):
        bench.export(file_format="label-studio", out=bench.root / "k.json")

    assert (bench.root / "k.xml").read_text() == "precious"
    assert not (bench.root / "k.json").exists()
    assert not read_questions(bench.root, "flowers")
    with pytest.raises(DeliveryError):
        bench.export(out=bench.root / "k.xml" / "q.csv")
    assert len(read_questions(bench.root, "flowers")) == 40


def test_contradictions_of_one_reviewer_are_refused_in_a_file_and_counted_between_files(bench):
    """Nobody overturns what they said before without being told."""
    path = bench.answer(bench.export(reviewer="ann"))
    import_review(bench.project, "flowers", path)
    lines = path.read_text(encoding="utf-8-sig").splitlines()

    def turn(row):
        row["true_label"] = "rose" if row["true_label"] == "iris" else "iris"

    other = bench.answer(path, change=turn)
    turned = import_review(bench.project, "flowers", other)
    other.write_text("\n".join([*other.read_text(encoding="utf-8-sig").splitlines(), *lines[1:]]))

    assert turned.n_replaced == turned.n_added > 30
    with pytest.raises(UsageError, match=r"row 1 and row 41 are answers of (ann|bob) to the same question"):
        import_review(bench.project, "flowers", other)


def test_a_table_without_answers_is_no_review(bench):
    """A file that lacks the column of the answers is refused, and not taken for one of blanks."""
    pl.read_csv(bench.export()).drop("true_label").write_csv(bench.root / "q.csv")
    pl.DataFrame({"row": [1], "true_labels": ["iris"]}).write_parquet(bench.root / "q.parquet")

    for name, hint in (("q.csv", ""), ("q.parquet", ".*'true_labels'")):
        with pytest.raises(UsageError, match=f"column 'true_label'.* is missing{hint}"):
            import_review(bench.project, "flowers", bench.root / name)


def test_suggestions_are_shown_for_the_worklist_only(bench):
    """Even on demand the random part is judged without the audit's word."""
    found = pl.read_parquet(bench.export(file_format="parquet", show_suggestions=True))

    assert found.filter(pl.col("drawn") == "random")["suggested_label"].null_count() == 23 + (
        found.filter(pl.col("drawn") == "random")["is_repeat"].sum()
    )
    assert found.filter(pl.col("drawn") == "worklist")["suggested_label"].null_count() == 0


def test_answers_go_into_the_ledger_once(bench):
    """Blank and unsure answers are counted; importing again, also after filling in the blanks, doubles nothing."""
    path = bench.export()
    complete = path.with_name("complete.csv")
    shutil.copy(bench.answer(path), complete)

    def spoil(row):
        if row["review_id"].endswith(("01", "02")):
            row["true_label"] = ""
        elif row["review_id"].endswith("03"):
            row["true_label"] = "Unsure"

    bench.answer(path, change=spoil)
    first = import_review(bench.project, "flowers", path)
    again = import_review(bench.project, "flowers", path)
    rest = import_review(bench.project, "flowers", complete)
    status = review_status(bench.project, "flowers")

    assert (first.n_added, first.n_empty, first.n_unsure, first.n_already_there) == (38, 2, 1, 0)
    assert (again.n_added, again.n_already_there) == (0, 38)
    # The one who was unsure has thought again: her last word counts.
    assert (rest.n_added, rest.n_already_there) == (3, 37)
    assert (status.n_answers, status.n_unsure, status.by_reviewer) == (40, 0, {"ann": 38, "bob": 2})
    assert (status.n_pairs, status.n_agree, status.last_export.open) == (2, 2, {})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: row.update(true_label="irsi"), r"task|row 1's answer 'irsi' and 39 more are no class.*'iris'"),
        (lambda row: row.update(review_id="", id="k9"), "row 1 was not exported|the id 'k9'"),
        (lambda row: row.update(review_id="z-1", id="k9", drawn="random"), "the id 'k9' and 39 more are not in"),
        (lambda row: row.update(id="1" if row["id"] != "1" else "2"), "its review_id was given to the row"),
        (lambda row: row.update(review_id="z", content_hash=""), "row 1 was not exported from this project"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_as_a_whole(bench, change, told):
    """Unknown classes, ids and questions are named in one line, and the ledger stays empty."""
    path = bench.answer(bench.export(), change=change)
    with pytest.raises(UsageError, match=told) as caught:
        import_review(bench.project, "flowers", path)

    assert "\n" not in str(caught.value)
    assert not ledger_path(bench.root, "flowers").exists()


def test_ids_that_a_spreadsheet_took_for_numbers_are_the_same_rows(bench):
    """00014 comes back as 14: taken, as the hash is its question's; with another row's hash the rows are mixed up."""
    table = make_table().with_columns(row=pl.col("row").cast(pl.String).str.zfill(5))
    commit_data(bench.root, table, "v2")
    named = {row.zfill(5): label for row, label in TRUTH.items()}
    asked = [
        Question(
            export="e", at="t", review_id=f"e-{i}", id=row, content_hash=hashed, given_label="iris", drawn="random",
            band="all", is_repeat=False,
        )
        for i, (row, hashed) in enumerate(zip(named, hashes(bench, range(4)), strict=False))
    ]  # fmt: skip
    append_questions(bench.root, "flowers", asked)
    path = bench.root / "q.csv"

    def write(names, ids):
        content = {
            "review_id": [one.review_id for one in asked],
            "id": ids,
            "content_hash": names,
            "true_label": [named[one.id] for one in asked],
        }
        pl.DataFrame(content).write_csv(path)

    right = [one.content_hash for one in asked]
    for names, ids, told in (
        (right[::-1], ["0", "1", "2", "3"], "Rows of the file were mixed up"),
        (right, ["0", "1", "3", "2"], "row 3 says '3', .* row '00002'.* A spreadsheet has changed the ids"),
        (right, ["0", "1", "Feb 01", "3"], "A spreadsheet has changed the ids"),
    ):
        write(names, ids)
        with pytest.raises(UsageError, match=told):
            import_review(bench.project, "flowers", path)
    write(right, ["0", "1.0", "2", "3E+00"])

    assert import_review(bench.project, "flowers", path).n_added == 4
    assert [one.id for one in read_decisions(bench.root, "flowers")] == ["00000", "00001", "00002", "00003"]


def hashes(bench, places):
    subject = take_subject(bench.project, "flowers", None)
    return hash_rows(subject.snapshot, subject.spec, list(places))


def test_another_rev_is_told_before_its_classes(bench):
    """A rev with other rows is called that, and one with other classes as well, before an answer is called no class."""
    path = bench.answer(bench.export())
    other = make_table().with_columns(kind=pl.col("kind").str.replace("s", "x"))
    commit_data(bench.root, other, "v2")
    with pytest.raises(UsageError, match=r"no class of kind in data/flowers.parquet at HEAD.* with --rev") as classes:
        import_review(bench.project, "flowers", path)
    commit_data(bench.root, other.with_columns(petal=pl.col("petal") + 1), "v3")
    with pytest.raises(UsageError, match=r"other content in data/flowers.parquet at HEAD.*--rev"):
        import_review(bench.project, "flowers", path)

    assert classes.value.exit_code == 2
    assert import_review(bench.project, "flowers", path, rev="v1").n_added == 40


def test_the_commands_that_come_next_name_the_rev(bench):
    """Where another rev than the definition's was audited, import and audit need it, and are named with it."""
    commit_data(bench.root, make_table().head(200), "v2")
    definition = bench.root / "audits" / "flowers.yaml"
    definition.write_text(DEFINITION.replace("rev: HEAD", "rev: v2"), encoding="utf-8")
    report = bench.root / "reports" / "flowers" / "report.json"
    report.write_text(report.read_text(encoding="utf-8").replace('"rev": "HEAD"', '"rev": "v1"'), encoding="utf-8")

    exported = run(bench, "export", "flowers", "--size", "30", "--out", "out.csv")
    blank = run(bench, "import", "flowers", "out.csv")
    bench.answer(bench.root / "out.csv")
    imported = run(bench, "import", "flowers", "out.csv", "--rev", "v1")
    again = run(bench, "import", "flowers", "out.csv", "--rev", "v1")

    assert "Next: datassay review import flowers ANSWERED_FILE --rev v1\n" in exported.stdout
    assert imported.stdout.endswith("&& datassay audit flowers --rev v1\n")
    assert (again.returncode, "Next" in again.stdout) == (0, False)
    assert (blank.returncode, blank.stdout) == (4, "")
    assert blank.stderr == (
        "datassay: out.csv holds no answers yet: 30 rows are blank; nothing was imported. Import it when the reviewers "
        "have filled in true_label.\n"
    )


def test_rows_that_have_changed_are_refused_or_left_out(bench):
    """Another value in a feature makes a review void; another label does not."""
    path = bench.answer(bench.export())
    ids = sorted({int(one.id) for one in read_questions(bench.root, "flowers")})
    table = make_table().with_columns(
        petal=pl.when(pl.col("row") == ids[0]).then(99.0).otherwise("petal"),
        kind=pl.when(pl.col("row") == ids[1]).then(pl.lit("rose")).otherwise("kind"),
    )
    commit_data(bench.root, table, "v2")
    n_void = sum(int(one.id) == ids[0] for one in read_questions(bench.root, "flowers"))

    with pytest.raises(UsageError, match=f"the row '{ids[0]}'.* ha(s|ve) other content"):
        import_review(bench.project, "flowers", path)
    assert not ledger_path(bench.root, "flowers").exists()
    done = import_review(bench.project, "flowers", path, skip_changed=True)
    assert (done.n_changed, done.n_added) == (n_void, 40 - n_void)
    assert import_review(bench.project, "flowers", path, rev="v1").n_added == n_void


def test_rows_that_are_gone_are_refused_or_left_out(bench):
    """A row that was asked about and is no longer there blocks an import, unless changed rows are to be left out."""
    path = bench.answer(bench.export())
    gone = min(int(one.id) for one in read_questions(bench.root, "flowers"))
    n_gone = sum(int(one.id) == gone for one in read_questions(bench.root, "flowers"))
    commit_data(bench.root, make_table().filter(pl.col("row") != gone), "v2")

    with pytest.raises(UsageError, match=rf"the id '{gone}'.* not in .*--rev.*--skip-changed"):
        import_review(bench.project, "flowers", path)
    assert not ledger_path(bench.root, "flowers").exists()
    done = import_review(bench.project, "flowers", path, skip_changed=True)
    assert (done.n_changed, done.n_added) == (n_gone, 40 - n_gone)


def test_ids_that_repeat_are_a_fault_of_the_definition(bench):
    """No second try would find other ids: export, import and apply exit with 2, and name the column."""
    import_review(bench.project, "flowers", path := bench.answer(bench.export()))
    definition = bench.root / "audits" / "flowers.yaml"
    definition.write_text(DEFINITION.replace("id: row", "id: site"), encoding="utf-8")
    with pytest.raises(InconclusiveError, match=r"The last audit of flowers is of the id 'row', and .* names 'site'"):
        bench.export(seed=1)
    report = bench.root / "reports" / "flowers" / "report.json"
    report.write_text(report.read_text(encoding="utf-8").replace('"id": "row"', '"id": "site"'), encoding="utf-8")

    for work in (
        bench.export,
        lambda: import_review(bench.project, "flowers", path),
        lambda: apply_review(bench.project, "flowers"),
    ):
        with pytest.raises(
            UsageError, match=r"flowers\.yaml: the id column 'site' of .* has nulls or repeats"
        ) as caught:
            work()
        assert caught.value.exit_code == 2


def test_a_file_in_the_place_of_the_reviews_is_told(bench):
    """An audit that cannot look for reviews does not go on as if there were none."""
    assert not (bench.root / "reviews").exists()
    (bench.root / "reviews").write_text("")

    with pytest.raises(DataError, match="reviews is no folder"):
        read_questions(bench.root, "flowers")


def test_later_random_rows_join_the_sample(bench):
    """Rows of the worklist that a later export draws at random are not asked again, and count in step with the rest."""
    import_review(bench.project, "flowers", bench.answer(bench.export(size=100)))
    second = export_review(bench.project, "flowers", size=100)
    seen = {one.id for one in read_decisions(bench.root, "flowers")}
    asked = [one for one in read_questions(bench.root, "flowers") if one.export == second.export]
    done = import_review(bench.project, "flowers", bench.answer(second.paths[0]))

    assert second.n_known > 0
    assert all((one.id in seen) == one.is_known for one in asked)
    assert done.n_marked == second.n_known
    assert done.n_added == second.size


def test_a_review_sharpens_the_audit_and_is_applied(bench):
    """With 100 true answers the rate is near the truth, and narrower; corrections go to a new file."""
    from datassay.labels.confident import estimate_labels
    from datassay.labels.pred_probs import predict

    import_review(bench.project, "flowers", bench.answer(bench.export(size=100)))
    subject = take_subject(bench.project, "flowers", None)
    predictions = predict(subject.snapshot, subject.spec, cache_dir=bench.root / ".datassay" / "p")

    def labels(root):
        return estimate_labels(
            subject.snapshot, predictions, subject.spec, root=root, cache_dir=bench.root / ".datassay" / "p"
        )

    before, after = labels(None), labels(bench.root)
    width = [found.noise_rate.high - found.noise_rate.low for found in (before, after)]

    assert after.noise_rate_source == "review"
    # One interval of 80 % may miss the truth by chance; that they hold as often as told is tested of the rate itself.
    assert after.noise_rate.estimate == pytest.approx(N_WRONG / N, abs=0.03)
    assert width[1] < width[0]
    assert after.n_reviews == 95
    assert after.reviewer_accuracy is not None
    assert after.reviewer_accuracy.high > 0.99

    old = bench.root / "data" / "flowers.parquet"
    content = old.read_bytes()
    dry = apply_review(bench.project, "flowers", dry_run=True)
    done = apply_review(bench.project, "flowers", tag="reviewed")
    given, new = pl.read_parquet(old), pl.read_parquet(done.path)
    is_other = (given["kind"] != new["kind"]).to_numpy()

    assert (dry.n_changed, dry.path) == (done.n_changed, None)
    assert done.n_changed == is_other.sum() > 5
    assert new["kind"].to_numpy()[is_other].tolist() == [TRUTH[str(i)] for i in np.flatnonzero(is_other)]
    assert new.drop("kind").equals(given.drop("kind"))
    assert old.read_bytes() == content
    assert {path.name for path in done.pointers} >= {"flowers.reviewed.parquet.dvc"}
    assert "flowers.reviewed.parquet.dvc" in _git(bench.root, "show", "--name-only", "reviewed")
    with pytest.raises(UsageError, match="there already"):
        apply_review(bench.project, "flowers")
    with pytest.raises(DeliveryError, match=r"Cannot write .*out"):
        apply_review(bench.project, "flowers", out=old / "out.parquet")

    # The corrected file, under the same name: the reviews still count, and what was corrected is taken off the rate.
    commit_data(bench.root, new, "v2")
    now = take_subject(bench.project, "flowers", None)
    again = predict(now.snapshot, now.spec, cache_dir=bench.root / ".datassay" / "q")
    later = estimate_labels(now.snapshot, again, now.spec, root=bench.root, cache_dir=bench.root / ".datassay" / "q")
    left = (N_WRONG - done.n_changed) / N
    assert later.noise_rate.estimate == pytest.approx(left, abs=0.03)
    assert later.noise_rate.estimate < after.noise_rate.estimate
    with pytest.raises(InconclusiveError, match="No label of flowers is to be corrected"):
        apply_review(bench.project, "flowers", out=bench.root / "data" / "other.parquet")


def test_numbers_without_their_last_digits_correct_nothing(bench):
    """Of answers that were rounded only those are corrections that say another number, from the import to the copy."""
    width = np.random.default_rng(0).normal(20, 2, N)
    commit_data(bench.root, make_table().with_columns(width=width), "v2")
    definition = DEFINITION.replace("label: kind", "label: width").replace("exclude: [batch]", "exclude: [batch, kind]")
    (bench.root / "audits" / "flowers.yaml").write_text(definition, encoding="utf-8")
    subject, rows = take_subject(bench.project, "flowers", None), list(range(20))
    hashes = hash_rows(subject.snapshot, subject.spec, rows)
    said = np.where(np.array(rows) < 3, width[:20] + 2, np.round(width[:20], 2))
    answers = pl.DataFrame(
        {"review_id": [f"q{i}" for i in rows], "id": rows, "true_label": said, "content_hash": hashes}
    )
    answers = answers.with_columns(drawn=pl.lit("random"), given_label=width[:20])

    def give(reviewer, **columns):
        path = bench.root / f"{reviewer}.csv"
        answers.with_columns(reviewer=pl.lit(reviewer), **columns).write_csv(path)
        return import_review(bench.project, "flowers", path)

    give("ann")
    give("bob", true_label=said + 0.002)
    again = give("ann", true_label=pl.col("true_label") + 0.002)
    two = pl.concat([answers, answers.head(1).with_columns(pl.col("true_label") + 0.002)])
    two.with_columns(reviewer=pl.lit("c")).write_csv(bench.root / "c.csv")
    import_review(bench.project, "flowers", bench.root / "c.csv")
    status = review_status(bench.project, "flowers")
    done = apply_review(bench.project, "flowers")
    new = pl.read_parquet(done.path)["width"].to_numpy()

    assert again.n_replaced == 0
    assert (status.n_wrong, status.n_undecided) == (3, 0)
    assert status.n_pairs == status.n_agree > 20
    assert (done.n_changed, done.n_right, done.n_moved) == (3, 17, 0)
    np.testing.assert_array_equal(new[3:], width[3:])
    np.testing.assert_allclose(new[:3], width[:3] + 2, atol=0.01)


def test_nothing_is_changed_in_place(bench):
    """The dataset's own path is refused, and so is a format of another kind, with a name that would do."""
    import_review(bench.project, "flowers", bench.answer(bench.export()))
    other = r"x.csv does not fit: the dataset is a .parquet file, .* ends in .parquet .*flowers.reviewed.parquet"
    for out, told in (("flowers.parquet", "is the dataset itself"), ("x.csv", other), ("x", "does not fit")):
        with pytest.raises(UsageError, match=told):
            apply_review(bench.project, "flowers", out=bench.root / "data" / out)


def test_a_folder_of_files_is_corrected_into_a_folder(bench):
    """Partitions that DVC tracks are copied beside the old ones, tracked, tagged, and read as a dataset again."""
    folder, fresh = "v1.5", "v1.5.reviewed"
    import_review(bench.project, "flowers", bench.answer(bench.export(size=100)))
    old = bench.root / "data" / folder
    table = pl.read_parquet(bench.root / "data" / "flowers.parquet")
    table.write_parquet(pl.PartitionBy(old, key="batch"), mkdir=True)
    (old / "_SUCCESS").touch()
    definition = bench.root / "audits" / "flowers.yaml"
    dvc(bench.root, "add", f"data/{folder}")
    definition.write_text(DEFINITION.replace("flowers.parquet", folder), encoding="utf-8")
    git(bench.root, "add", ".")
    git(bench.root, "commit", "-m", "a folder")
    for out, told in (
        (old, "is the dataset itself"),
        (old / "new", f"is inside the dataset data/{folder}, which is never changed in place"),
        (bench.root / "x.parquet", f"the dataset is a folder of Parquet files.* such as {fresh}"),
    ):
        with pytest.raises(UsageError, match=told):
            apply_review(bench.project, "flowers", out=out)

    done = apply_review(bench.project, "flowers", tag="reviewed")

    assert done.path == bench.root / "data" / fresh
    assert f"data/{fresh}.dvc" in _git(bench.root, "show", "--name-only", "reviewed")
    given, new = (
        pl.read_parquet(path, hive_partitioning=True).sort("row") for path in (old / "**/*.parquet", done.path)
    )
    is_other = (given["kind"] != new["kind"]).to_numpy()
    assert done.n_changed == is_other.sum() > 5
    assert new["kind"].to_numpy()[is_other].tolist() == [TRUTH[str(i)] for i in np.flatnonzero(is_other)]
    assert new.drop("kind").equals(given.drop("kind"))
    definition.write_text(DEFINITION.replace("flowers.parquet", fresh), encoding="utf-8")
    with pytest.raises(InconclusiveError, match="No label of flowers is to be corrected"):
        apply_review(bench.project, "flowers")


def test_the_commands_work_from_a_shell(bench):
    """Export, status, import, apply and their errors, through the installed script."""
    none = run(bench, "import", "flowers", "absent.csv")
    exported = run(bench, "export", "flowers", "--size", "30", "--out", "out.csv")
    bench.answer(bench.root / "out.csv")
    imported = run(bench, "import", "flowers", "out.csv", "--json")
    status = run(bench, "status", "flowers", "--json")
    applied = run(bench, "apply", "flowers")

    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    assert exported.returncode == 0, exported.stderr
    assert "written  out.csv" in exported.stdout
    assert json.loads(imported.stdout)["n_added"] == 30
    assert json.loads(status.stdout)["last_export"]["open"] == {}
    assert applied.returncode == 0, applied.stderr
    assert "Next: datassay review import flowers ANSWERED_FILE\n" in exported.stdout
    assert "git add data/flowers.reviewed.parquet.dvc" in applied.stdout
    assert "To track the changes" not in applied.stdout + applied.stderr
    assert (bench.root / "data" / "flowers.reviewed.parquet.dvc").is_file()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            pl.col("petal") + 1.0,
            r"no review speaks of a row as it is\. Left out, .* whose content has changed since: 40 reviews",
        ),
        (
            pl.col("kind").replace({"iris": "rose", "rose": "iris"}),
            r"right as they are and \d+ labels are not those that were reviewed\. Name the rev",
        ),
    ],
)
def test_reviews_of_rows_that_have_changed_correct_nothing(bench, change, told):
    """What became of them is said, and that the reviewed rev or another review is needed."""
    import_review(bench.project, "flowers", bench.answer(bench.export()))
    commit_data(bench.root, make_table().with_columns(change), "v2")

    with pytest.raises(InconclusiveError, match=told) as caught:
        apply_review(bench.project, "flowers")
    assert "0 reviewed labels" not in str(caught.value)
    assert caught.value.hint.endswith("or have its rows reviewed anew: 'datassay review export flowers'.")


def test_without_an_audit_there_is_nothing_to_draw_from(bench):
    """One line says to audit first; data that has changed since is told too."""
    commit_data(bench.root, make_table().head(200), "v2")
    shutil.rmtree(bench.root / ".datassay")
    assert len(bench.worklist()) == N
    shutil.rmtree(bench.root / "reports")
    with pytest.raises(InconclusiveError, match="Run 'datassay audit flowers' first"):
        bench.export()


def run(bench, *args):
    """Run `datassay review ARGS` in the project."""
    return subprocess.run(
        [script(), "review", *args],
        cwd=bench.root,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _git(root, *args):
    return subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, check=True).stdout
