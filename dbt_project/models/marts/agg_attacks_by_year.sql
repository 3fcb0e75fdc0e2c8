{{ attacks_by_year(by_country=true) }}
