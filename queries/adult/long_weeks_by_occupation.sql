-- Occupations in which many work more than 50 hours a week.
SELECT
    a.occupation,
    a.workclass,
    avg(a.hours_per_week)                                           AS mean_hours,
    count(*) FILTER (WHERE a.hours_per_week > 50) * 1.0 / count(*)  AS share_long_weeks
FROM adult AS a
WHERE a.occupation <> '?'
GROUP BY a.occupation, a.workclass
HAVING count(*) >= 100
ORDER BY share_long_weeks DESC;
