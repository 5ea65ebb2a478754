-- Hours of a working week by occupation and sex.
SELECT
    a.occupation,
    a.sex,
    avg(a.hours_per_week)   AS mean_hours,
    count(*)                AS people
FROM adult AS a
WHERE a.workclass <> 'Without-pay'
GROUP BY a.occupation, a.sex
HAVING count(*) > 50;
