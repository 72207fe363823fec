SELECT imo, count(*) AS calls, sum(tonnes) AS tonnes, list(call ORDER BY call) AS names FROM calls GROUP BY imo
