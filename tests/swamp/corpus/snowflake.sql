-- uses: orders.customer_id orders.ordered_at orders.total
SELECT total FROM orders QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at) = 1;

-- uses: events.payload events.id
SELECT e.id, e.payload:user.name::string FROM events e;

-- uses: products.tags products.id
SELECT p.id, f.value FROM products p, LATERAL FLATTEN(input => parse_json(p.tags)) f;

-- uses: orders.total orders.status orders.store_id
SELECT * FROM (SELECT total, status, store_id FROM orders) PIVOT (sum(total) FOR status IN ('a', 'b')) AS p;

-- uses: orders.total
-- starred: orders.id orders.customer_id orders.ordered_at orders.status orders.coupon orders.store_id
SELECT * EXCLUDE (note) FROM orders WHERE total > 5;

-- uses: customers.id orders.customer_id orders.total customers.name
MERGE INTO best_customers b USING (
  SELECT c.id, c.name, max(o.total) AS best FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id, c.name) s
ON b.id = s.id WHEN MATCHED AND b.best < s.best THEN UPDATE SET best = s.best
WHEN NOT MATCHED THEN INSERT (id, name, best) VALUES (s.id, s.name, s.best);

-- uses: stores.id stores.region stores.city
CREATE TABLE region_stores AS SELECT id, region, city FROM stores;

-- uses: stores.region
CREATE TABLE region_stores AS SELECT id, region, city FROM stores; SELECT region FROM region_stores;

-- uses: payments.amount
CREATE VIEW paid AS SELECT id, amount, method FROM payments; SELECT sum(amount) FROM paid;

-- uses: payments.amount payments.paid_at
CREATE VIEW recent AS SELECT * FROM payments WHERE paid_at > '2024-01-01';
CREATE VIEW large AS SELECT * FROM recent WHERE amount > 100;
SELECT count(*) FROM large;

-- uses: returns.refund
CREATE VIEW unread AS SELECT reason, returned_at FROM returns WHERE line_no > 1; SELECT refund FROM returns;

-- uses: orders.ordered_at orders.total
SELECT date_trunc(month, ordered_at) AS month, sum(total) FROM orders GROUP BY month;

-- uses: employees.hired_on
SELECT datediff(year, hired_on, current_date) FROM employees;

-- uses: orders.id
SELECT "ID" FROM "SHOP"."PUBLIC"."ORDERS";

-- uses: customers.country customers.city
SELECT country, city FROM customers UNION SELECT 'x', 'y';

-- uses: customers.id employees.id
SELECT id FROM (SELECT * FROM customers UNION ALL SELECT id, full_name, 'x', 'y', 'z', hired_on, boss_id, true FROM employees) u;

-- uses: customers.vip
COPY INTO @stage FROM (SELECT vip FROM customers);
