import pytest

from datassay.results import CleaningPoint, Interval, PrecisionPoint, ReviewPlan, Split
from datassay.value.budget import prefers_cleaning
from datassay.value.harm import will_harm
from datassay.value.verdict import decide
from datassay.value.wording import chance_of, duration, money, name_unit, percent, plural, write_gains

FACTS = (
    "One hour of cleaning (90 labels, about 41 real errors) is worth +0.31 points of balanced accuracy; one day of "
    "collecting (500 rows) +0.08."
)
DOUBTFUL = [PrecisionPoint(k=90, precision=Interval(estimate=0.4, low=0.01, high=0.8))]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ("clean", "Clean first; after about 6 hours the two are even.")),
        (
            {"break_even_hours": None},
            ("clean", "Clean first; an hour stays worth more than a day down to the end of the worklist."),
        ),
        (
            {"break_even_hours": 0.4},
            ("clean", "Clean first; already the second hour gains less than a day of collecting."),
        ),
        ({"p_cleaning_beats_collecting": 0.75}, ("clean", "Clean first; after about 6 hours the two are even.")),
        ({"p_cleaning_beats_collecting": 0.25}, ("collect", "Collect first.")),
        (
            {"p_cleaning_beats_collecting": 0.6},
            (
                "review_first",
                "Too close to call (60 % that cleaning gains more): review 100 labels first (67 minutes, EUR 44.44).",
            ),
        ),
    ],
)
def test_action_and_sentence_follow_the_probability(make_value, make_labels, spec, changes, told):
    """The sentence tells both gains first and then what to do."""
    action, advice = told
    verdict = decide(make_value(**changes), make_labels(), spec)

    assert verdict.action == action
    assert verdict.sentence == f"{FACTS} {advice}"


@pytest.mark.parametrize(
    ("gains", "smallest"),
    [
        ([(0.0031, 0.001, 0.0045), (0.0008, 0.0002, 0.0015)], 0.005),
        ([(-0.001, -0.002, 0.0), (-0.001, -0.002, 0.0)], 0.0),
        ([(-0.001, -0.002, 0.001), (0.0, -0.002, 0.001)], 0.0),
    ],
)
def test_gains_that_do_not_matter_are_neither(make_value, make_labels, make_spec, gains, smallest):
    """Neither, where both gains stay below what matters, or none is above zero."""
    verdict = decide(make_value(*gains), make_labels(), make_spec(smallest_gain=smallest))

    assert verdict.action == "neither"
    assert "Neither pays" in verdict.sentence
    assert any("smallest gain that matters is 0.50 points" in text for text in verdict.reasons) == (smallest > 0)


def test_a_tenth_of_a_point_does_not_matter_unless_the_definition_says_so(make_value, make_labels, make_spec):
    """A score's smallest gain has a default, which is told as assumed; an error's has none."""
    gains = [(0.0003, -0.001, 0.0009), (0.0002, -0.001, 0.0008)]

    verdict = decide(make_value(*gains), make_labels(), make_spec())

    assert verdict.action == "neither"
    assert (
        "Gains below 0.10 points of balanced accuracy do not matter (assumed; set smallest_gain)."
        in verdict.assumptions
    )
    assert decide(make_value(*gains), make_labels(), make_spec(smallest_gain=0.0)).action != "neither"


def test_doubtful_precision_asks_for_reviews(make_value, make_labels, spec):
    """Cleaning is not advised where the lower end of an unreviewed precision would add errors."""
    verdict = decide(make_value(), make_labels(detector_precision=DOUBTFUL), spec)
    reviewed = make_labels(detector_precision=DOUBTFUL, noise_rate_source="review", n_reviews=100)

    assert verdict.action == "review_first"
    assert verdict.sentence == (
        f"{FACTS} Reviewing may add errors as things are known: review 100 labels first (67 minutes, EUR 44.44)."
    )
    assert decide(make_value(), reviewed, spec).action == "clean"


