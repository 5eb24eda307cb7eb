-- How many firms have which activity code, to tell what filiere would count.

-- name: activity_counts
-- grain: one activity code and edition of the firms that a source shows now
-- unit: firms
-- Firms without a code have a null code.
SELECT
    firm.activity_code,
    firm.activity_edition,
    count(*) AS firms
FROM register.firm AS firm
WHERE firm.source_id = %(source_id)s::text AND firm.valid_to IS NULL
GROUP BY firm.activity_code, firm.activity_edition
ORDER BY firm.activity_code, firm.activity_edition;
