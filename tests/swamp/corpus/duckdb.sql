-- uses: customers.city customers.id
FROM customers SELECT city WHERE id > 3;

-- uses: customers.id orders.customer_id
SELECT 1 FROM customers c SEMI JOIN orders o ON o.customer_id = c.id;

-- uses: returns.order_id returns.line_no order_items.order_id order_items.line_no order_items.price
SELECT price FROM order_items NATURAL JOIN (SELECT order_id, line_no FROM returns);

-- uses: products.list_price
SELECT list_transform([list_price], cost -> cost + 1) FROM products;

-- uses: customers.name customers.country
SELECT upper(name) AS shout FROM customers GROUP BY ALL HAVING any_value(country) = 'x' ORDER BY shout;

-- uses: orders.total orders.store_id stores.id stores.city
SELECT s.city, t.total FROM stores s JOIN (SELECT store_id, sum(total) AS total FROM orders GROUP BY store_id) t ON t.store_id = s.id;

-- uses: employees.id employees.boss_id
SELECT id FROM employees WHERE boss_id NOT IN (SELECT id FROM employees);

-- uses: categories.label categories.sort_key
SELECT label FROM categories ORDER BY sort_key LIMIT 3;

-- uses: orders.id orders.customer_id
SELECT count(*) FROM (SELECT DISTINCT id, customer_id FROM orders);

-- uses: orders.id payments.order_id
SELECT id FROM orders EXCEPT SELECT order_id FROM payments;

-- uses: events.kind events.session
SELECT {'k': kind, 's': session}.k FROM events;

-- uses: stores.opened_on
SELECT v FROM (VALUES (1), (2)) t(v) WHERE v > (SELECT min(year(opened_on)) FROM stores);

-- uses: customers.referrer_id customers.id customers.name
SELECT a.name FROM customers a, customers b WHERE a.referrer_id = b.id;

-- uses: payments.method payments.amount
SELECT method m, sum(amount) s FROM payments GROUP BY m HAVING s > 10 ORDER BY s;

-- uses: customers.email customers.created_at
CREATE TABLE mails AS SELECT email, created_at FROM customers; CREATE TABLE days AS SELECT email, created_at::date AS day FROM mails;

-- uses: customers.email
CREATE TABLE mails AS SELECT email, created_at FROM customers; CREATE TABLE days AS SELECT email FROM mails;
