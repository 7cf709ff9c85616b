"""The hand-written client. `choreo._sync` is generated from it by `make sdk`: edit this package only."""
