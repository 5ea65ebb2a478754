-- Share of people above 50K by years of schooling; the quarterly labour market note starts with it.
SELECT
    education_num,
    count(*)                                                        AS people,
    avg(CASE WHEN income = '>50K' THEN 1.0 ELSE 0.0 END)            AS share_above_50k
FROM adult
WHERE age BETWEEN 25 AND 64
GROUP BY education_num
ORDER BY education_num;
