"""Which reports of different feeds tell of one incident: candidates, scores, and who goes with whom.

`linking.link` reads reports and writes scored pairs with a decision each. No Dagster here and no dbt: who runs it, and
what incidents are made of the links, is decided elsewhere. Within one id space two ids are two incidents; nothing here
ever joins them.
"""
