"""What the window remembers: ``Settings``, the table of ``Shortcuts``, and the table of tools (``toolbox``)."""
