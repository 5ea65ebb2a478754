-- The tables of the query corpus: a chain of shops.
CREATE TABLE customers (
  id INT PRIMARY KEY, name TEXT, email TEXT, city TEXT, country TEXT, created_at TIMESTAMP, referrer_id INT, vip BOOLEAN
);
CREATE TABLE orders (
  id INT PRIMARY KEY, customer_id INT, ordered_at TIMESTAMP, status TEXT, total DECIMAL(10, 2), coupon TEXT,
  store_id INT, note TEXT
);
CREATE TABLE order_items (
  order_id INT, line_no INT, product_id INT, quantity INT, price DECIMAL(10, 2), discount DECIMAL(4, 2),
  PRIMARY KEY (order_id, line_no)
);
CREATE TABLE products (
  id INT PRIMARY KEY, title TEXT, category_id INT, list_price DECIMAL(10, 2), cost DECIMAL(10, 2), attrs TEXT,
  tags TEXT, discontinued BOOLEAN
);
CREATE TABLE categories (id INT PRIMARY KEY, parent_id INT, label TEXT, sort_key INT);
CREATE TABLE stores (id INT PRIMARY KEY, city TEXT, region TEXT, opened_on DATE, manager_id INT);
CREATE TABLE employees (
  id INT PRIMARY KEY, full_name TEXT, boss_id INT, store_id INT, salary DECIMAL(10, 2), hired_on DATE
);
CREATE TABLE payments (
  id INT PRIMARY KEY, order_id INT, method TEXT, amount DECIMAL(10, 2), paid_at TIMESTAMP, reference TEXT
);
CREATE TABLE events (
  id INT PRIMARY KEY, customer_id INT, kind TEXT, payload TEXT, happened_at TIMESTAMP, session TEXT
);
CREATE TABLE returns (
  id INT PRIMARY KEY, order_id INT, line_no INT, reason TEXT, returned_at TIMESTAMP, refund DECIMAL(10, 2)
);
