-- Who reports gains or losses from capital, and how often the gain sits at the form's cap of 99,999.
SELECT
    marital_status,
    count(*) FILTER (WHERE capital_gain > 0)        AS with_gain,
    count(*) FILTER (WHERE capital_loss > 0)        AS with_loss,
    count(*) FILTER (WHERE capital_gain = 99999)    AS at_cap
FROM adult
GROUP BY marital_status
ORDER BY with_gain DESC;