@pytest.mark.parametrize("is_worthwhile", [True, False])
def test_where_reviewing_may_harm_no_reason_speaks_against_the_review(make_value, make_labels, spec, is_worthwhile):
    """Which side gains more is settled: what answers say of that is neither a chance to tell nor a reason."""
    sizes = {"n_reviews": 20, "n_random": 12, "most_reviews": 500, "hours": 0.2, "cost": 9.0}
    plan = ReviewPlan(
        **sizes, p_settles=0.67, is_expected=True, gain=0.0, answers_worth=0.0, repairs_worth=4.0,
        is_worthwhile=is_worthwhile,
    )  # fmt: skip
    value = make_value(p_cleaning_beats_collecting=0.81, review=plan, evpi=0.002)
    verdict = decide(value, make_labels(detector_precision=DOUBTFUL), spec)

    assert verdict.sentence.endswith("errors as things are known: review 20 labels first (13 minutes, EUR 8.89).")
    assert verdict.reasons[1] == (
        "20 reviews (about 60 % at random, the others from the worklist) take 13 minutes and cost EUR 8.89, and repair "
        "what they find (worth about EUR 4); the answers show whether reviewing adds errors, for as few as 1 % of an "
        "hour's labels may be wrong (lower end of 80 %), and a reviewer is right 97 % of the time."
    )
    assert "not advised" not in " ".join(verdict.reasons)


@pytest.mark.parametrize(
    ("options", "reason", "sentence"),
    [
        ({"label": None}, None, "The definition names no label, so there is nothing to clean or collect for."),
        ({"task": "none"}, None, "The definition names no label, so there is nothing to clean or collect for."),
        ({}, "The model is no better than guessing.", "Could not be measured: The model is no better than guessing."),
        ({}, None, "Could not be measured: the value of labels and rows was not measured."),
    ],
)
def test_nothing_to_compare_is_not_applicable(make_spec, options, reason, sentence):
    """Without a label or a measurement there is no recommendation, and the reason is the sentence."""
    verdict = decide(None, None, make_spec(**options), reason_unknown=reason)

    assert (verdict.action, verdict.sentence, verdict.reasons) == ("not_applicable", sentence, [sentence])


def test_reasons_tell_sureness_money_precision_noise_and_exchange(make_value, make_labels, spec):
    """Each reason is one plain sentence with its number."""
    ends = {"transition_low": [[0.93, 0.03], [0.09, 0.83]], "transition_high": [[0.97, 0.07], [0.17, 0.91]]}
    assert decide(make_value(), make_labels(**ends), spec).reasons == [
        (
            "An hour of cleaning gains more in 93 % of the draws; 80 % intervals: an hour +0.18 to +0.45, a day +0.02 "
            "to +0.15 points of balanced accuracy."
        ),
        (
            "For the same money cleaning gains more with 98 % (EUR 600 pays for one day of collecting or 15 hours of "
            "cleaning)."
        ),
        (
            "Of 100 reviewed labels about 46 are really wrong (from the model alone, no reviews yet); with a reviewer "
            "right 97 % of the time that repairs 43 net."
        ),
        (
            "6.8 % of the labels are wrong, the model estimates, and that depends on the class (13 % of true '>50K', "
            "5 % of true '<=50K'): such noise moves the model's decisions, which more rows do not repair and fixed "
            "labels do."
        ),
        "One fixed label is worth about 6.1 new rows, measured (80 %: 3.2 to 9.9); the closed form says 4.6.",
    ]


def test_review_first_weighs_reviews_against_the_truth(make_value, make_labels, spec):
    """Where reviews are advised, their time and cost stand beside what knowing the truth is worth."""
    reasons = decide(make_value(p_cleaning_beats_collecting=0.5, evpi=0.0002), make_labels(), spec).reasons

    assert reasons[1] == (
        "100 reviews (about 60 % at random, the others from the worklist) take 67 minutes and cost EUR 44.44, and "
        "repair what they find; knowing the truth before this choice is worth 0.02 points of balanced accuracy, which "
        "costs only EUR 2.58 to gain otherwise."
    )


