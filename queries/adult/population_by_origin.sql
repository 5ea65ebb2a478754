-- fnlwgt says how many people of the population one row stands for; its sum is an estimate of their number.
WITH origin AS (
    SELECT
        CASE WHEN native_country = '?' THEN 'not stated' ELSE native_country END AS country,
        fnlwgt
    FROM adult
)
SELECT
    country,
    sum(fnlwgt) AS estimated_people
FROM origin
GROUP BY country
HAVING sum(fnlwgt) > 1000000
ORDER BY estimated_people DESC;
