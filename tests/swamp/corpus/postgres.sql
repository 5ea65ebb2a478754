-- uses: orders.total orders.status
SELECT sum(total) FROM orders WHERE status = 'paid';

-- uses: customers.id customers.name
WITH x AS (SELECT * FROM customers) SELECT id, name FROM x;

-- uses: customers.id
WITH x AS (SELECT id, email FROM customers) SELECT id FROM x;

-- uses: customers.id customers.email
WITH x AS (SELECT id, email FROM customers) SELECT * FROM x;

-- uses: customers.city
-- starred: customers.id customers.name customers.email customers.country customers.created_at customers.referrer_id customers.vip
SELECT * FROM customers WHERE city = 'Oslo';

-- uses: customers.id orders.customer_id orders.total customers.name
SELECT c.name, (SELECT max(o.total) FROM orders o WHERE o.customer_id = c.id) AS best FROM customers c;

-- uses: customers.id orders.customer_id orders.id order_items.order_id order_items.product_id products.id products.cost customers.vip
SELECT count(*) FROM customers c
WHERE vip AND EXISTS (
  SELECT * FROM orders o WHERE o.customer_id = c.id AND EXISTS (
    SELECT 1 FROM order_items i JOIN products p ON p.id = i.product_id
    WHERE i.order_id = o.id AND p.cost > 10 AND c.id > 0));

-- uses: orders.id payments.order_id payments.amount
SELECT o.id, p.amount FROM orders o LEFT JOIN LATERAL (
  SELECT amount FROM payments WHERE order_id = o.id ORDER BY amount DESC LIMIT 1) p ON true;

-- uses: order_items.quantity order_items.price order_items.order_id
SELECT order_id, sum(quantity * price) AS worth FROM order_items GROUP BY order_id HAVING sum(quantity * price) > 5 ORDER BY worth DESC;

-- uses: customers.country customers.id
SELECT country AS land, count(id) FROM customers GROUP BY land ORDER BY 2;

-- uses: categories.id categories.parent_id categories.label
WITH RECURSIVE tree AS (
  SELECT id, label, sort_key FROM categories WHERE parent_id IS NULL
  UNION ALL
  SELECT c.id, c.label, c.sort_key FROM categories c JOIN tree t ON c.parent_id = t.id)
SELECT label FROM tree;

-- uses: orders.customer_id orders.total orders.ordered_at
SELECT DISTINCT ON (customer_id) total FROM orders ORDER BY customer_id, ordered_at DESC;

-- uses: employees.full_name employees.salary employees.store_id employees.hired_on
SELECT full_name, rank() OVER w, avg(salary) FILTER (WHERE hired_on > '2020-01-01') OVER w
FROM employees WINDOW w AS (PARTITION BY store_id ORDER BY salary DESC);

-- uses: orders.id payments.order_id payments.method
SELECT method FROM orders JOIN payments ON payments.order_id = orders.id;

-- uses: stores.city customers.city stores.region
SELECT region FROM stores WHERE city IN (SELECT city FROM customers);

-- uses: payments.reference payments.id
UPDATE payments SET amount = 0 WHERE reference = 'x' AND id > 7;

-- uses: employees.store_id stores.id stores.region employees.salary
UPDATE employees e SET salary = e.salary * 1.1 FROM stores s WHERE e.store_id = s.id AND s.region = 'north';

-- uses: events.happened_at
DELETE FROM events WHERE happened_at < now() - interval '1 year';

-- uses: returns.order_id orders.id orders.coupon
DELETE FROM returns r USING orders o WHERE r.order_id = o.id AND o.coupon = 'NO';

-- uses:
INSERT INTO categories (id, label) VALUES (1, 'a');

-- uses: products.id products.title products.discontinued
INSERT INTO product_archive (id, title) SELECT id, title FROM products WHERE discontinued;

-- uses: products.id products.list_price
INSERT INTO prices (product, price) SELECT id, list_price FROM products ON CONFLICT (product) DO UPDATE SET price = excluded.price;

-- uses: events.kind
WITH gone AS (DELETE FROM events WHERE kind = 'ping' RETURNING *) SELECT count(*) FROM gone;

-- uses: customers.email customers.vip
COPY (SELECT email FROM customers WHERE vip) TO '/tmp/x.csv';

-- uses: orders.note
CREATE TEMP TABLE notes AS SELECT note, coupon FROM orders; SELECT note FROM notes;

-- uses: products.tags
SELECT t.tag FROM products p, unnest(string_to_array(p.tags, ',')) AS t(tag);

-- uses: products.attrs
SELECT attrs ->> 'color' FROM products;

-- uses: orders.status orders.store_id
-- starred: orders.id orders.customer_id orders.ordered_at orders.total orders.coupon orders.note
SELECT o.*, CASE WHEN o.status = 'x' THEN 1 END FROM orders o ORDER BY o.store_id;

-- uses: customers.id
-- starred: customers.name customers.email customers.city customers.country customers.created_at customers.referrer_id customers.vip
SELECT to_json(c) FROM customers c WHERE c.id = 3;
