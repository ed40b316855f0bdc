"""The one exception a person is meant to read."""


class UserError(Exception):
    """Something a person can act on: a bad file, a missing folder, a setting that cannot work.

    ``message`` says what is wrong and names the file and the entry; ``hint`` says what to do about it.
    Any other exception that reaches the top is a bug and keeps its traceback.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
