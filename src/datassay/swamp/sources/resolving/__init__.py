"""Which columns statements read: names are resolved once, then a demand is followed from what is read to base columns.

`graph` holds relations and follows demands; `catalog` finds relations by name and `scopes` columns; `expressions`,
`froms`, `selects` and `stars` build relations from queries; `writes`, `statements` and `reads` say what is wanted of
them.
"""
