-- Median house value by income band (median_income is in 10,000 US dollars of 1990).
SELECT
    floor(median_income)    AS income_band,
    median(target)          AS median_value,
    count(*)                AS block_groups
FROM houses
GROUP BY floor(median_income)
ORDER BY income_band;
