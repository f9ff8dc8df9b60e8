"""Base models, quantisation, supervised fine-tuning of a LoRA adapter, and export."""