def test_what_a_review_repairs_and_how_rough_its_chance_is_are_told(make_value, judge):
    """The reason tells the worth of repairs, sentences that a chance is a rough one."""
    sizes = {"n_reviews": 20, "n_random": 12, "most_reviews": 500, "hours": 0.2, "cost": 9.0}
    plan = ReviewPlan(**sizes, p_settles=0.76, is_expected=True, gain=0.001, answers_worth=0.004, repairs_worth=9.87)
    verdict = judge(make_value(p_cleaning_beats_collecting=0.6, review=plan, evpi=0.002))

    assert "repair what they find (worth about EUR 9.90); knowing the truth" in verdict.reasons[1]
    assert verdict.sentence.endswith(
        "(13 minutes, EUR 8.89; answers are worth less than EUR 0.01 to this choice, repairs about EUR 9.90), which "
        "settles it with roughly 76 % (often told too high)."
    )


def test_harmful_reviews_are_called_harmful(make_value, make_labels, make_spec):
    """Where p + r <= 1 the reason says that reviewing adds errors."""
    value = make_value((-0.001, -0.002, 0.0), p_cleaning_beats_collecting=0.02)
    cleaning = value.cleaning.model_copy(update={"n_wrong_per_hour": 4.5, "reviewer_accuracy": 0.8})
    verdict = decide(value.model_copy(update={"cleaning": cleaning}), make_labels(), make_spec())

    assert verdict.action == "collect"
    assert any(
        text.startswith("Reviewing adds errors: 5 % of the labels looked at are wrong") for text in verdict.reasons
    )


def test_cleaning_that_is_expected_to_harm_is_said_to_harm_probably(make_value, make_labels, make_spec):
    """A model's claim may be wrong, so that p + r < 1 is no certainty; sentence and reason tell the same share."""
    claim = [PrecisionPoint(k=90, precision=Interval(estimate=0.04, low=0.02, high=0.4))]

    def tell(n_wrong):
        value = make_value((-0.001, -0.002, 0.0), p_cleaning_beats_collecting=0.02)
        parts = {"reviewer_accuracy": 0.8, "n_wrong_per_hour": n_wrong}
        value = value.model_copy(update={"cleaning": value.cleaning.model_copy(update=parts)})
        return decide(value, make_labels(detector_precision=claim), make_spec())

    harmful, useful = tell(9.0), tell(27.0)
    assert "Cleaning would probably harm: an expected 10 % of an hour's labels are wrong" in harmful.sentence
    assert any("Reviewing adds errors: 10 % of the labels" in reason for reason in harmful.reasons)
    assert "harm" not in useful.sentence
    assert any("about 30 are really wrong" in reason for reason in useful.reasons)


@pytest.mark.parametrize(
    ("high", "told"),
    [
        (0.69, "Cleaning would probably harm: an expected 30 % of an hour's labels are wrong"),
        (0.33, "Cleaning would harm: at most 33 % of an hour's labels are wrong"),
    ],
)
def test_a_few_reviews_are_no_certainty_of_harm(make_value, make_labels, make_spec, high, told):
    """A precision of 30 % that may be 69 % says that hours harm probably; the flat sentence is for its upper end."""
    precision = [PrecisionPoint(k=90, precision=Interval(estimate=0.3, low=0.08, high=high))]
    labels = make_labels(noise_rate_source="review", n_reviews=1, detector_precision=precision)
    value = make_value((-0.001, -0.002, 0.001), (-0.0005, -0.001, 0.002), p_cleaning_beats_collecting=0.4)
    parts = {"reviewer_accuracy": 0.65, "n_wrong_per_hour": 27.0}
    value = value.model_copy(update={"cleaning": value.cleaning.model_copy(update=parts)})

    assert told in decide(value, labels, make_spec()).sentence
    assert will_harm(labels, value.cleaning) is (high < 0.35)


