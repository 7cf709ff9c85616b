"""The layer by hand. Its twin `choreo._sync` is made from it by `make sdk`: change this one."""
