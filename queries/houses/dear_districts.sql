-- Dearest tenth of the block groups, with rooms per household, north of the 37th parallel.
WITH ranked AS (
    SELECT
        latitude,
        longitude,
        target,
        total_rooms / households                    AS rooms_per_household,
        ntile(10) OVER (ORDER BY target DESC)       AS tenth
    FROM houses
    WHERE target < 500001  -- values above were cut off
)
SELECT latitude, longitude, target, rooms_per_household
FROM ranked
WHERE tenth = 1 AND latitude > 37;
