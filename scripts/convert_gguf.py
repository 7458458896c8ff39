"""A Hugging Face folder of a GGUF file of a text model: weights dequantised, configuration, tokenizer, chat template.

    python scripts/convert_gguf.py MODEL.gguf FOLDER [--dtype float32|bfloat16]

Needs torch, transformers and gguf.
"""
import argparse
import pathlib
import sys

needed = ["torch", "transformers", "gguf"]


def missing():
    from importlib.util import find_spec

    return [name for name in needed if find_spec(name) is None]


def convert(source, folder, dtype):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where, name = str(source.parent), source.name
    read = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32)
    # transformers does not save what it read from GGUF: a fresh model takes the weights.
    config = type(read.config)(**{**read.config.to_dict(), "quantization_config": None})
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(read.state_dict())
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(where, gguf_file=name).save_pretrained(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    given = parser.parse_args()
    if missing():
        sys.exit(f"{sys.executable} lacks {', '.join(missing())}: pip install {' '.join(missing())}")
    convert(given.source, given.folder, given.dtype)