@pytest.mark.parametrize("pace", [0.5, 0.05, 33.3])
def test_harm_is_told_whatever_the_pace(make_value, make_labels, make_spec, pace):
    """Less than one label an hour is no hour without labels: the share of wrong ones is that of the pace itself."""
    value = make_value((-0.001, -0.002, 0.0), p_cleaning_beats_collecting=0.02)
    first = CleaningPoint(labels=max(round(pace), 1), hours=max(1 / pace, 1), cost=40, gain=-0.001, low=-0.002, high=0)
    parts = {"reviewer_accuracy": 0.8, "n_wrong_per_hour": 0.1 * pace, "labels_per_hour": pace, "curve": [first]}
    value = value.model_copy(update={"cleaning": value.cleaning.model_copy(update=parts)})
    claim = [PrecisionPoint(k=1, precision=Interval(estimate=0.1, low=0.02, high=0.4))]
    verdict = decide(value, make_labels(detector_precision=claim), make_spec())

    assert "Cleaning would probably harm: an expected 10 % of an hour's labels are wrong" in verdict.sentence
    assert any("Reviewing adds errors: 10 % of the labels" in reason for reason in verdict.reasons)
    assert " (0 " not in verdict.sentence
    assert "about 0 " not in verdict.sentence


@pytest.mark.parametrize(("most", "surely"), [(0.004, ""), (0.4, "probably ")])
def test_a_share_that_is_told_as_a_bound_gets_no_second_one(make_value, make_labels, make_spec, most, surely):
    """Nothing is "at most under 1 %", nor "an expected under 1 %"."""
    claim = [PrecisionPoint(k=90, precision=Interval(estimate=0.003, low=0.001, high=most))]
    value = make_value((-0.001, -0.002, 0.0), p_cleaning_beats_collecting=0.02)
    parts = {"reviewer_accuracy": 0.8, "n_wrong_per_hour": 0.3}
    value = value.model_copy(update={"cleaning": value.cleaning.model_copy(update=parts)})
    sentence = decide(value, make_labels(detector_precision=claim), make_spec()).sentence

    assert f"Cleaning would {surely}harm: under 1 % of an hour's labels are wrong" in sentence


def test_a_tiny_part_of_a_day_is_not_told_as_none(make_value, make_labels, spec):
    """Where one day brings a million rows, those that are bought take a thousandth of it."""
    gain = Interval(estimate=0.005, low=0, high=0.01)
    split = Split(budget_cost=640, cleaning_fraction=0.25, hours=4.03, days=0.0012, gain=gain)
    (told,) = [r for r in decide(make_value(best_split=[split]), make_labels(), spec).reasons if "Best use" in r]

    assert "EUR 640 on 4 hours of cleaning and 0.0012 days of collecting" in told


def test_money_that_buys_nothing_is_kept(make_value, make_labels, spec):
    """Neither hours nor days are advised where none gains anything."""
    split = Split(budget_cost=640, cleaning_fraction=0, hours=0, days=0, gain=Interval(estimate=0, low=0, high=0))

    reasons = decide(make_value(best_split=[split]), make_labels(), spec).reasons

    assert any(reason == "Best use of a budget: EUR 640 are best kept." for reason in reasons)
    spent = split.model_copy(update={"hours": 3})
    (told,) = [r for r in decide(make_value(best_split=[spent]), make_labels(), spec).reasons if "Best use" in r]
    assert told == "Best use of a budget: EUR 640 buy nothing that matters."
    part = split.model_copy(update={"hours": 0.3, "gain": Interval(estimate=0.005, low=0, high=0.01)})
    (told,) = [r for r in decide(make_value(best_split=[part]), make_labels(), spec).reasons if "Best use" in r]
    assert told.endswith("EUR 640 on 0.3 hours of cleaning, the rest is best kept.")


