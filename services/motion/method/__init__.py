"""The method of the paper: adapters (TAP), Appearance Highway, Phased LoRA Integration, losses and noise prior."""
