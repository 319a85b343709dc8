"""The three ways in which something can fail, and the one for the person at the keyboard."""


class Refused(Exception):
    """A rule said no. Answered with 409 or 422, never retried."""


class Malformed(Exception):
    """It can never succeed: it goes to the dead letters with this reason."""


class Unavailable(Exception):
    """A server we need does not answer; the same may succeed later."""


class UserError(Exception):
    """A sentence for the person at the keyboard: what is wrong and how to mend it. Shown without a stack trace."""
