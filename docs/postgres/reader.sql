-- What an analyst needs: the view profiles_json, and nothing beside it. Run it as the owner:
--   psql -v role=analyst -f reader.sql players
GRANT USAGE ON SCHEMA keepsake TO :role;
GRANT SELECT ON keepsake.profiles_json TO :role;
