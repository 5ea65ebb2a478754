-- Income by schooling, for the yearly report.
SELECT
    education,
    education_num,
    count(*)                                                AS people,
    avg(CASE WHEN income = '>50K' THEN 1.0 ELSE 0.0 END)    AS share_above_50k
FROM adult
GROUP BY education, education_num
ORDER BY education_num;
