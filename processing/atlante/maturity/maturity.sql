-- Answers of firms to surveys. A file adds answers and replaces those of the same firm, item and day.

-- name: empty_staging
-- grain: all answers that are being loaded
TRUNCATE register.survey_staging;

-- name: has_opposite_answers
-- grain: one answer: whether the survey holds real answers where invented ones come, or the other way round
SELECT EXISTS(
    SELECT 1 FROM register.survey_file
    WHERE survey_id = %(survey_id)s::text AND is_synthetic <> %(is_synthetic)s::boolean
) AS has_opposite_answers;

-- name: opposite_source
-- grain: one source that holds staged firms and is real where the answers are invented, or the other way round
SELECT extract.source_id
FROM register.extract AS extract
WHERE
    extract.is_synthetic <> %(is_synthetic)s::boolean
    AND EXISTS (
        SELECT 1
        FROM register.survey_staging AS staging
        INNER JOIN register.firm AS firm ON staging.firm_id = firm.firm_id
        WHERE firm.source_id = extract.source_id
    )
ORDER BY extract.source_id
LIMIT 1;

-- name: count_changes
-- grain: one file: its answers that are new, that replace another one, and that are loaded already
-- unit: answers
SELECT
    count(*) FILTER (WHERE answer.firm_id IS NULL) AS new,
    count(*) FILTER (WHERE answer.firm_id IS NOT NULL AND answer.answer IS DISTINCT FROM staging.answer) AS changed,
    count(*) FILTER (
        WHERE answer.firm_id IS NOT NULL AND answer.answer IS NOT DISTINCT FROM staging.answer
    ) AS unchanged
FROM register.survey_staging AS staging
LEFT JOIN register.survey_answer AS answer
    ON
        answer.survey_id = %(survey_id)s::text
        AND staging.firm_id = answer.firm_id
        AND staging.item = answer.item
        AND staging.answered_on = answer.answered_on;

-- name: count_firms
-- grain: one file: firms that answered, and those of them that the register does not have now, with their answers
WITH firm_answers AS (
    SELECT
        staging.firm_id,
        count(*) AS answers
    FROM register.survey_staging AS staging
    GROUP BY staging.firm_id
),

-- whether any source has the firm
known AS (
    SELECT
        firm_answers.answers,
        EXISTS(
            SELECT 1 FROM register.firm AS firm
            WHERE firm.firm_id = firm_answers.firm_id AND firm.valid_to IS NULL
        ) AS is_known
    FROM firm_answers
)

SELECT
    count(*) AS firms,
    count(*) FILTER (WHERE NOT known.is_known) AS firms_unknown,
    coalesce(sum(known.answers) FILTER (WHERE NOT known.is_known), 0)::bigint AS answers_unknown
FROM known;

-- name: write_answers
-- grain: one answer that is new or other than before
INSERT INTO register.survey_answer AS answer (survey_id, firm_id, item, answered_on, answer, run_id)
SELECT
    %(survey_id)s::text,
    staging.firm_id,
    staging.item,
    staging.answered_on,
    staging.answer,
    %(run_id)s::bigint
FROM register.survey_staging AS staging
ON CONFLICT (survey_id, firm_id, item, answered_on) DO UPDATE
    SET answer = excluded.answer, run_id = excluded.run_id
    WHERE answer.answer IS DISTINCT FROM excluded.answer;

-- name: record_file
-- grain: one file; the same again is not recorded twice
INSERT INTO register.survey_file (
    survey_id, sha256, file_name, is_synthetic, rows_in_file, rows_accepted, rows_rejected, run_id
)
VALUES (
    %(survey_id)s::text,
    %(sha256)s::text,
    %(file_name)s::text,
    %(is_synthetic)s::boolean,
    %(rows_in_file)s::integer,
    %(rows_accepted)s::integer,
    %(rows_rejected)s::integer,
    %(run_id)s::bigint
)
ON CONFLICT (survey_id, sha256) DO NOTHING;

-- name: answers_until
-- grain: one firm and item: the latest answer up to a day
SELECT DISTINCT ON (answer.firm_id, answer.item)
    answer.firm_id,
    answer.item,
    answer.answered_on,
    answer.answer
FROM register.survey_answer AS answer
WHERE answer.survey_id = %(survey_id)s::text AND answer.answered_on <= %(until)s::date
ORDER BY answer.firm_id ASC, answer.item ASC, answer.answered_on DESC;

-- name: loaded_surveys
-- grain: one survey that has answers
-- unit: firms, answers
SELECT
    answer.survey_id,
    count(DISTINCT answer.firm_id) AS firms,
    count(*) AS answers,
    min(answer.answered_on) AS first_day,
    max(answer.answered_on) AS last_day,
    (
        SELECT bool_or(file.is_synthetic) FROM register.survey_file AS file
        WHERE file.survey_id = answer.survey_id
    ) AS is_synthetic
FROM register.survey_answer AS answer
GROUP BY answer.survey_id
ORDER BY answer.survey_id;

-- name: firms_of_population
-- grain: one kind of placed firm: municipality x class of staff x division ('' where unknown)
-- unit: firms
SELECT
    placement.municipality_code,
    firm.staff_class,
    CASE WHEN firm.activity_code ~ '^[0-9]{2}' THEN left(firm.activity_code, 2) ELSE '' END AS division,
    count(*) AS firms
FROM register.firm AS firm
INNER JOIN register.placement_case AS placement
    ON firm.source_id = placement.source_id AND firm.seat_id = placement.case_id
WHERE
    placement.source_id = %(source_id)s::text
    AND placement.reference_date = %(reference_date)s::date
    AND placement.vintage_id = %(vintage_id)s::text
    AND placement.municipality_code IS NOT NULL
    AND firm.staff_class IS NOT NULL
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date)
GROUP BY placement.municipality_code, firm.staff_class, division;

-- name: firms_that_answered
-- grain: one placed firm that answered a survey
SELECT
    firm.firm_id,
    placement.municipality_code,
    firm.staff_class,
    firm.activity_code
FROM register.firm AS firm
LEFT JOIN register.placement_case AS placement
    ON
        firm.source_id = placement.source_id
        AND firm.seat_id = placement.case_id
        AND placement.reference_date = %(reference_date)s::date
        AND placement.vintage_id = %(vintage_id)s::text
WHERE
    firm.source_id = %(source_id)s::text
    AND firm.valid_from <= %(reference_date)s::date
    AND (firm.valid_to IS NULL OR firm.valid_to > %(reference_date)s::date)
    AND EXISTS (
        SELECT 1 FROM register.survey_answer AS answer
        WHERE
            answer.survey_id = %(survey_id)s::text
            AND answer.firm_id = firm.firm_id
            AND answer.answered_on <= %(reference_date)s::date
    );

-- name: places_of_vintage
-- grain: one municipality and what it lies in
SELECT
    municipality.municipality_code,
    municipality.province_code,
    province.region_code
FROM territory.municipality AS municipality
INNER JOIN territory.province AS province
    ON municipality.vintage_id = province.vintage_id AND municipality.province_code = province.province_code
WHERE municipality.vintage_id = %(vintage_id)s::text
ORDER BY municipality.municipality_code;
