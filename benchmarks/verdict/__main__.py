"""The verdict benchmark: `python -m benchmarks.verdict --report`.

`--estimate` asks datassay about every case and really does both, `--oracle` compares orders of review, `--signs` and
`--learn` choose weights on one half, `--reviews` shows what reviews teach of the noise rate, `--ceiling` how well days
and hours can be foreseen at all, `--more` what more reviews would decide, `--shares` what days of chosen classes bring,
`--numbers` and `--metrics` ask about numbers and other metrics, `--precision` counts what people found wrong,
`--chance` tables of pure noise that get figures, `--votes` what several annotators show, `--settled` whether reviews
settle as often as is told, `--units` how often cleaning truly wins by length of day, `--audited` how differences
between models are measured, `--constants` what one constant changes, `--report` prints the tables from what is
committed, `--targets` the project's goals beside them. With `--committed` those of `--metrics`, `--numbers`, `--shares`
and `--more` are printed from what is committed too.
"""

from __future__ import annotations

import argparse

from benchmarks.verdict import (
    ask,
    audited,
    ceiling,
    chance,
    constants,
    far,
    heard,
    hours,
    learn,
    more,
    number_tables,
    numbers,
    others,
    precision,
    rare,
    settled,
    shares,
    signs,
    tables,
    targets,
    truth,
    units,
    votes,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdict", description=__doc__)
    parser.add_argument("--oracle", action="store_true", help="really review in several orders (half an hour)")
    parser.add_argument("--signs", action="store_true", help="choose what tells noise from doubt")
    parser.add_argument("--reviews", action="store_true", help="what reviews teach of the noise rate")
    parser.add_argument(
        "--tables", type=int, default=400, help="tables of --signs and --reviews (default: %(default)s)"
    )
    parser.add_argument("--learn", action="store_true", help="choose weights on the choosing half")
    parser.add_argument("--lesson-draws", type=int, default=1, help="tables of every lesson (default: %(default)s)")
    parser.add_argument("--ceiling", action="store_true", help="how well days and hours can be foreseen at all")
    parser.add_argument("--metrics", action="store_true", help="the same for rankings, F1 and log loss")
    parser.add_argument("--numbers", action="store_true", help="the same for numbers: ask, and really do it")
    parser.add_argument("--precision", action="store_true", help="precision on labels that people reviewed")
    parser.add_argument("--settled", action="store_true", help="whether reviews settle as often as is told")
    parser.add_argument("--audited", action="store_true", help="how differences are measured on labels partly wrong")
    parser.add_argument("--chance", action="store_true", help="how often a table of pure noise gets figures")
    parser.add_argument("--shares", action="store_true", help="days of chosen classes: told, and really collected")
    parser.add_argument("--far", action="store_true", help="many hours: reviews far down the list (20 minutes)")
    parser.add_argument("--rare", action="store_true", help="orders of review where a class is rare")
    parser.add_argument("--votes", action="store_true", help="what votes of several annotators show")
    parser.add_argument("--more", action="store_true", help="decisions with more reviews, and with a side known")
    parser.add_argument("--constants", action="store_true", help="what each constant does (half an hour)")
    parser.add_argument("--units", action="store_true", help="how often cleaning truly wins, by length of day")
    parser.add_argument(
        "--estimate", action="store_true", help="ask datassay about every case, and really do it (half an hour)"
    )
    parser.add_argument("--report", action="store_true", help="print the tables from what is committed")
    parser.add_argument(
        "--committed", action="store_true", help="--metrics, --numbers, --shares and --more ask nothing, only print"
    )
    parser.add_argument("--targets", action="store_true", help="print goals beside what is reached")
    parser.add_argument("--draws", type=int, default=20, help="draws of the oracle (default: %(default)s)")
    parser.add_argument("--half", choices=("choosing", "frozen"), help="only this half")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: %(default)s)")
    options = parser.parse_args()
    halves = [options.half] if options.half else ["choosing", "frozen"]
    if options.oracle:
        for half in halves:
            truth.run_oracle(half, options.draws, options.jobs)
        truth.write_table()
    if options.signs:
        signs.report_signs(options.tables, options.jobs)
    if options.reviews:
        heard.report_rates(options.tables, options.jobs)
    if options.learn:
        learn.run_lessons(options.jobs, options.lesson_draws)
        learn.report_weights(options.lesson_draws)
        learn.report_forms(options.lesson_draws)
    if options.ceiling:
        ceiling.run_curves(options.jobs)
        ceiling.report_ceiling()
        print()
        hours.run_hours(options.jobs)
        hours.report_hours()
    if options.more:
        if not options.committed:
            more.run_more(options.jobs)
        more.report_more()
    if options.metrics:
        if not options.committed:
            others.run_others(halves, options.jobs)
        others.report_others()
    if options.numbers:
        if not options.committed:
            numbers.run_numbers(options.jobs)
        number_tables.report_numbers()
    if options.precision:
        precision.report_precision()
    if options.far:
        for half in halves:
            far.report_depths(half, options.jobs)
    if options.rare:
        rare.report_rare(options.jobs)
    if options.votes:
        votes.report_votes(options.jobs)
    if options.settled:
        settled.report_settled(halves, options.jobs)
    if options.audited:
        audited.report_audited(options.jobs)
    if options.chance:
        chance.report_chance(options.jobs)
    if options.shares:
        if not options.committed:
            shares.run_shares(halves, options.jobs)
        shares.report_shares()
    if options.constants:
        constants.run_constants(options.jobs)
        constants.report_constants()
    if options.units:
        for half in halves:
            units.report_units(half, options.jobs)
    if options.estimate:
        for half in halves:
            ask.run_estimates(half, options.jobs)
    if options.report:
        for half in halves:
            print(tables.report(half))
    if options.targets:
        for half in halves:
            targets.report_targets(half)


if __name__ == "__main__":
    main()