def test_an_exchange_rate_that_nobody_measured_is_not_called_measured(make_value, make_labels, spec):
    """A formula is called one, and rows that gain nothing are worth no number of labels."""
    value = make_value()
    by_formula = value.model_copy(update={"is_exchange_rate_measured": False})
    endless = value.model_copy(update={"exchange_rate": Interval(estimate=value.n_train, low=9, high=value.n_train)})

    (told,) = [r for r in decide(by_formula, make_labels(), spec).reasons if "new rows" in r]
    assert "by a formula: too few of the listed labels are wrong to measure it" in told
    sloppy = by_formula.model_copy(update={"cleaning": value.cleaning.model_copy(update={"reviewer_accuracy": 0.1})})
    (told,) = [r for r in decide(sloppy, make_labels(), spec).reasons if "new rows" in r]
    assert "by a formula: reviewers repair too few of the listed labels to measure it" in told
    assert any(
        r == "New rows gain next to nothing here, so one fixed label is worth more of them than there are."
        for r in decide(endless, make_labels(), spec).reasons
    )


def test_every_assumption_is_printed(make_value, make_labels, make_spec):
    """Figures that nobody gave are marked as assumed; figures that were given are not."""
    assumed = decide(make_value(), make_labels(), make_spec(cleaning={}, collecting={"rows_per_day": 500})).assumptions

    assert assumed[:4] == [
        (
            "An hour of cleaning is 60 labels (assumed; set cleaning.labels_per_hour) and costs EUR 40 (assumed; set "
            "cleaning.cost_per_hour)."
        ),
        "A day of collecting is 500 labelled rows and costs EUR 600 (assumed; set collecting.cost_per_day).",
        "A reviewer is right 95 % of the time (assumed; set cleaning.reviewer_accuracy).",
        "Collecting needs no set-up (assumed; set collecting.setup_cost).",
    ]
    for told in ("as many wrong labels as today's", "labels are themselves partly wrong", "order of the worklist"):
        assert any(told in text for text in assumed)
    given = make_spec(smallest_gain=0.002)
    assert "assumed" not in " ".join(decide(make_value(), make_labels(), given).assumptions)


@pytest.mark.parametrize(
    ("metric", "gains", "told"),
    [
        ("accuracy", (0.0031, 0.0008), ["+0.31", "+0.08"]),
        ("accuracy", (0.00004, 0.0), ["+0.004", "0"]),
        ("accuracy", (0.000004, 0.0008), ["less than 0.01", "+0.08"]),
        ("accuracy", (0.000004, 0.0000001), ["less than 0.001", "less than 0.001"]),
        ("accuracy", (-0.0012, 0.12), ["−0.12", "+12.00"]),
        ("roc_auc", (0.0, 0.0), ["0", "0"]),
        ("roc_auc", (-0.000004, 0.0), ["about 0", "0"]),
        ("r2", (0.02, 0.004), ["+2.00", "+0.40"]),
        ("neg_mean_absolute_error", (1234.5, 210.4), ["1,234", "210"]),
        ("neg_root_mean_squared_error", (0.0031, 0.00021), ["0.0031", "0.0002"]),
    ],
)
def test_gains_are_written_so_that_small_ones_are_seen(metric, gains, told):
    """Points for metrics up to one, units for errors, and never a gain that reads as zero and is none."""
    assert write_gains(metric, *gains) == told


def test_ends_of_intervals_are_as_fine_as_their_estimates():
    """The end of an interval may read as zero, and has the decimals of the gain itself."""
    told = write_gains("accuracy", -0.000003, 0.0006, 0.0002561, like=(0.00021, 0.000093))

    assert told == ["0", "+0.060", "+0.026"]


def test_units_money_time_and_shares_are_plain():
    """Words for units, amounts, spans of work and shares."""
    assert name_unit("f1_macro") == "points of macro F1"
    assert name_unit("neg_log_loss") == "less log loss"


