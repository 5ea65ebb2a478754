-- uses: orders.total orders.id
SELECT TOP 10 [id], [total] FROM [dbo].[orders];

-- uses: customers.id customers.name orders.customer_id orders.total
SELECT c.name, z.total FROM customers c CROSS APPLY (SELECT TOP 1 o.total FROM orders o WHERE o.customer_id = c.id) z;

-- uses: stores.region
SELECT region, city INTO #s FROM stores; SELECT region FROM #s;

-- uses: employees.store_id stores.id employees.salary
UPDATE e SET e.hired_on = GETDATE() FROM employees e JOIN stores s ON s.id = e.store_id WHERE e.salary > 5;

-- uses: products.category_id categories.id categories.label products.title
SELECT p.title, c.label FROM products p INNER JOIN categories c ON c.id = p.category_id;

-- uses: events.session events.customer_id
SELECT session, COUNT(DISTINCT customer_id) FROM events GROUP BY session;

-- uses: payments.paid_at payments.amount
SELECT amount FROM payments WHERE DATEDIFF(day, paid_at, GETDATE()) < 3;

-- uses: orders.status orders.id
SELECT status, STRING_AGG(id, ',') WITHIN GROUP (ORDER BY id) FROM orders GROUP BY status;

-- uses: orders.ordered_at
SELECT MAX(ordered_at) FROM orders WITH (NOLOCK);
