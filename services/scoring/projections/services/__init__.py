"""Services, survey answers and complaints, of units and of the people whom they name: `person_service`."""
