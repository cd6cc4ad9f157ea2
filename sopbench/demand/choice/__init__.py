"""Which methods forecast a series: tried on the past, chosen or combined, carried on."""
