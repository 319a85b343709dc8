"""Files for other systems and for spreadsheets: what stands in them, by what mapping, and how they are written."""
