"""The paper's ablation on the bundled base model, where separation is measured exactly (docs/method.md, section 11)."""
