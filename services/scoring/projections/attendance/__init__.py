"""Days on which an expected person was present: `attendance_day`."""
