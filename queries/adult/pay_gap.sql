-- Shares above 50K by sex and race among people in full-time work with the same schooling.
SELECT
    sex,
    race,
    education_num,
    avg(CASE WHEN income = '>50K' THEN 1.0 ELSE 0.0 END) AS share_above_50k
FROM adult
WHERE hours_per_week >= 35
GROUP BY sex, race, education_num;
