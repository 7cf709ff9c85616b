"""The paper's ablation where separation can be measured exactly: on the bundled base (METHOD 7 and 11)."""
