{{ ucdp_events('ucdp_candidate') }}
