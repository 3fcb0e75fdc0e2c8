"""Published figures, read out of the text that publishes them: cells, tables, arithmetic, rows of the feed `claims`.

Nothing here compares a claim with our own figures (dbt does that), and nothing here feeds a count.
"""
