-- The least that a game server needs on tables that another role owns. Run it as the owner:
--   psql -v role=game -f roles.sql players
GRANT USAGE ON SCHEMA keepsake TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON
  keepsake.leases, keepsake.profiles, keepsake.users, keepsake.past_users, keepsake.removals,
  keepsake.receipts, keepsake.handled, keepsake.inbox, keepsake.quarantine, keepsake.history,
  keepsake.tombstones TO :role;
GRANT SELECT, UPDATE ON keepsake.meta TO :role;
GRANT SELECT ON keepsake.schema_versions TO :role;
GRANT SELECT, INSERT ON keepsake.audit TO :role;
