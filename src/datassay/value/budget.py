"""What money buys: prices, the same money on each side, and when cleaning has done its part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datassay.results import SURE, Interval
from datassay.spec import CleaningSpec, CollectingSpec
from datassay.value.collecting import MAX_GROWTH
from datassay.value.grid import Floats
from datassay.value.uncertainty import Draws

WEEK, MONTH = 5, 20
#: Points at which reviewing may stop short of what the money buys.
N_STOPS = 20
#: Points at which the gain of one more hour is looked at.
N_HOURS = 200


@dataclass(frozen=True)
class Prices:
    """What the two actions cost and how far each can be taken."""

    cleaning: CleaningSpec
    collecting: CollectingSpec
    #: Length of the worklist.
    n_worklist: int
    #: Rows today.
    n_now: int

    @property
    def most_labels(self) -> float:
        """Return the largest number of labels that can be reviewed."""
        return float(self.n_worklist)

    @property
    def most_rows(self) -> float:
        """Return the largest number of new rows to which the curves are followed."""
        return (MAX_GROWTH - 1) * self.n_now

    @property
    def labels_per_hour(self) -> float:
        """Return one hour's labels, at most the worklist."""
        return min(self.cleaning.labels_per_hour, self.most_labels)

    @property
    def rows_per_day(self) -> float:
        """Return one day's rows, at most what the curves are followed to."""
        return min(self.collecting.rows_per_day, self.most_rows)

    def fill_up(self, hour: float, day: float) -> tuple[float, float]:
        """Return what a whole hour and day, which are paid for, would gain where the list or the table cuts them."""
        share = self.labels_per_hour / self.cleaning.labels_per_hour
        return hour / (share or 1.0), day / (self.rows_per_day / self.collecting.rows_per_day or 1.0)

    def labels_for(self, cost: Floats) -> Floats:
        """Return the labels that `cost` pays for; where an hour is free, the whole worklist."""
        per_label = self.cleaning.cost_per_hour / self.cleaning.labels_per_hour
        labels = cost / per_label if per_label > 0 else np.full_like(cost, np.inf)
        return np.minimum(labels, self.most_labels)

    def rows_for(self, cost: Floats) -> Floats:
        """Return the rows that `cost` pays for after the set-up; where a day is free, as many as are looked at."""
        per_row = self.collecting.cost_per_day / self.collecting.rows_per_day
        left = cost - self.collecting.setup_cost
        rows = left / per_row if per_row > 0 else np.where(left >= 0, np.inf, 0.0)
        return np.clip(rows, 0, self.most_rows)

    def cost_of(self, labels: Floats, rows: Floats) -> Floats:
        """Return what `labels` and `rows` cost together, both (P,); the first row pays the set-up."""
        hours, days = labels / self.cleaning.labels_per_hour, rows / self.collecting.rows_per_day
        cost: Floats = hours * self.cleaning.cost_per_hour + days * self.collecting.cost_per_day
        return cost + np.where(rows > 0, self.collecting.setup_cost, 0.0)


def to_interval(draws: Floats) -> Interval:
    """Return mean and 80 % interval of draws; the interval always holds the mean."""
    # Summed alike whether it is a column of many or stands alone, so that the same gain is told everywhere.
    draws = np.ascontiguousarray(draws)
    low, high = np.quantile(draws, [0.1, 0.9])
    mean = draws.mean()
    return Interval(estimate=float(mean), low=float(min(low, mean)), high=float(max(high, mean)))


def compare(cleaning: Floats, collecting: Floats) -> float:
    """Return the probability that `cleaning` gains more than `collecting`, draw by draw; ties count half."""
    return float((cleaning > collecting).mean() + 0.5 * (cleaning == collecting).mean())


def find_deepest(draws: Draws, prices: Prices, *, is_harmful: bool = False) -> float:
    """Return how many labels are reviewed at most: none where an hour is expected to leave more wrong than it finds.

    A few at the head of the list may still be worth it, but where cleaning is said to harm none is bought.
    `is_harmful` says so whatever the draws say.
    """
    hour = prices.labels_per_hour
    spoiled = (1 - prices.cleaning.reviewer_accuracy) * hour
    if is_harmful or draws.fixed.wrong(np.array([hour])).mean() < spoiled:
        return 0.0
    return draws.fixed.deepest()


