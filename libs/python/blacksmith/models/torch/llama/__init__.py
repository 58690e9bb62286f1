"""A Llama from transformers with LoRA from PEFT: its frozen base, its adapters, its answers."""