@pytest.mark.parametrize(
    ("metric", "day", "told"),
    [
        ("neg_log_loss", 0.002, "is worth 0.003 less log loss; one day of collecting (500 rows) 0.002 less."),
        ("neg_log_loss", -0.002, "is worth 0.003 less log loss; one day of collecting (500 rows) 0.002 more."),
        ("accuracy", -0.002, "is worth +0.31 points of accuracy; one day of collecting (500 rows) −0.20."),
    ],
)
def test_errors_that_grow_are_said_to_be_more(make_value, judge, metric, day, told):
    """A loss of an error metric is no negative "less"."""
    value = make_value((0.0031, 0.001, 0.005), (day, day - 0.001, day + 0.001), metric=metric)

    assert told in judge(value).sentence


def test_losses_are_counted_in_the_metric(make_value, make_labels, spec):
    """Of errors there is nothing less in a loss."""
    plan = ReviewPlan(
        n_reviews=100, n_random=60, hours=1.1, cost=44, p_settles=0.01, is_expected=False, gain=0.0, most_reviews=600,
        is_worthwhile=False,
    )  # fmt: skip
    value = make_value(metric="neg_log_loss", p_cleaning_beats_collecting=0.6, review=plan, expected_regret=0.004)

    assert "at an expected loss of 0.004 of log loss" in decide(value, make_labels(), spec).sentence
    assert [money(x, "EUR") for x in (0, 44.444, 1140.2)] == ["EUR 0", "EUR 44.44", "EUR 1,140"]
    assert [duration(x) for x in (0.001, 1.1, 400 / 60, 6, 9.97, 11.8, 160)] == [
        "1 minute",
        "66 minutes",
        "6.7 hours",
        "6 hours",
        "10 hours",
        "12 hours",
        "160 hours (4 weeks of work)",
    ]
    assert [percent(x) for x in (0, 0.004, 0.5, 0.997, 1)] == ["0 %", "under 1 %", "50 %", "over 99 %", "100 %"]
    assert [plural(x, "row") for x in (1, 2, 0.5, 1500)] == ["1 row", "2 rows", "0.5 rows", "1,500 rows"]
    assert [plural(x, "row") for x in (0, 0.04, 0.0012, 0.096)] == ["0 rows", "0.04 rows", "0.0012 rows", "0.096 rows"]


@pytest.mark.parametrize(
    ("p_settles", "p_cleaning", "told"),
    [
        (
            0.3,
            0.6,
            (
                "review 20 labels first (13 minutes, EUR 8.89; answers are worth about EUR 6.10 to this choice, "
                "repairs about EUR 4); that settles it with roughly 30 % only"
            ),
        ),
        (0.02, 0.6, "likely to settle it. If it has to be one, cleaning looks a little better"),
        (
            0.12,
            0.7475,
            (
                "(74.7 % that cleaning gains more), and 20 reviews for EUR 9 are not worth it: answers are worth about "
                "EUR 6.10 to this choice, repairs about EUR 4. If it has to be one, cleaning looks a little better"
            ),
        ),
    ],
)
def test_reviews_that_are_not_worth_their_cost_are_not_advised(make_value, judge, p_settles, p_cleaning, told):
    """Then the side that looks better is named, and what choosing it is expected to lose."""
    sizes = {"n_reviews": 20, "n_random": 12, "most_reviews": 500}
    plan = ReviewPlan(
        **sizes, hours=0.2, cost=9.0, p_settles=p_settles, is_expected=False, gain=0.0, is_worthwhile=p_settles == 0.3,
        answers_worth=6.123, repairs_worth=4.0,
    )  # fmt: skip
    sentence = judge(make_value(p_cleaning_beats_collecting=p_cleaning, review=plan)).sentence

    assert told in sentence
    assert ("review 20 labels first" in sentence) != ("at an expected loss of" in sentence)


