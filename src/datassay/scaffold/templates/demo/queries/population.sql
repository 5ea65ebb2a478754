-- Estimated people by origin and race: fnlwgt is the number of people that a row stands for.
WITH people AS (
    SELECT native_country, race, sum(fnlwgt) AS estimated
    FROM adult
    GROUP BY native_country, race
)
SELECT native_country, race, estimated
FROM people
WHERE estimated > 100000
ORDER BY estimated DESC;
