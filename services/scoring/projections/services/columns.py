"""What is kept of services, survey answers and complaints, with the type in the database."""

CREDITED = {"service_n": "int", "service_total": "int", "survey_n": "int", "survey_total": "int"}
"""Of what happened at a unit; people whom it names are credited with it, too."""
COMPLAINTS = {"complaint_n": "int", "complaint_total": "int", "overdue": "int"}
"""Of what happened at a unit and is nobody's alone. *overdue*: unresolved on their day, counted once it is closed."""
CONTRIBUTED = CREDITED | COMPLAINTS
