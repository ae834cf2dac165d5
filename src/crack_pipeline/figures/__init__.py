"""Drawing: outlines on photos, curves, tables and sheets, as matplotlib figures without pyplot."""
