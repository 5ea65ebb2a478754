-- People per household by age of the houses; feeds the housing shortage dashboard.
SELECT
    floor(housing_median_age / 10) * 10             AS age_from,
    sum(population) / sum(households)               AS people_per_household,
    sum(total_bedrooms) / sum(households)           AS bedrooms_per_household
FROM houses
GROUP BY floor(housing_median_age / 10) * 10
ORDER BY age_from;
