{{ attacks_by_period('month', by_country=true) }}
