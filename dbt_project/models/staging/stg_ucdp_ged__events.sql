{{ ucdp_events('ucdp_ged') }}
