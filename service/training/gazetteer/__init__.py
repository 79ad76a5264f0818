"""Makes the gazetteer that the enrichment ships; never imported at run time."""
