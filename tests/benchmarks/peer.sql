-- The same features as plain columns, as a stock pygeoapi would be given them: full geometry, a primary key, a GiST index.
CREATE SCHEMA peer;

CREATE TABLE peer.municipalities AS
SELECT
    feature.feature_number AS id,
    feature.properties ->> 'code' AS code,
    feature.properties ->> 'name' AS name,
    feature.properties ->> 'istat_code' AS istat_code,
    feature.properties ->> 'name_it' AS name_it,
    feature.properties ->> 'name_other' AS name_other,
    feature.properties ->> 'sigla' AS sigla,
    feature.properties ->> 'province_code' AS province_code,
    feature.properties ->> 'province' AS province,
    feature.properties ->> 'region_code' AS region_code,
    feature.properties ->> 'region' AS region,
    (feature.properties ->> 'population')::integer AS population,
    (feature.properties ->> 'area_km2')::double precision AS area_km2,
    feature.properties ->> 'boundary_date' AS boundary_date,
    feature.properties ->> 'provenance' AS provenance,
    geometry.geom_4326 AS geom
FROM publish.feature AS feature
INNER JOIN publish.geometry AS geometry
    ON
        feature.vintage_id = geometry.vintage_id
        AND feature.level = geometry.level
        AND feature.territory_code = geometry.territory_code
WHERE feature.collection_id = 'municipalities'
ORDER BY feature.feature_number;

ALTER TABLE peer.municipalities ADD PRIMARY KEY (id);
CREATE INDEX municipalities_geom ON peer.municipalities USING gist (geom);
ANALYZE peer.municipalities;
