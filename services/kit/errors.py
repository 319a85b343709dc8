"""Errors that a person at the command line can act on."""


class UserError(Exception):
    """
    Something the user can put right.

    The message is one paragraph: what is wrong, where, and what to do next. It is shown without a stack trace.
    """