def lose(hour: Floats, day: Floats, chosen: float) -> float:
    """Return the expected gain of always taking the better of the two, less `chosen`."""
    return float(max(np.maximum(hour, day).mean() - chosen, 0.0))


def prefers_cleaning(is_likely: float, hour: float, day: float) -> bool:
    """Return whether cleaning is the better choice: the surely likelier one, or, near a tie, the larger expected gain.

    `is_likely` is P(an hour gains more than a day), `hour` and `day` are what they are expected to gain. The likelier
    side of a close call may gain a little often where the other one gains much at times.
    """
    if is_likely >= SURE or is_likely <= 1 - SURE:
        return is_likely >= SURE
    return hour >= day


def compare_per_cost(draws: Draws, prices: Prices, *, is_harmful: bool = False) -> float:
    """Return the probability that the same money gains more in cleaning.

    The money is that of one day of collecting with its set-up, or of one hour of cleaning where that is more. As in
    `split_best`, nobody reviews on where that adds errors or gains less than stopping before.
    """
    day = prices.collecting.cost_per_day + prices.collecting.setup_cost
    money = np.array([max(day, prices.cleaning.cost_per_hour)])
    none = np.zeros(1)
    if money[0] == 0:
        # Nothing costs anything: what is left to compare is one hour with one day.
        labels, rows = np.array([prices.labels_per_hour]), np.array([prices.rows_per_day])
    else:
        most = np.minimum(prices.labels_for(money), find_deepest(draws, prices, is_harmful=is_harmful))
        stops = most * np.linspace(1, 0, N_STOPS, endpoint=False)
        best = int(draws.gain(stops, np.zeros(N_STOPS)).mean(axis=0).argmax())
        labels, rows = stops[[best]], prices.rows_for(money)
    return compare(draws.gain(labels, none)[:, 0], draws.gain(none, rows)[:, 0])


def price_gain(
    gain: float, cleaning: CleaningSpec, collecting: CollectingSpec, *, hour: float, day: float
) -> float | None:
    """Return what `gain` costs on the cheaper side, at today's price; None where no money buys any.

    `hour` and `day` are the gains of one each, filled up. Rows cost their set-up besides. A side that costs nothing has
    no price: it is taken as far as it goes whatever else is bought, and money buys no more of it.
    """
    if gain <= 0:
        return 0.0
    sides = (
        (0.0, cleaning.cost_per_hour, hour),
        (collecting.setup_cost, collecting.cost_per_day, day),
    )
    prices = [once + gain * cost / sold for once, cost, sold in sides if sold > 0 and once + cost > 0]
    return min(prices, default=None)


def choose_budgets(prices: Prices) -> list[float]:
    """Return three sums: one hour and one day together, a week and a month of the dearer side; none if all is free."""
    cleaning, collecting = prices.cleaning, prices.collecting
    one = cleaning.cost_per_hour + collecting.cost_per_day + collecting.setup_cost
    # A working day has eight hours.
    day = max(collecting.cost_per_day, 8 * cleaning.cost_per_hour)
    if one <= 0:
        return []
    more = [days * day + collecting.setup_cost for days in (WEEK, MONTH)]
    return sorted({one, *(sum_ for sum_ in more if sum_ > one)})


def find_break_even(draws: Draws, prices: Prices) -> float | None:
    """Return the hours of cleaning after which one more gains less than one day of collecting; None where never.

    0 where already the first hour gains less.
    """
    none = np.zeros(1)
    day = draws.gain(none, np.array([prices.rows_per_day])).mean()
    n_hours = prices.most_labels / prices.cleaning.labels_per_hour
    if n_hours <= 1:
        hours = none
    else:
        hours = np.concatenate([none, np.geomspace(min(1.0, (n_hours - 1) / 2), n_hours - 1, N_HOURS)])
    labels = hours * prices.cleaning.labels_per_hour
    after = np.minimum(labels + prices.cleaning.labels_per_hour, prices.most_labels)
    zeros = np.zeros_like(hours)
    more = (draws.gain(after, zeros) - draws.gain(labels, zeros)).mean(axis=0) - day
    if more[0] < 0:
        return 0.0
    below = np.flatnonzero(more < 0)
    if not len(below):
        return None
    i = int(below[0])
    share = more[i - 1] / (more[i - 1] - more[i])
    return float(hours[i - 1] + share * (hours[i] - hours[i - 1]))
