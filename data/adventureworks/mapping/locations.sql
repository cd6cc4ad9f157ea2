-- One site: everything is made, bought, kept and sold from it. The 14 rows of Location.csv are places inside it.
SELECT 'PLANT' AS location_id, 'plant' AS kind
