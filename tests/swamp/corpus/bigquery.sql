-- uses: orders.total orders.id orders.status
SELECT * EXCEPT (status) FROM (SELECT id, total, status FROM `shop.prod.orders`) WHERE status = 'x';

-- uses: orders.total orders.id orders.status
SELECT * REPLACE (total * 2 AS total) FROM (SELECT id, total, status FROM orders);

-- uses: products.id products.tags
SELECT p.id, tag FROM products AS p, UNNEST(SPLIT(p.tags, ',')) AS tag WITH OFFSET pos;

-- uses: events.happened_at events.kind
SELECT TIMESTAMP_TRUNC(happened_at, DAY) AS day, COUNTIF(kind = 'x') FROM events GROUP BY day;

-- uses: customers.name orders.customer_id customers.id orders.total
SELECT c.name, ARRAY_AGG(STRUCT(o.total) ORDER BY o.total LIMIT 1)[OFFSET(0)].total FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.name;

-- uses: order_items.order_id order_items.line_no returns.order_id returns.line_no returns.refund
SELECT refund FROM order_items JOIN returns USING (order_id, line_no);

-- uses: order_items.order_id returns.order_id
SELECT COUNT(*) FROM order_items FULL JOIN returns USING (order_id);

-- uses: payments.method payments.amount
SELECT method, APPROX_QUANTILES(amount, 4) FROM payments GROUP BY 1;

-- uses: stores.opened_on stores.id
SELECT id, EXTRACT(YEAR FROM opened_on) AS year FROM stores QUALIFY ROW_NUMBER() OVER (ORDER BY year) < 3;

-- uses: employees.full_name employees.boss_id employees.id
SELECT e.full_name, b.full_name FROM employees e JOIN employees b ON e.boss_id = b.id;

-- uses: employees.salary
EXPORT DATA OPTIONS (uri = 'gs://x/*.csv') AS SELECT salary FROM employees;

-- uses: customers.country customers.id
WITH a AS (SELECT * FROM customers), b AS (SELECT * FROM a), c AS (SELECT * FROM b) SELECT country, COUNT(id) FROM c GROUP BY country;
