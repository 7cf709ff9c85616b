"""The method (docs/method.md): adapter presets, Appearance Highway, loss and noise prior."""