@pytest.mark.parametrize(("day", "side"), [(0.0008, "cleaning"), (0.0031, "cleaning"), (0.0040, "collecting")])
@pytest.mark.parametrize("p_cleaning", [0.4, 0.6])
def test_near_a_tie_the_larger_expected_gain_looks_better_and_not_the_likelier_side(
    make_value, judge, p_cleaning, day, side
):
    """A side that gains a little often may gain less than one that gains much at times."""
    sizes = {"n_reviews": 20, "n_random": 12, "most_reviews": 500, "hours": 0.2, "cost": 9.0}
    plan = ReviewPlan(**sizes, p_settles=0.0, is_expected=False, gain=0.0, is_worthwhile=False)
    value = make_value(day=(day, 0.0, 0.01), p_cleaning_beats_collecting=p_cleaning, review=plan)

    assert f"If it has to be one, {side} looks a little better" in judge(value).sentence


@pytest.mark.parametrize(
    ("is_likely", "hour", "day", "told"),
    [(0.4, 0.03, 0.01, True), (0.6, 0.01, 0.03, False), (0.75, 0.01, 0.03, True), (0.25, 0.03, 0.01, False)],
)
def test_only_a_side_that_is_surely_likelier_is_better_whatever_it_gains(is_likely, hour, day, told):
    """The verdict is by probability from 75 % on, and what it is expected to lose is that of the same choice."""
    assert prefers_cleaning(is_likely, hour, day) is told


@pytest.mark.parametrize(
    ("p", "told"),
    [(0.7499, "74.9 %"), (0.7475, "74.7 %"), (0.2501, "25.1 %"), (0.75, "75 %"), (0.25, "25 %"), (0.6, "60 %")],
)
def test_a_chance_that_is_not_sure_is_never_rounded_to_one_that_is(p, told):
    """Between 25 and 75 % nothing reads as either."""
    assert chance_of(p) == told


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ((40, 600, 0, 0.0002), ", which costs only EUR 2.58 to gain otherwise."),
        # The set-up is part of what rows cost, also where days are free.
        ((40, 0, 5000, 0.004), ", which would cost EUR 51.61 to gain otherwise."),
        ((4000, 0, 5000, 0.0062), ", which would cost EUR 5,000 to gain otherwise."),
        ((40, 0, 0, 0.0002), ", which costs only EUR 2.58 to gain by cleaning (collecting costs nothing)."),
        ((0, 600, 0, 0.0002), ", which would cost EUR 150 to gain by collecting (cleaning costs nothing)."),
        ((0, 0, 0, 0.0002), " is worth 0.02 points of balanced accuracy."),
        ((40, 600, 0, 0.0), " is worth 0 points of balanced accuracy."),
        ((40, 600, 0, 1e-7), ", which costs less than EUR 0.01 to gain otherwise."),
    ],
)
def test_no_review_is_held_against_a_price_of_nothing(make_value, make_labels, make_spec, case, told):
    """As much as the truth is worth is priced with the set-up, and by the side that costs something."""
    per_hour, per_day, setup, evpi = case
    spec = make_spec(
        cleaning={"labels_per_hour": 90, "cost_per_hour": per_hour},
        collecting={"rows_per_day": 500, "cost_per_day": per_day, "setup_cost": setup},
    )
    value = make_value(p_cleaning_beats_collecting=0.5, evpi=evpi)
    reasons = decide(value, make_labels(), spec).reasons

    assert reasons[1].endswith(told)
    assert "EUR 0 to gain" not in reasons[1]


@pytest.mark.parametrize(("n_reviews", "is_told"), [(0, False), (100, True)])
def test_what_held_out_labels_count_for_is_said(make_value, make_labels, spec, n_reviews, is_told):
    """As far as they are believed; reviewed ones as reviewers have said, where there are any."""
    (told,) = [
        text
        for text in decide(make_value(), make_labels(n_reviews=n_reviews), spec).assumptions
        if text.startswith("Held-out labels are themselves partly wrong")
    ]

    assert "as far as it is believed to be true" in told
    assert ("those that were reviewed as reviewers have said" in told) == is_told


@pytest.fixture
def judge(make_labels, spec):
    """Decide on a value with the usual labels and definition."""
    return lambda value: decide(value, make_labels(), spec)
