"""A dbt project in the usual shape: direct use of the raw tables, and use that reaches a mart."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import datassay as da

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "use_jaffle_shop"
MODELS = {
    "customers": """
with customers as (select * from {{ ref('stg_customers') }}),
orders as (select * from {{ ref('stg_orders') }}),
payments as (select * from {{ ref('stg_payments') }}),
customer_orders as (
    select customer_id, min(order_date) as first_order, max(order_date) as most_recent_order,
        count(order_id) as number_of_orders
    from orders group by customer_id
),
customer_payments as (
    select orders.customer_id, sum(amount) as total_amount
    from payments left join orders on payments.order_id = orders.order_id
    group by orders.customer_id
),
final as (
    select customers.customer_id, customers.first_name, customers.last_name, customer_orders.first_order,
        customer_orders.most_recent_order, customer_orders.number_of_orders,
        customer_payments.total_amount as customer_lifetime_value
    from customers
    left join customer_orders on customers.customer_id = customer_orders.customer_id
    left join customer_payments on customers.customer_id = customer_payments.customer_id
)
select * from final
""",
    "orders": """
{% set payment_methods = ['credit_card', 'coupon', 'bank_transfer', 'gift_card'] %}
with orders as (select * from {{ ref('stg_orders') }}),
payments as (select * from {{ ref('stg_payments') }}),
order_payments as (
    select order_id,
        {% for payment_method in payment_methods -%}
        sum(case when payment_method = '{{ payment_method }}' then amount else 0 end) as {{ payment_method }}_amount,
        {% endfor -%}
        sum(amount) as total_amount
    from payments group by order_id
),
final as (
    select orders.order_id, orders.customer_id, orders.order_date, orders.status,
        {% for payment_method in payment_methods -%}
        order_payments.{{ payment_method }}_amount,
        {% endfor -%}
        order_payments.total_amount as amount
    from orders left join order_payments on orders.order_id = order_payments.order_id
)
select * from final
""",
    "stg_customers": """
with source as (
    select * from {{ ref('raw_customers') }}
),
renamed as (
    select id as customer_id, first_name, last_name from source
)
select * from renamed
""",
    "stg_orders": """
with source as (
    select * from {{ ref('raw_orders') }}
),
renamed as (
    select id as order_id, user_id as customer_id, order_date, status from source
)
select * from renamed
""",
    "stg_payments": """
with source as (
    select * from {{ ref('raw_payments') }}
),
renamed as (
    select
        id as payment_id,
        order_id,
        payment_method,
        -- `amount` is currently stored in cents, so we convert it to dollars
        amount / 100 as amount
    from source
)
select * from renamed
""",
}  # fmt: skip


@pytest.fixture
def truth() -> pl.DataFrame:
    if not (DATA / "columns.csv").is_file():
        pytest.skip("the shared data folder is not here")
    return pl.read_csv(DATA / "columns.csv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in MODELS.items():
        (tmp_path / f"{name}.sql").write_text(text, encoding="utf-8")
    return tmp_path


def test_end_to_end(folder: Path, truth: pl.DataFrame) -> None:
    """Only the payments' id reaches no mart: it is renamed in staging and read by nobody."""
    found = da.find_swamp_columns(str(DATA / "raw_*.csv"), [{"sql": "*.sql"}], root=folder)

    unused = truth.filter(~pl.col("needed_by_a_mart")).select("table", "column").rows()
    assert found.unused == unused == [("raw_payments", "id")]
    assert found.swamp.n_unknown == 0
    reason = found.columns.filter(column="id", table="raw_payments")["reason"][0]
    assert reason.startswith("only feeds what nothing reads, in stg_payments.sql")


def test_directly(folder: Path, truth: pl.DataFrame) -> None:
    """Without the marts, staging is the end, and no column is unused."""
    for mart in ("customers", "orders"):
        (folder / f"{mart}.sql").unlink()
    found = da.find_swamp_columns(str(DATA / "raw_*.csv"), [{"sql": "*.sql"}], root=folder)

    assert truth["named_by_a_model"].all()
    assert found.unused == []
    assert found.swamp.n_used == truth.height
