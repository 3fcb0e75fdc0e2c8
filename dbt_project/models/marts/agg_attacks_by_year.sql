{{ attacks_by_period('year', by_country=true) }}
