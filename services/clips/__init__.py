"""Reference clips: declared, uploaded straight to storage, examined in a limited process, then ready or rejected."""
