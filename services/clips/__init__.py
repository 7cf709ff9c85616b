"""Reference clips: declaration, direct upload to storage, examination in a sandboxed process, canonical form."""
